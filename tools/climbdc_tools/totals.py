"""Numbers that are worked out from others of their row: totals of parts, means of two, shares of a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

__all__ = ["Relation", "decimals_of", "relations", "worked_out"]

Values = np.ndarray[Any, np.dtype[np.float64]]

_SCREENED: Final = 320
_GLANCED: Final = 40
_LEAST_ROWS: Final = 30
_LEAST_DISTINCT: Final = 10
_MOST_COLUMNS: Final = 60
_MOST_PARTS: Final = 8
_BY_CHANCE: Final = 0.2  # share of rows in which it may hold with the rows of one part shuffled
_FACTORS: Final = (1.0, 100.0, 1_000.0, 10_000.0, 100_000.0)


@dataclass(frozen=True)
class Relation:
    """`whole` is worked out from `parts`.

    Args:
        kind: sum, mean (of two) or ratio (factor * first / second).
        whole: The column that is worked out.
        parts: The columns it is worked out from.
        factor: For a ratio.
        decimals: Digits after the point that `whole` is written with.
        rows: Rows in which all are known.
        broken: Rows in which it does not hold, as a mask over all rows.
    """

    kind: str
    whole: str
    parts: tuple[str, ...]
    factor: float
    decimals: int
    rows: int
    broken: Any

    @property
    def how(self) -> str:
        """How it is worked out from its parts, in words, such as "the sum"."""
        if self.kind == "ratio" and self.factor != 1:
            return f"{self.factor:g} times the ratio"
        return f"the {self.kind}"


def decimals_of(values: Values) -> int:
    """Digits after the point that nearly all of the values need, six at most.

    >>> decimals_of(np.array([1.25, 3.0, 2.5]))
    2
    """
    known = values[np.isfinite(values)]
    for digits in range(6):
        if (
            len(known) == 0
            or (np.abs(known - np.round(known, digits)) < 1e-9 * np.maximum(1, np.abs(known))).mean() >= 0.9
        ):
            return digits
    return 6


def worked_out(kind: str, parts: Sequence[Values], factor: float) -> Values:
    """What the whole should be."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "sum":
            return np.sum(parts, axis=0)  # type: ignore[no-any-return]
        if kind == "mean":
            return (parts[0] + parts[1]) / 2
        return factor * parts[0] / parts[1]


def relations(frame: pd.DataFrame, names: Sequence[str], holds: float) -> list[Relation]:
    """Relations that hold in at least this share of the rows, one for each whole, the closest first.

    Pairs of columns are tried for each whole, and runs of neighbouring columns for sums of more. What would hold as
    often with the rows of one part shuffled says nothing and is left out.
    """
    values = {name: _finite(frame[name]) for name in names}
    values = {name: column for name, column in values.items() if _varies(column)}
    chosen = list(values)[:_MOST_COLUMNS]
    found: dict[str, Relation] = {}
    for kind, whole, parts, factor in _candidates(values, chosen, holds):
        relation = _confirmed(values, kind, whole, parts, factor, holds)
        if relation is not None and (whole not in found or _share(relation) < _share(found[whole])):
            found[whole] = relation
    return sorted(found.values(), key=lambda one: (_share(one), one.whole))


def _finite(series: pd.Series[Any]) -> Values:
    column = series.to_numpy(dtype="float64")
    return np.where(np.isfinite(column), column, np.nan)


def _share(relation: Relation) -> tuple[float, str]:
    return float(relation.broken.sum()) / relation.rows, relation.kind


def _varies(column: Values) -> bool:
    known = column[np.isfinite(column)]
    return len(known) >= _LEAST_ROWS and len(np.unique(known[:2000])) >= _LEAST_DISTINCT


def _candidates(
    values: Mapping[str, Values], names: Sequence[str], holds: float
) -> Iterator[tuple[str, str, tuple[str, ...], float]]:
    """What holds on a few rows spread over the table."""
    if len(names) < 3:
        return
    rows = len(values[names[0]])
    few = np.unique(np.linspace(0, rows - 1, min(rows, _SCREENED)).astype("int64"))
    sample = {name: values[name][few] for name in names}
    slack = {name: _slack(sample[name]) for name in names}
    table = np.vstack([sample[name] for name in names])
    hints = table[:, :: max(1, len(few) // _GLANCED)]
    margins = np.array([slack[name] for name in names])[:, None]
    for one, other in combinations(range(len(names)), 2):
        forms = list(_forms(names[one], names[other]))
        at_a_glance = _due(hints[one], hints[other])
        for form, at in zip(*np.nonzero(_close(hints, at_a_glance, margins, 3, 0.7 * holds)), strict=True):
            kind, parts, factor = forms[form]
            due = worked_out(kind, [sample[part] for part in parts], factor)
            if names[at] not in parts and _close(table[[at]], due[None], margins[[at]], 20, 0.9 * holds).any():
                yield kind, names[at], parts, factor
    yield from _runs(sample, names, slack, holds)


def _due(one: Values, other: Values) -> Values:
    """What each of the forms of two columns comes to, in the order of `_forms`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        there, back = one / other, other / one
    shares = [factor * share for factor in _FACTORS for share in (there, back)]
    return np.vstack([one + other, (one + other) / 2, *shares])


def _close(table: Values, due: Values, margins: Values, least: int, share: float) -> Any:
    """Which forms (rows) come close to which columns, in enough rows of the sample."""
    with np.errstate(invalid="ignore"):
        near = np.abs(table[None] - due[:, None]) <= 3 * margins + 1e-9 * np.abs(due[:, None])
    known = np.isfinite(table)[None] & np.isfinite(due)[:, None]
    times = known.sum(axis=2)
    return (times >= least) & ((near & known).sum(axis=2) >= share * times)


def _forms(one: str, other: str) -> Iterator[tuple[str, tuple[str, ...], float]]:
    yield "sum", (one, other), 1.0
    yield "mean", (one, other), 1.0
    for factor in _FACTORS:
        yield "ratio", (one, other), factor
        yield "ratio", (other, one), factor


def _runs(
    sample: Mapping[str, Values], names: Sequence[str], slack: Mapping[str, float], holds: float
) -> Iterator[tuple[str, str, tuple[str, ...], float]]:
    """Sums of three or more neighbouring columns, which stand before or after their total."""
    for start in range(len(names)):
        for size in range(3, _MOST_PARTS + 1):
            parts = tuple(names[start : start + size])
            if len(parts) < size:
                break
            due = worked_out("sum", [sample[part] for part in parts], 1.0)
            for at in (start - 1, start + size):
                if not 0 <= at < len(names):
                    continue
                known = np.isfinite(sample[names[at]]) & np.isfinite(due)
                close = np.abs(sample[names[at]] - due) <= (size + 1) * slack[names[at]] + 1e-9 * np.abs(due)
                if known.sum() >= 20 and (close & known).sum() >= 0.9 * holds * known.sum():
                    yield "sum", names[at], parts, 1.0


def _slack(values: Values) -> float:
    return 0.5 * 10.0 ** -decimals_of(values)


def _confirmed(
    values: Mapping[str, Values], kind: str, whole: str, parts: tuple[str, ...], factor: float, holds: float
) -> Relation | None:
    """The relation on all rows, where it holds and is none by chance."""
    target, columns = values[whole], [values[part] for part in parts]
    decimals = decimals_of(target)
    margin = 0.5 * 10.0**-decimals * (len(parts) + 1 if kind == "sum" and decimals else 1) * 1.001
    if kind == "mean":
        margin *= 2  # its parts are rounded, too
    due = worked_out(kind, columns, factor)
    known = np.isfinite(target) & np.isfinite(due)
    if known.sum() < _LEAST_ROWS:
        return None
    broken = known & (np.abs(target - due) > margin + 1e-9 * np.abs(due))
    rows = int(known.sum())
    if broken.sum() > (1 - holds) * rows or _by_chance(kind, target, columns, factor, margin, known) > _BY_CHANCE:
        return None
    return Relation(kind, whole, parts, factor, decimals, rows, broken)


def _by_chance(kind: str, target: Values, columns: list[Values], factor: float, margin: float, known: Any) -> float:
    """The largest share of rows in which it holds with the rows of one part shuffled, or with the part left out."""
    shuffled = np.random.default_rng(0).permutation(int(known.sum()))
    inside = [column[known] for column in columns]
    share = 0.0
    for at in range(len(inside)):
        other = [column[shuffled] if at == number else column for number, column in enumerate(inside)]
        due = worked_out(kind, other, factor)
        share = max(share, float((np.abs(target[known] - due) <= margin).mean()))
    return share
