"""Leaks found and kept, against the key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict

from climbdc.bench.agents._keys import DataKey

__all__ = ["LeakScore", "score_leaks"]


class LeakScore(BaseModel):
    """Of one session."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: int
    found: int
    """Leaks that a finding called major or critical."""
    kept: int
    """Leaks that are still a column of the result, or the origin of one."""
    false_alarms: int
    """Columns called a leak, major or critical, that are none; those about which both answers are right left out."""
    lost: int
    """Columns that are neither leak nor identifier and are gone from the result."""

    def told(self) -> dict[str, Any]:
        """As stored, with the recall of finding and of removing."""
        of = max(1, self.due)
        return {
            **self.model_dump(), "recall": round(self.found / of, 4) if self.due else None,
            "removed": round(1 - self.kept / of, 4) if self.due else None,
        }  # fmt: skip


def score_leaks(key: DataKey, named: Collection[str], columns: Collection[str], *, told: bool) -> LeakScore:
    """Score a session's findings and its result.

    Args:
        key: Of the data set.
        named: Columns that findings of leakage named, major or critical.
        columns: Of the result; `x=a` and `x (was missing)` come from `x`.
        told: Whether the session had the dictionary; without it the leaks that cannot be told are not due.
    """
    due = key.leaks if told else key.leaks - key.hidden_leaks
    origins = {_origin(column, key) for column in columns}
    harmless = set(key.columns) - key.leaks - key.identifiers - key.askable
    return LeakScore(
        due=len(due),
        found=len(due & set(named)),
        kept=len(due & origins),
        false_alarms=len(set(named) & harmless),
        lost=len(harmless - origins),
    )


def _origin(column: str, key: DataKey) -> str:
    """The column of the file that a column of the result was made from: the longest that its name begins with."""
    if column in key.columns:
        return column
    begun = [name for name in key.columns if column.startswith((f"{name}=", f"{name} ", f"{name}_"))]
    return max(begun, key=len, default=column)
