"""What a tool is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from climbdc.errors import InputError
from climbdc.sdk._column import Column, Dictionary
from climbdc.sdk._goal import Roles

__all__ = ["Dataset"]


def _quiet(fraction: float, text: str) -> None:
    """Progress that nobody listens to."""


@dataclass(frozen=True)
class Dataset:
    """A table with its roles and dictionary.

    The index of every frame is the raw row number (`_row`), so that whatever a tool says of a row can be traced to
    the file. Frames hold int64, float64, datetime64[us] and Arrow-backed text with NaN for missing, and are not to
    be changed in place.

    Args:
        train: The rows that may be learnt from.
        test: Always None for inspections and `fit`; an evaluation may be given the sealed rows.
        audit: Features of the test part, without target, for overlap and shift checks only.
        seed: For whatever a tool draws at random.
        progress: Call it with a fraction and a few words.
    """

    train: pd.DataFrame
    roles: Roles = field(default_factory=Roles)
    dictionary: Dictionary = field(default_factory=Dictionary)
    test: pd.DataFrame | None = None
    audit: pd.DataFrame | None = None
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seed: int = 0
    progress: Callable[[float, str], None] = _quiet

    def __post_init__(self) -> None:
        """Refuse a table whose columns cannot be told apart."""
        if not self.train.columns.is_unique:
            twice = sorted({str(name) for name in self.train.columns[self.train.columns.duplicated()]})
            raise InputError(
                f"Several columns are named alike: {', '.join(twice)}.",
                fix="Read the file with climbdc, which numbers them, or rename them.",
                code="duplicate-columns",
            )

    @property
    def features(self) -> list[str]:
        """Columns a model may use: those with no other role."""
        return self.roles.features([str(name) for name in self.train.columns])

    @property
    def target(self) -> pd.Series | None:
        """The target's values in train, where there is a target and it is in the table."""
        name = self.roles.target
        return self.train[name] if name is not None and name in self.train.columns else None

    def column(self, name: str) -> Column:
        """What is known of a column; a bare entry when nothing is."""
        return self.dictionary[name] if name in self.dictionary else Column(name=name)

    def sample(self, rows: int) -> Dataset:
        """The same dataset with at most `rows` train rows, drawn by the seed, in file order."""
        if len(self.train) <= rows:
            return self
        chosen = self.train.sample(rows, random_state=self.seed).sort_index()
        return replace(self, train=chosen)
