"""Whose time it was: the tools', or that of everything around them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["Share", "share_of", "union_seconds"]


class Share(BaseModel):
    """How a session's time divides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: int
    tools_seconds: float
    """Time in which at least one tool ran, jobs side by side counted once."""
    jobs_seconds: float
    """The jobs' times added up."""
    jobs_cpu_seconds: float
    ours: float
    """Share of the wall time in which no tool ran."""


def union_seconds(intervals: Iterable[tuple[float, float]]) -> float:
    """How long at least one of the intervals lasted.

    >>> union_seconds([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, end = 0.0, float("-inf")
    for first, last in sorted(intervals):
        total += max(0.0, last - max(first, end))
        end = max(end, last)
    return total


def share_of(store: Path, wall_seconds: float) -> Share | None:
    """What the newest session of a store says of its jobs; None where no job was timed.

    Args:
        store: The store's folder.
        wall_seconds: Of the whole command.
    """
    from climbdc.store import Store

    opened = Store(store)
    try:
        sessions = opened.sessions()
        runs: list[dict[str, Any]] = opened.runs(sessions[0]["id"]) if sessions else []
    finally:
        opened.close()
    timed = [run for run in runs if "start" in run and "wall" in run]
    if not timed or wall_seconds <= 0:
        return None
    tools = union_seconds((run["start"], run["start"] + run["wall"]) for run in timed)
    return Share(
        jobs=len(runs),
        tools_seconds=round(tools, 3),
        jobs_seconds=round(sum(run["wall"] for run in timed), 3),
        jobs_cpu_seconds=round(sum(run.get("cpu", 0.0) for run in timed), 3),
        ours=round(max(0.0, 1 - tools / wall_seconds), 4),
    )
