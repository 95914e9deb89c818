"""Single cells that hold an error, with the value that was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from climbdc.privacy import scan_columns
from climbdc.sdk import (
    Dataset,
    Dictionary,
    Field,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Roles,
    Suggestion,
    inspect,
)
from climbdc_tools.cell_repairs import Slip, Slips, slips
from climbdc_tools.cell_votes import Verdict, learn_votes, often, texts_of, verdicts
from climbdc_tools.dependency import coded, dependencies
from climbdc_tools.repair_values import RepairRule, decided
from climbdc_tools.spilled import find_spilled
from climbdc_tools.vocabulary import joined, rounded, row_numbers, rows_holding

__all__ = ["FindCellErrors", "FindCellErrorsParams"]

_SURE: Final = 0.9
_TOLD_BY: Final = 5
_TELLING: Final = 0.6  # mu+ of a dependency whose votes are heard
_FIRM: Final = 0.9  # and of those, two or more, on whose word a person is asked to look
_SAMPLE: Final = 100_000
_MOST_REVIEWED: Final = 50
_NEVER: Final = 12  # more columns than are asked: only a listed slip is repaired
_WHY_SLIP: Final = "A slip makes a category of its own, and the row is lost to the one it belongs to."
_WHY_TOLD: Final = "What the row holds elsewhere leaves no other value."


class FindCellErrorsParams(Params):
    """How much evidence is asked for."""

    rarer: float = Field(
        0.1, gt=0, le=0.5, description="A slip is at most this many times as frequent as what was meant."
    )
    agree: int = Field(3, ge=2, le=12, description="Columns that must name the same other value for a cell.")


@inspect("plausibility/cell-errors")
class FindCellErrors(Inspection[FindCellErrorsParams]):
    """Find cells whose value is a slip, and cells that the rest of their row contradicts.

    Slips are looked for only where the table shows plain ones: long words one edit (Damerau, Commun ACM 1964) from a
    value ten times as frequent. What the columns of a row say of each other is learnt from approximate dependencies
    (mu+; Parciak et al., ICDE 2024). Signals are combined as in HoloClean (Rekatsinas et al., VLDB 2017), and where
    they do not suffice nothing is proposed.
    """

    says: ClassVar[dict[str, str]] = {
        "slip": "{columns} holds {variants} values that are slips, such as {example}.",
        "doubtful-slip": "{columns} holds {variants} values that may be slips, such as {example}.",
        "contradicted": "In {rows} rows {columns} differs from what the rest of the row says ({example}).",
        "spilled": "In {rows} rows the value of {other} stands at the end of {columns}.",
        "review": "In {rows} rows {columns} may be wrong; the rest of the row says something else ({example}).",
    }

    @classmethod
    def warm(cls) -> None:
        """Read the words by which persons are known."""
        scan_columns(pd.DataFrame({"name": ["Mr Miller"]}), Dictionary(), Roles())

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most five findings a column."""
        if len(data.train) < 2:
            return NotApplicable("There are too few rows to compare.")
        outside = {*data.roles.outcomes, data.roles.patient, *data.roles.ignored}
        names = [str(name) for name in data.train.columns if name not in outside]
        if not names:
            return NotApplicable("There are no columns to look at.")
        found = self._slips(data, names)
        findings = [finding for name, table in found.clear.items() for finding in _of_slips(data, name, table)]
        for name, (into, rows) in find_spilled(data.train, names).items():
            findings.append(_of_spilled(data, name, into, rows))
        return findings + self._contradicted(data, names, found)

    def _slips(self, data: Dataset, names: Sequence[str]) -> Slips:
        """Slips of all columns but those of persons' names: Jon and John are two people."""
        found = slips(data.train, names, self.params.rarer)
        if not found.clear:
            return found
        persons = {one.column for one in scan_columns(data.train, data.dictionary, data.roles) if one.kind == "name"}
        if not persons & set(names):
            return found
        return slips(data.train, [name for name in names if name not in persons], self.params.rarer)

    def _contradicted(self, data: Dataset, names: Sequence[str], found: Slips) -> list[Finding]:
        few = data.sample(_SAMPLE).train
        table = {name: coded(few[name]) for name in names}
        by: dict[str, list[str]] = {}
        firm: dict[str, int] = {}
        for one in dependencies(few, names, _TELLING, given=table):
            by.setdefault(one.right, []).append(one.left[0])
            firm[one.right] = firm.get(one.right, 0) + int(one.strength >= _FIRM)
        tells = Counter(left for lefts in by.values() for left in lefts)
        by = {name: lefts[:_TOLD_BY] for name, lefts in by.items() if len(lefts) >= 2}
        unsure = [name for name in found.several if name not in by]  # too much alike to depend on anything
        by |= {name: [left for left, _ in tells.most_common(_TOLD_BY) if left != name] for name in unsure}
        if not any(by.values()):
            return []
        said = verdicts(few, learn_votes(few, by), sorted(by))
        findings = []
        for name, verdict in said.items():
            clear, several = found.clear.get(name, {}), found.several.get(name, {})
            agree = _NEVER if name in unsure else self.params.agree
            rule = RepairRule(by=by[name], agree=agree, may_mean=several)
            made = _of_votes(few[name], rule, verdict, set(clear))
            findings += [finding for finding in made if finding.kind != "review" or firm.get(name, 0) >= 2]
        return findings


def _of_slips(data: Dataset, name: str, table: Mapping[str, Slip]) -> list[Finding]:
    """Sure and doubtful slips apart, so that one can be taken without the other."""
    made = []
    for kind, group in (
        ("slip", {text: slip for text, slip in table.items() if slip.confidence >= _SURE}),
        ("doubtful-slip", {text: slip for text, slip in table.items() if slip.confidence < _SURE}),
    ):
        if not group:
            continue
        series = data.train[name]
        rows = rows_holding(series, set(group) if series.dtype.kind not in "if" else {float(text) for text in group})
        share = len(rows) / len(series)
        wrong, slip = next(iter(group.items()))
        meant = joined([slip.right]) if slip.right else "nothing"
        step = Suggestion(
            tool="repair_values",
            params={"maps": {name: {text: one.right for text, one in group.items()}}},
            why=_WHY_SLIP,
            confidence=min(one.confidence for one in group.values()),
            backed_by="statistics",
        )
        evidence = {
            "variants": len(group),
            "example": f"{joined([wrong])} for {meant}",
            "pairs": {text: one.right for text, one in list(group.items())[:20]},
            "because": ", ".join(sorted({one.because for one in group.values()})),
            "share": rounded(share),
        }
        severity = "info" if kind != "slip" else "major" if share > 0.05 else "minor"
        made.append(Finding(kind, severity, (name,), rows=rows, evidence=evidence, suggestions=(step,)))  # type: ignore[arg-type]
    return made


def _of_spilled(data: Dataset, name: str, into: str, rows: int) -> Finding:
    empty = data.train[into].isna() & data.train[name].notna()
    step = Suggestion(
        tool="repair_values",
        params={"columns": {name: {"spills_into": into}}},
        why=f"{into} is empty in these rows, and its value is known.",
        confidence=0.95,
        backed_by="statistics",
    )
    share = rounded(rows / len(data.train))
    return Finding(
        "spilled", "minor", (name,), rows=row_numbers(data.train[name], empty.to_numpy()),
        evidence={"other": into, "share": share}, suggestions=(step,),
    )  # fmt: skip


def _of_votes(series: pd.Series[Any], rule: RepairRule, verdict: Verdict, known: set[str]) -> list[Finding]:
    """Cells that enough other columns contradict, and those to be looked at by a person."""
    name, texts = str(series.name), texts_of(series)
    unknown = np.array([text not in known for text in texts], dtype=bool)
    sure = unknown & decided(texts, verdict, rule, set(often(series)))
    doubtful = unknown & ~sure & (verdict.against == 0) & (verdict.agreeing >= 2)
    made = []
    if sure.any():
        step = Suggestion(
            tool="repair_values",
            params={"columns": {name: rule.model_dump(exclude_defaults=True) | {"agree": rule.agree}}},
            why=_WHY_TOLD,
            confidence=0.95,
            backed_by="statistics",
        )
        made.append(_told("contradicted", "minor", series, rule.by, verdict, sure, step))
    if doubtful.any():
        cells = [
            {"row": int(series.index[at]), "column": name, "value": verdict.named[at], "why": _WHY_TOLD}
            for at in sorted(np.flatnonzero(doubtful).tolist(), key=lambda at: -int(verdict.agreeing[at]))[
                :_MOST_REVIEWED
            ]
        ]
        step = Suggestion(tool="apply_review", params={"cells": cells}, why=_WHY_TOLD, confidence=0.5)
        made.append(_told("review", "info", series, rule.by, verdict, doubtful, step))
    return made


def _told(
    kind: str, severity: Any, series: pd.Series[Any], by: Sequence[str], verdict: Verdict, here: Any, step: Suggestion
) -> Finding:
    first = int(np.flatnonzero(here)[0])
    evidence = {
        "example": f"{joined([series.iloc[first]])} for {joined([verdict.named[first]])}",
        "with_columns": list(by),
        "share": rounded(here.mean()),
        "n": len(series),
    }
    rows = row_numbers(series, here)
    return Finding(kind, severity, (str(series.name),), rows=rows, evidence=evidence, suggestions=(step,))
