"""Rows put up for review: the picture of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from climbdc.sdk import Dataset, Figure
from climbdc_tools.label_suspects import Suspects
from climbdc_tools.outcome import Array, Outcome

__all__ = ["HEAD", "recorded", "reviewed", "suggested"]

HEAD = ("row", "recorded", "models say", "score", "why")
_LISTED = 20


def reviewed(
    data: Dataset, target: Outcome, suspects: Suspects, order: Array, why: Sequence[str] = ()
) -> tuple[Figure, ...]:
    """The head of the list as a table: row number, what is recorded, what the models say instead, score and reason.

    Args:
        data: The table.
        target: Its outcome.
        suspects: What is thought of each row with a known outcome.
        order: Places of the rows in the list, the most suspect first.
        why: A reason for each place in `order`; told from the score where there is none.
    """
    rows = data.train.index.to_numpy(dtype="int64")[target.known]
    lines: list[list[Any]] = []
    for at, place in enumerate(order[:_LISTED].tolist()):
        reason = why[at] if why else _reason(target, suspects, place)
        score = round(float(suspects.score[place]), 3)
        said = suggested(target, suspects, place)
        lines.append([int(rows[place]), recorded(target, place), said, score, reason])
    name = data.roles.target or data.roles.event or "outcome"
    title = f"{name}: the first {len(lines)} of {len(order):,} rows to look at"
    return (Figure(kind="table", title=title, data={"columns": list(HEAD), "rows": lines}),)


def recorded(target: Outcome, place: int) -> str:
    """The outcome as it stands."""
    if target.kind == "numeric":
        return f"{target.values[place]:g}"
    name = target.classes[int(target.values[place])]
    return f"{name} at {target.duration[place]:g}" if target.duration is not None else name


def suggested(target: Outcome, suspects: Suspects, place: int) -> str:
    """What the models hold for likely; in words where they only know the direction."""
    if target.kind == "numeric":
        return f"about {suspects.told[place]:.3g}"
    if target.kind == "survival":
        return "later" if suspects.told[place] > 0 else "sooner"
    return target.classes[int(np.argmax(suspects.told[place]))]


def _reason(target: Outcome, suspects: Suspects, place: int) -> str:
    if target.kind == "numeric":
        return f"{suspects.score[place]:.1f} robust deviations away"
    if target.kind == "survival":
        return "event far sooner than others alike" if suspects.told[place] > 0 else "no event for far too long"
    chance = suspects.told[place][int(target.values[place])]
    return f"both models: {chance:.0%} for what is recorded"
