"""Folds of patients, and what each fold is learnt from and examined on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, NotApplicable, ToolError, Treat
from climbdc_tools.outcome import Array, Outcome, groups, outcome

__all__ = ["FEWEST", "Examined", "Part", "capped", "examined", "most_folds", "splits", "with_truth"]

FEWEST = 20
"""Rows below which nothing is cross-validated."""


@dataclass(frozen=True)
class Part:
    """One fold after treatment: rows that were learnt from and rows that were not, each with its target.

    Args:
        train: Treated rows to learn from.
        truth: Their target: class numbers or values in one column; in a survival study duration and event.
        held: Treated rows that nothing was learnt from.
        wanted: Their target.
        columns: Features that both have.
    """

    train: pd.DataFrame
    truth: Array
    held: pd.DataFrame
    wanted: Array
    columns: list[str]


@dataclass(frozen=True)
class Examined:
    """What is examined: the target, the folds, and of how many rows.

    Args:
        target: The target of the rows that are learnt from and, in cross-validation, examined.
        parts: The folds, treated one by one as they are asked for.
        folds: How many there are; 1 where the sealed rows are examined.
        rows: Rows that are used.
        total: Rows there are with a known target.
    """

    target: Outcome
    parts: Iterator[Part]
    folds: int
    rows: int
    total: int


def examined(data: Dataset, treat: Treat, cap: int, folds: int) -> Examined:
    """Rows examined by models that have not seen them: each fold in turn, or the sealed rows where they are given.

    The recipe is refitted on each fold's rows to learn from. All rows of a patient are in one fold, and the shares of
    outcomes are kept alike. With `data.test`, which is treated already, models learn from all of `data.train`.

    Args:
        data: The table.
        treat: Refits the recipe.
        cap: Rows at most; more are sampled by the seed, whole patients.
        folds: Folds at most; fewer where an outcome is rarer.

    Raises:
        NotApplicable: There is no target, or there are too few rows.
    """
    target = outcome(data)
    if target is None:
        raise NotApplicable("There is no target with at least two values.")
    rows, kept, people = capped(data, target, cap)
    if data.test is not None:
        train = data.train.loc[rows]
        sealed = (_part(data, target, train, data.test) for _ in range(1))
        return Examined(kept, sealed, 1, len(data.test), len(data.test))
    smallest = most_folds(kept, people)
    if len(rows) < FEWEST or smallest < 2:
        raise NotApplicable(f"{len(rows)} rows are too few to learn from one part and examine another.")
    count = min(folds, smallest)
    frame = data.train.loc[rows]

    def parts() -> Iterator[Part]:
        for number, (learn, held) in enumerate(splits(kept, people, count, data.seed)):
            data.progress(number / count, f"fold {number + 1}")
            yield _part(data, target, *treat(frame.iloc[learn], frame.iloc[held]))

    return Examined(kept, parts(), count, len(rows), int(target.known.sum()))


def _part(data: Dataset, target: Outcome, train: pd.DataFrame, held: pd.DataFrame) -> Part:
    learnt, truth = with_truth(data, target, train)
    others, wanted = with_truth(data, target, held)
    names = [name for name in data.roles.features([str(name) for name in learnt.columns]) if name in others.columns]
    return Part(learnt, truth, others, wanted, names)


def capped(data: Dataset, target: Outcome, cap: int) -> tuple[Array, Outcome, Array | None]:
    """Raw row numbers with a known target, at most `cap`, and the target and patients of these rows."""
    rows, people = data.train.index.to_numpy()[target.known], groups(data)
    people = people[target.known] if people is not None else None
    keep = np.ones(len(rows), dtype=bool)
    if len(rows) > cap:
        units = np.arange(len(rows)) if people is None else people
        order = np.random.default_rng(data.seed).permutation(int(units.max()) + 1)
        place = np.argsort(order)[units]
        keep = place <= np.sort(place)[cap - 1] if people is None else place < np.sort(place)[cap - 1]
    duration = None if target.duration is None else target.duration[keep]
    chosen = Outcome(target.kind, target.values[keep], target.classes, keep[keep], duration)
    return rows[keep], chosen, None if people is None else people[keep]


def most_folds(target: Outcome, people: Array | None) -> int:
    """The most folds that leave each some of the two commonest outcomes, or some patients."""
    units = len(target.values) if people is None else len(np.unique(people))
    if target.kind == "numeric":
        return units
    sizes = [
        int((target.values == k).sum()) if people is None else len(np.unique(people[target.values == k]))
        for k in np.unique(target.values)
    ]
    return min(units, sorted(sizes)[-2]) if len(sizes) > 1 else 0


def splits(target: Outcome, people: Array | None, folds: int, seed: int) -> list[tuple[Array, Array]]:
    """Positions of train and validation rows: sorted into folds unit by unit, each outcome dealt out evenly."""
    generator = np.random.default_rng(seed)
    units = np.arange(len(target.values)) if people is None else np.unique(people, return_inverse=True)[1]
    stratum = np.zeros(int(units.max()) + 1)
    if target.kind != "numeric":
        np.maximum.at(stratum, units, target.values.astype("float64"))
    shuffled = generator.permutation(len(stratum))
    dealt = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    fold = np.empty(len(stratum), dtype="int64")
    fold[dealt] = np.arange(len(dealt)) % folds
    return [(np.flatnonzero(fold[units] != k), np.flatnonzero(fold[units] == k)) for k in range(folds)]


def with_truth(data: Dataset, target: Outcome, frame: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
    """The rows of a treated frame whose target is known, and the target as numbers."""
    name = data.roles.target or data.roles.event
    if name not in frame.columns:
        raise ToolError(
            f"The treatment took the target column {name!r} away.",
            fix="Leave the target to the split.",
            code="target-gone",
        )
    column = frame[name]
    if target.kind == "numeric":
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    else:
        names = column.map(lambda value: f"{value:g}" if isinstance(value, float) else str(value), na_action="ignore")
        values = names.map({label: k for k, label in enumerate(target.classes)}).to_numpy(dtype="float64")
    known = ~np.isnan(values)
    if target.kind != "survival":
        return frame[known], values[known, None]
    duration = pd.to_numeric(frame[data.roles.duration], errors="coerce").to_numpy(dtype="float64")
    known &= ~np.isnan(duration)
    return frame[known], np.column_stack([duration[known], values[known]])
