"""Entries of one row, or of one group of rows, that cannot all be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.date_order import date_orders, words_about
from climbdc_tools.dependency import Coded, Dependency, coded, dependencies
from climbdc_tools.number_order import number_orders
from climbdc_tools.sex_specific import sex_codes, sex_specific
from climbdc_tools.totals import relations
from climbdc_tools.vocabulary import names_of, rounded, row_numbers

__all__ = ["FindContradictions", "FindContradictionsParams"]

_SAMPLE: Final = 100_000
_AGREEING: Final = 4  # rows of a group that agree against the one or two that do not
_GROUPS: Final = 5
_MOST_BROKEN: Final = 0.05
_TOTAL_HOLDS: Final = 0.95
_MOST_FINDINGS: Final = 12


class FindContradictionsParams(Params):
    """When a rule between columns counts as one."""

    strength: float = Field(
        0.9, ge=0.5, le=1, description="Least strength (mu+) of a dependency between columns whose exceptions are told."
    )
    most: int = Field(
        _MOST_FINDINGS, ge=1, le=100, description="At most so many findings of dependencies, the strongest first."
    )


@inspect("plausibility/contradictions", stage="rows")
class FindContradictions(Inspection[FindContradictionsParams]):
    """Find rows whose entries exclude each other: dates, sexes, totals, and codes with two names.

    An order of dates counts where it holds in 99 % of rows, or where the names tell it (birth first, death last).
    Totals are discovered on numbers and must not hold as well with shuffled rows. That one column tells another is
    discovered with mu+, a measure that corrects for chance (Parciak et al., ICDE 2024), and told only where one or two
    rows stand against four or more of their group. Nothing is changed: which of two entries is false cannot be seen.
    """

    says: ClassVar[dict[str, str]] = {
        "date-order": "In {rows} of {n} rows {column} is later than {other}, which it precedes in all others.",
        "other-sex": "In {rows} rows {column} says what only a {because} patient has, of a patient of the other sex.",
        "total": "{column} is {how} of {with_columns} in nearly all of {n} rows, but not in {rows}.",
        "number-order": "In {rows} of {n} rows {column} is larger than {other}, which it never is otherwise.",
        "dependency": "{column} tells {other}, save in {rows} of {n} rows, which differ from the rest of their group.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding a pair of columns, or a rule."""
        outside = {*data.roles.outcomes, *data.roles.ignored}
        names = [str(name) for name in data.train.columns if name not in outside]
        if len(data.train) < 2 or len(names) < 2:
            return NotApplicable("There are no two columns, or no two rows, to compare.")
        meanings = {
            name: words_about(name, f"{data.column(name).meaning} {data.column(name).variable}") for name in names
        }
        return [
            *_dates(data.train, meanings),
            *_sexes(data, meanings),
            *_numbers(data, meanings),
            *self._dependencies(data, names),
        ]

    def _dependencies(self, data: Dataset, names: Sequence[str]) -> list[Finding]:
        few = data.sample(_SAMPLE).train
        table = {name: coded(few[name]) for name in names}
        found = dependencies(few, names, self.params.strength, pairs=True, given=table)
        made: list[Finding] = []
        told = np.zeros(len(few), dtype=bool)
        for one in found:
            if not _is_rule(one, table, data):
                continue
            odd = _odd_rows(_keys(one, table), table[one.right].codes)
            if not odd.any() or odd.sum() > _MOST_BROKEN * one.rows or not (odd & ~told).any():
                continue
            told |= odd
            made.append(_dependency(one, few, odd, len(data.train)))
        return made[: self.params.most]


def _finding(
    kind: str, severity: Severity, frame: pd.DataFrame, columns: Sequence[str], broken: Any, evidence: dict[str, Any]
) -> Finding:
    rows = row_numbers(frame, broken)
    evidence = {"share": rounded(len(rows) / max(1, evidence["n"])), "column": columns[0], **evidence}
    return Finding(kind, severity, tuple(columns), rows=rows, evidence=evidence)


def _dates(frame: pd.DataFrame, meanings: Mapping[str, str]) -> list[Finding]:
    dates = {name: words for name, words in meanings.items() if frame[name].dtype.kind == "M"}
    return [
        _finding(
            "date-order", "minor", frame, (order.earlier, order.later), order.broken,
            {"other": order.later, "n": order.rows, "because": "names" if order.known else "other rows"},
        )
        for order in date_orders(frame, dates)
    ]  # fmt: skip


def _sexes(data: Dataset, meanings: Mapping[str, str]) -> list[Finding]:
    frame = data.train
    for name, words in meanings.items():
        if not any(f" {word} " in words for word in ("sex", "gender", "geschlecht", "sexe", "sexo", "male", "female")):
            continue
        sexes = sex_codes(frame[name], data.column(name).labels)
        if sexes is None:
            continue
        found = sex_specific(frame, sexes, meanings, [other for other in meanings if other != name])
        return [
            _finding(
                "other-sex", "minor", frame, (one.column, name), one.rows,
                {"other": name, "because": one.sex, "n": len(frame)},
            )
            for one in found
        ]  # fmt: skip
    return []


def _numbers(data: Dataset, meanings: Mapping[str, str]) -> list[Finding]:
    frame = data.train
    inside = {*data.roles.reserved} - {data.roles.group}
    numbers = [name for name in names_of(frame, text=False) if name in meanings and name not in inside]
    made = []
    few = data.sample(_SAMPLE).train
    for one in relations(few, numbers, _TOTAL_HOLDS):
        if one.broken.any():
            evidence = {"how": one.how, "n": one.rows, "with_columns": ", ".join(one.parts)}
            made.append(_finding("total", "minor", few, (one.whole, *one.parts), one.broken, evidence))
    for order in number_orders(frame, {name: meanings[name] for name in numbers}):
        evidence = {"other": order.larger, "n": order.rows}
        made.append(_finding("number-order", "minor", frame, (order.smaller, order.larger), order.broken, evidence))
    return made


def _is_rule(one: Dependency, table: Mapping[str, Coded], data: Dataset) -> bool:
    """Whether it is told by enough groups; a threshold of a measurement is no rule, nor is a column that never varies.

    Two values of the right side are enough only where the left side names patients or groups.
    """
    if one.groups < _GROUPS or one.rows < 4 * one.groups or table[one.right].distinct < 2:
        return False
    named = {data.roles.patient, data.roles.group, *data.roles.identifiers}
    measured = all(data.train[name].dtype.kind in "if" for name in one.left) and not set(one.left) & named
    return table[one.right].distinct >= (4 if measured or len(one.left) > 1 else 3) or bool(set(one.left) & named)


def _keys(one: Dependency, table: Mapping[str, Coded]) -> Any:
    first = table[one.left[0]]
    if len(one.left) == 1:
        return first.codes
    second = table[one.left[1]]
    return np.where((first.codes >= 0) & (second.codes >= 0), first.codes * second.distinct + second.codes, -1)


def _odd_rows(keys: Any, values: Any) -> Any:
    """Rows that stand alone, or by two, against four or more of their group that agree."""
    odd = np.zeros(len(keys), dtype=bool)
    there = np.flatnonzero((keys >= 0) & (values >= 0))
    pairs, at, times = np.unique(
        keys[there] * (int(values.max(initial=0)) + 1) + values[there], return_inverse=True, return_counts=True
    )
    of = pairs // (int(values.max(initial=0)) + 1)
    groups, number = np.unique(of, return_inverse=True)
    most, total = np.zeros(len(groups), dtype="int64"), np.zeros(len(groups), dtype="int64")
    np.maximum.at(most, number, times)
    np.add.at(total, number, times)
    alone = (times <= 2) & (most[number] >= np.maximum(_AGREEING, 0.75 * total[number])) & (times < most[number])
    odd[there] = alone[at]
    return odd


def _dependency(one: Dependency, few: pd.DataFrame, odd: Any, total: int) -> Finding:
    evidence = {
        "column": " and ".join(one.left),
        "other": one.right,
        "n": one.rows,
        "N": total,
        "strength": one.strength,
        "with_columns": list(one.left),
    }
    return _finding("dependency", "minor", few, (one.right, *one.left), odd, evidence)
