"""Naming columns in messages."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from climbdc.describe._words import nearest
from climbdc.errors import InputError

__all__ = ["absent", "columns_of", "quoted"]


def columns_of(frame: pd.DataFrame) -> list[str]:
    """The names of a table's columns."""
    return [str(name) for name in frame.columns]


def quoted(names: Sequence[str], limit: int = 8) -> str:
    """The first few names, quoted.

    >>> quoted(["age", "sex", "bmi"], limit=2)
    "'age', 'sex' ..."
    """
    return ", ".join(repr(name) for name in names[:limit]) + (" ..." if len(names) > limit else "")


def absent(wanted: str, names: Sequence[str], option: str) -> InputError:
    """The error for a column that is not in the table: the nearest names, or else a few that are there."""
    close = nearest(wanted, names)
    fix = f"Did you mean {' or '.join(map(repr, close))}?" if close else "Choose one of the columns."
    return InputError(
        f"There is no column {wanted!r} for --{option}; the table has {quoted(names)}.",
        fix=fix,
        code=f"{option}-not-found",
    )
