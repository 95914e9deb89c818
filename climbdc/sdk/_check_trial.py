"""One tool with the rows it is tried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from climbdc.sdk._check_run import Run, copied, run
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._tool import Tool

__all__ = ["Broken", "Trial", "require"]


class Broken(Exception):
    """A rule is not kept; the text says what was seen."""


def require(ok: bool, seen: str) -> None:
    """Raise `Broken` with what was seen unless `ok`."""
    if not ok:
        raise Broken(seen)


@dataclass(frozen=True)
class Trial:
    """A tool, its params, train rows, new rows, and the whole table they were split from."""

    tool: type[Tool[Any]]
    params: Mapping[str, Any]
    data: Dataset
    new: pd.DataFrame
    whole: Dataset

    def run(self, data: Dataset | None = None, params: Mapping[str, Any] | None = None) -> Run:
        """A fresh tool on its own copy of the rows, without a test part, as the engine runs it."""
        data = copied(self.data) if data is None else data
        return run(self.make(params), data, self.new.copy() if data.train.columns.equals(self.new.columns) else None)

    def make(self, params: Mapping[str, Any] | None = None) -> Any:
        """The tool with the trial's params, or with others."""
        return self.tool(dict(self.params if params is None else params))
