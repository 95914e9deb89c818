"""The table that a prompt is about."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from climbdc.sdk import Dictionary, Roles

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """The newest version; its lines in a prompt are made by the gate."""

    frame: pd.DataFrame
    dictionary: Dictionary
    roles: Roles
