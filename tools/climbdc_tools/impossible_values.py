"""Values that no living patient has."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, Limits, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.rescaling import Rescaling, only_explanation
from climbdc_tools.sentinel import inside, sentinel_codes
from climbdc_tools.unit_mixture import foreign_cells, mixtures
from climbdc_tools.vocabulary import names_of, rounded, row_numbers

__all__ = ["ImpossibleValues", "ImpossibleValuesParams"]

Values = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_TIME: Final = "A time span is not negative."


class ImpossibleValuesParams(Params):
    """When limits are believed to fit a column."""

    trusted: float = Field(
        0.9,
        gt=0.5,
        le=1,
        description="Share of a column's values that must be possible; else the limits do not fit it.",
    )


@inspect("plausibility/impossible-values")
class ImpossibleValues(Inspection[ImpossibleValuesParams]):
    """Find measurements outside what is possible in a living patient, and times below zero.

    The limits are those of the dictionary, filled from the clinical knowledge pack, which names a source for each.
    Impossible zeros and codes such as 999 are left to the search for disguised missing values, and a whole group of
    values in another unit to the search for mixed units. Where exactly one change of unit or of
    the decimal point makes all such values usual, it is proposed; otherwise they become missing.
    """

    says: ClassVar[dict[str, str]] = {
        "out-of-range": "{columns} holds {rows} impossible values, from {smallest} to {largest} "
        "(possible: {low} to {high} {unit}).",
        "negative": "{columns} is below zero in {rows} rows, which cannot be.",
        "unit": "{columns} holds {rows} impossible values that would be usual in {other_unit} "
        "(from {smallest} to {largest}; possible: {low} to {high} {unit}).",
        "decimal": "{columns} holds {rows} impossible values, from {smallest} to {largest}, that would be usual "
        "with the decimal point moved (times {factor}).",
        "misfit": "{percent} % of {columns} lies outside what is possible ({low} to {high} {unit}); "
        "the column is probably something else or in another unit.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding a column and side (too low, too high)."""
        columns = {name: limits for name in names_of(data.train, text=False) if (limits := _limits(data, name))}
        if not columns:
            return NotApplicable("No column has known limits.")
        return [finding for name, limits in columns.items() for finding in self._of(data, name, limits)]

    def _of(self, data: Dataset, name: str, limits: Limits) -> list[Finding]:
        values = data.train[name].to_numpy(dtype="float64")
        low = -np.inf if limits.low is None else limits.low
        high = np.inf if limits.high is None else limits.high
        below, above = values < low, values > high
        if not below.any() and not above.any():
            return []
        elsewhere = _coded(values, limits) | _in_other_units(values, limits, data.seed)
        below, above = below & ~elsewhere, above & ~elsewhere
        known = values[np.isfinite(values) & ~elsewhere]
        outside = int(below.sum() + above.sum())
        if outside > (1 - self.params.trusted) * len(known):
            return [_misfit(name, limits, known, outside)]
        sides: tuple[tuple[Literal["low", "high"], Mask], ...] = (
            ("low", below & (values < 0)),
            ("low", below & (values >= 0)),
            ("high", above),
        )
        return [_finding(data.train[name], limits, mask, side) for side, mask in sides if mask.any()]


def _limits(data: Dataset, name: str) -> Limits | None:
    """The limits of a column; a time of follow-up or a duration is at least zero."""
    column = data.column(name)
    if column.limits is not None:
        return column.limits
    if name == data.roles.duration or column.type == "duration":
        return Limits(low=0.0, unit=column.unit, source=_TIME)
    return None


def _coded(values: Values, limits: Limits) -> Mask:
    """Cells that are codes for missing rather than values."""
    codes = sentinel_codes(values[np.isfinite(values)], frozenset(knowledge().numeric_sentinels), limits)
    coded: Mask = np.isin(values, [float(code.text) for code in codes])
    return coded | (values == 0) if limits.zero_impossible else coded


def _in_other_units(values: Values, limits: Limits, seed: int) -> Mask:
    """Cells that belong to a part of the column in another unit, which `mixed_units` tells of."""
    cells = np.zeros(len(values), dtype=bool)
    for part in mixtures(values, limits, seed=seed):
        cells |= foreign_cells(values, part)
    return cells


def _finding(series: pd.Series[Any], limits: Limits, mask: Mask, side: Literal["low", "high"]) -> Finding:
    values = series.to_numpy(dtype="float64")[mask]
    negative = bool((values < 0).all())
    cause = None if negative else only_explanation(values, limits)
    kind = "negative" if negative else "out-of-range" if cause is None else "unit" if cause.unit else "decimal"
    return Finding(
        kind,
        "major" if len(values) > 0.01 * len(series) else "minor",
        (str(series.name),),
        rows=row_numbers(series, mask),
        evidence=_evidence(limits, values)
        | {"factor": 1.0 if cause is None else cause.factor, "other_unit": "" if cause is None else cause.unit},
        suggestions=_suggestions(str(series.name), limits, side, cause, len(np.unique(values))),
    )


def _evidence(limits: Limits, values: Values) -> dict[str, Any]:
    return {
        "smallest": rounded(values.min()),
        "largest": rounded(values.max()),
        "low": "any" if limits.low is None else limits.low,
        "high": "any" if limits.high is None else limits.high,
        "unit": limits.unit,
        "source": limits.source,
    }


def _suggestions(
    name: str, limits: Limits, side: Literal["low", "high"], cause: Rescaling | None, different: int
) -> tuple[Suggestion, ...]:
    bounds = {"low": limits.low if side == "low" else None, "high": limits.high if side == "high" else None}
    by_rule = limits.source == _TIME  # that the column is a time span may itself be wrong
    missing = Suggestion(
        tool="correct_implausible",
        params={"columns": {name: {**bounds, "action": "missing"}}},
        why="An impossible value is not known, which is what missing means.",
        confidence=0.5 if cause or by_rule else 0.9,
        backed_by="rule" if by_rule else "knowledge",
    )
    if cause is None:
        return (missing,)
    change = {**bounds, "action": "rescale", "factor": cause.factor, "offset": cause.offset}
    rescale = Suggestion(
        tool="correct_implausible",
        params={"columns": {name: change}},
        why=f"They are usual values in {cause.unit}." if cause.unit else "The decimal point slipped.",
        confidence=0.9 if different >= 3 else 0.5,
        backed_by="statistics",
    )
    return rescale, missing


def _misfit(name: str, limits: Limits, known: Values, outside: int) -> Finding:
    share = outside / len(known)
    evidence = _evidence(limits, known) | {"share": rounded(share), "percent": round(100 * share, 1)}
    evidence["possible"] = len(inside(known, limits))
    return Finding("misfit", "minor", (name,), evidence=evidence)
