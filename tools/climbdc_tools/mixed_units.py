"""Columns part of which is in another unit."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from climbdc.knowledge import knowledge
from climbdc.sdk import (
    Conversion,
    Dataset,
    Figure,
    Finding,
    Inspection,
    Limits,
    NotApplicable,
    Params,
    Severity,
    Suggestion,
    inspect,
)
from climbdc_tools.unit_column import between, known_units, unit_columns
from climbdc_tools.unit_mixture import Mixture, converted, foreign_cells, mixtures
from climbdc_tools.vocabulary import names_of, rounded, row_numbers

__all__ = ["MixedUnits", "MixedUnitsParams", "limits_of"]

_WHY = "The other unit is known, the values lie apart and, once converted, are distributed like the others."
_UNCLEAR = "Once converted they are usual, but they do not lie clearly apart from the others."
_BY_COLUMN = "The column beside it says so for every row."


class MixedUnitsParams(Params):
    """Nothing to set: the units come from the dictionary and the clinical knowledge pack."""


@inspect("structure/mixed-units", stage="rows")
class MixedUnits(Inspection[MixedUnitsParams]):
    """Find columns in which part of the values is in another unit, such as glucose in mg/dL and mmol/L.

    A part counts when it is unusual for a patient as it stands, usual after a change of unit that is known for that
    quantity, apart from the other values and then distributed like them. Where a column beside the numbers names the
    unit of each, that column decides. Quantities whose units overlap, such as weights in kg and lb, are found by such
    a column only.
    """

    says: ClassVar[dict[str, str]] = {
        "two-units": "{columns} holds {rows} values in {other_unit} among {total} in {unit}.",
        "perhaps-two-units": "{columns} may hold {rows} values in {other_unit} among {total} in {unit}; both groups "
        "do not lie clearly apart.",
        "unit-column": "{columns} is in several units: {column} says {other_unit} in {rows} of {total} rows, and "
        "{unit} in the others.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding a column; one of the units named beside it, else one of the values."""
        spared = set(data.roles.outcomes)
        told = {name: by for name, by in unit_columns(data.train).items() if name not in spared}
        names = [name for name in names_of(data.train, text=False) if name not in spared]
        findings = [found for name, by in told.items() if (found := _by_column(data, name, by))]
        for name in names:
            limits = limits_of(data, name)
            if name not in told and limits is not None and limits.conversions:
                findings += _by_value(data, name, limits)
        return findings if names else NotApplicable("No column holds numbers.")


def limits_of(data: Dataset, name: str) -> Limits | None:
    """The limits in the dictionary, or those of the clinical variable that the name alone says.

    A mixed column is often not recognised, since part of its values contradicts its name. What is found by the name
    alone counts only when the values in the usual unit confirm it.
    """
    column = data.column(name)
    if column.limits is not None or column.unit or not len(data.train):
        return column.limits
    match = knowledge().match(name, meaning=column.meaning)
    return match.variable.limits if match is not None and match.variable.measured else None


def _by_value(data: Dataset, name: str, limits: Limits) -> list[Finding]:
    values = data.train[name].to_numpy(dtype="float64")
    parts = mixtures(values, limits, seed=data.seed)
    if not parts or (data.column(name).limits is None and not _confirmed(data, name, values, parts)):
        return []
    foreign = np.logical_or.reduce([foreign_cells(values, part) for part in parts])
    clean = all(part.clean for part in parts)
    others = {
        part.conversion.unit: {
            "factor": part.conversion.factor, "offset": part.conversion.offset, part.side: part.border,
        }
        for part in parts
    }  # fmt: skip
    suggestion = Suggestion(
        tool="convert_units",
        params={"columns": {name: {"unit": limits.unit, "others": others}}},
        why=_WHY if clean else _UNCLEAR,
        confidence=0.95 if clean else 0.6,
        backed_by="knowledge" if clean else "statistics",
    )
    known = int(np.isfinite(values).sum())
    evidence = _evidence([part.conversion for part in parts], limits.unit, known) | {
        "border": [part.border for part in parts],
        "distance": max(part.distance for part in parts),
        "source": limits.source,
    }
    severity: Severity = "minor" if not clean or foreign.sum() <= 0.01 * known else "major"
    return [
        Finding(
            "two-units" if clean else "perhaps-two-units",
            severity,
            (name,),
            rows=row_numbers(data.train[name], foreign),
            evidence=evidence,
            suggestions=(suggestion,),
            figures=(_figure(name, values, parts, limits),),
        )
    ]


def _confirmed(data: Dataset, name: str, values: np.ndarray[Any, Any], parts: list[Mixture]) -> bool:
    """Whether the values in the usual unit are those of the variable that the name says."""
    rest = values[np.isfinite(values) & ~np.logical_or.reduce([foreign_cells(values, part) for part in parts])]
    by_name = knowledge().match(name, meaning=data.column(name).meaning)
    by_values = knowledge().match(name, meaning=data.column(name).meaning, values=rest[:5000].tolist())
    return by_name is not None and by_values is not None and by_name.variable.id == by_values.variable.id


def _evidence(conversions: list[Conversion], unit: str, total: int) -> dict[str, Any]:
    """What is said of a change of units."""
    return {
        "other_unit": ", ".join(one.unit for one in conversions),
        "unit": unit,
        "factor": rounded(conversions[0].factor),
        "total": total,
    }


def _by_column(data: Dataset, name: str, by: str) -> Finding | None:
    """What a column of units says of the numbers beside it."""
    units = known_units(data.train[by])
    cells = data.train[by].map(units)
    present = cells[data.train[name].notna()].dropna()
    limits, often = limits_of(data, name), present.value_counts()
    if len(often) < 2:
        return None
    usual = limits.unit if limits is not None and limits.unit in often.index else min(often[often == often.max()].index)
    others = sorted(unit for unit in often.index if unit != usual)
    ways = [between(usual, unit, limits) for unit in others]
    known = [way for way in ways if way is not None]
    if len(known) < len(ways):
        return None
    change = {
        "unit": usual,
        "by": by,
        "others": {way.unit: {"factor": way.factor, "offset": way.offset} for way in known},
    }
    suggestion = Suggestion(
        tool="convert_units",
        params={"columns": {name: change}},
        why=_BY_COLUMN,
        confidence=0.97,
        backed_by="dictionary",
    )
    rows = row_numbers(data.train, (cells.isin(others) & data.train[name].notna()).to_numpy())
    evidence = _evidence(known, usual, len(present)) | {"column": by}
    return Finding("unit-column", "major", (name,), rows=rows, evidence=evidence, suggestions=(suggestion,))


def _figure(name: str, values: np.ndarray[Any, Any], parts: list[Mixture], limits: Limits) -> Figure:
    """The column before, and with all values in one unit."""
    after = values.copy()
    for part in parts:
        mask = foreign_cells(values, part)
        after[mask] = converted(values[mask], part.conversion)
    known = np.isfinite(values) & (values > 0)
    edges = np.histogram_bin_edges(np.log10(values[known]), 40)
    counts = {
        label: np.histogram(np.log10(series[known]), edges)[0].tolist()
        for label, series in (("as it stands", values), (f"all in {limits.unit}", after))
    }
    return Figure(
        kind="compare",
        title=f"{name} before and after the change of units",
        data={"edges": [rounded(edge) for edge in 10**edges], "series": counts},
    )
