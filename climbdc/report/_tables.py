"""Rows of the page's tables, put together from the facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from climbdc.report._contents import Facts
from climbdc.report._parts import Effect, FindingFact, FlowBox
from climbdc.sdk import Metric

__all__ = [
    "Comparison", "Flow", "Gap", "Role", "Strip", "Uneven", "by_dimension", "comparisons", "evidence", "features",
    "flow", "gaps", "most_uneven", "roles", "sample_size", "strip",
]  # fmt: skip

DIMENSIONS = (
    "structure", "completeness", "plausibility", "labels", "leakage", "privacy", "features", "representation",
    "evaluation",
)  # fmt: skip
SEVERITIES = ("critical", "major", "minor", "info")


@dataclass(frozen=True)
class Flow:
    """Participants: the boxes of the main line, each with what left there, and the part set aside beside one."""

    line: tuple[tuple[FlowBox, int], ...]
    sealed: FlowBox | None = None
    sealed_at: int = -1


@dataclass(frozen=True)
class Gap:
    """Missingness of one column; `after` is None where the column is gone, `before` where it is new."""

    column: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Comparison:
    """One measure of one model, before, without leaks and after."""

    name: str
    model: str
    better: str
    before: Metric | None
    fair: Metric | None
    after: Metric | None


@dataclass(frozen=True)
class Strip:
    """An interval on a scale of 0 to 100; `zero` is where no change lies, or None."""

    low: float
    high: float
    value: float
    zero: float | None = None


def flow(boxes: Iterable[FlowBox]) -> Flow:
    """Participant flow: a box whose rows, with another's, make up the box before them is one side of a split.

    >>> told = flow([FlowBox(label=name, rows=rows) for name, rows in [("file", 10), ("train", 8), ("test", 2)]])
    >>> [(box.label, lost) for box, lost in told.line], told.sealed.label
    ([('file', 0), ('train', 0)], 'test')
    """
    line = list(boxes)
    found = _sides(line)
    at, other, whole = found or (-1, -1, False)
    sealed = line.pop(other) if found else None
    lost = [0 if n == 0 or (n == at and whole) else line[n - 1].rows - line[n].rows for n in range(len(line))]
    return Flow(tuple(zip(line, lost, strict=True)), sealed, at)


def _sides(line: list[FlowBox]) -> tuple[int, int, bool] | None:
    """Where the line splits, the box set aside, and whether the two sides make up the box before."""
    for place in range(1, len(line)):
        for other in range(place + 1, len(line)):
            if line[other].rows and line[place].rows + line[other].rows == line[place - 1].rows:
                return place, other, True
    named = [n for n, box in enumerate(line) if n and "sealed" in box.label]
    return (named[0] - 1, named[0], False) if named else None


def gaps(facts: Facts) -> list[Gap]:
    """Columns with gaps before or after, the emptiest first."""
    before, after = facts.missing.before, facts.missing.after
    named = [name for name in {**before, **after} if before.get(name) or after.get(name)]
    told = [Gap(name, before.get(name), after.get(name)) for name in named]
    return sorted(told, key=lambda gap: (-(gap.before or 0.0), gap.column))


def by_dimension(findings: Iterable[FindingFact]) -> list[tuple[str, list[FindingFact]]]:
    """Findings under their dimension, the gravest first."""
    groups: dict[str, list[FindingFact]] = {name: [] for name in DIMENSIONS}
    for finding in findings:
        groups.setdefault(finding.dimension, []).append(finding)
    return [
        (name, sorted(group, key=lambda finding: (SEVERITIES.index(finding.severity), finding.id)))
        for name, group in groups.items()
        if group
    ]


def comparisons(facts: Facts) -> list[Comparison]:
    """Each measure of each model on one line."""
    sides = [{(m.name, m.model): m for m in side} for side in (
        facts.metrics.after, facts.metrics.before_without_leaks, facts.metrics.before)]  # fmt: skip
    keys = list(dict.fromkeys(key for side in sides for key in side))
    told = []
    for key in keys:
        after, fair, before = (side.get(key) for side in sides)
        shown = after or fair or before
        assert shown is not None
        told.append(Comparison(key[0], key[1], shown.better, before, fair, after))
    return told


def strip(item: Metric | Effect, among: Iterable[Metric | Effect]) -> Strip:
    """Where an interval lies on the common scale of all intervals it is shown with."""
    others = [*among, item]
    effect = isinstance(item, Effect)
    ends = [end for other in others for end in (other.low, other.high, _value(other))] + ([0.0] if effect else [])
    lowest, highest = min(ends), max(ends)
    width = (highest - lowest) or 1.0

    def place(value: float) -> float:
        return round(3 + 94 * (value - lowest) / width, 2)

    return Strip(place(item.low), place(item.high), place(_value(item)), place(0.0) if effect else None)


def _value(item: Metric | Effect) -> float:
    return item.change if isinstance(item, Effect) else item.value


def evidence(finding: FindingFact) -> list[tuple[str, object]]:
    """The named single numbers and words behind a finding; lists could hold single rows and stay in the file."""
    return [
        (key, value)
        for key, value in finding.evidence.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and 0 < len(value) <= 120)
    ]


@dataclass(frozen=True)
class Role:
    """A part in the study, the columns that play it, and why."""

    columns: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class Uneven:
    """Two subgroups a step touched most differently; `high` and `low` are shares of their rows."""

    step: str
    column: str
    most: str
    high: float
    least: str
    low: float


def roles(facts: Facts) -> list[tuple[str, Role]]:
    """The roles that are taken, in the order of the model."""
    reasons = facts.roles.get("reasons") or {}
    told = []
    for name, value in facts.roles.items():
        if name in {"kind", "reasons"} or not value:
            continue
        columns = (value,) if isinstance(value, str) else tuple(str(one) for one in value)
        told.append((name, Role(columns, str(reasons.get(name, "")))))
    return told


def features(facts: Facts) -> list[str]:
    """Columns a model may use after the treatment."""
    special = {column for _, role in roles(facts) for column in role.columns}
    return [name for name in facts.missing.after if name not in special]


def sample_size(facts: Facts) -> dict[str, Any] | None:
    """Events and parameters as the sample-size check counted them, or None."""
    wanted = ("events", "parameters", "ratio")
    for finding in facts.findings:
        if finding.challenge == "representation/small-sample" and all(key in finding.evidence for key in wanted):
            return {"unit": "", **finding.evidence}
    return None


def most_uneven(facts: Facts) -> Uneven | None:
    """The step and pair of subgroups of one column with the largest difference in the share of rows changed."""
    told: list[Uneven] = []
    for step in facts.steps:
        for column in dict.fromkeys(group.column for group in step.subgroups):
            groups = [group for group in step.subgroups if group.column == column and group.rows]
            shares = sorted((group.changed / group.rows, group.group) for group in groups)
            if len(shares) > 1:
                (low, least), (high, most) = shares[0], shares[-1]
                told.append(Uneven(step.id, column, most, high, least, low))
    return max(told, key=lambda one: one.high - one.low, default=None)
