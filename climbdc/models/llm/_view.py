"""What a turn shows to a model: chosen from the store by code, so that a prompt is small however big the table is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from climbdc.errors import PlanError
from climbdc.models._policy import Situation
from climbdc.models.llm._offers import Offers, offers
from climbdc.models.llm._params import columns_in
from climbdc.models.rules import RulesPolicy
from climbdc.plan import Plan, enforce

if TYPE_CHECKING:
    from climbdc.privacy import Gate

__all__ = ["LARGE", "SMALL", "Size", "View", "few_alike", "view"]

SEVERITIES = ("critical", "major", "minor", "info")
MANY = 8
"""A finding or step about more columns than this is about the table."""


class Size(NamedTuple):
    """How much a prompt tells, and a reply may say, at most."""

    columns: int
    """Columns that are described; the others are named."""
    names: int
    findings: int
    alike: int
    """Findings of one kind that are told one by one."""
    applied: int
    """Steps that were done and are told again."""
    undone: int
    """Steps that were decided against and are told again."""
    pending: int
    observed: int
    words: int
    """Characters of a reason."""
    added: int
    touched: int
    """Columns of a step that is proposed."""
    free: bool
    """See `offers`."""


LARGE = Size(
    16,
    names=70,
    findings=32,
    alike=5,
    applied=12,
    undone=6,
    pending=20,
    observed=3,
    words=160,
    added=2,
    touched=8,
    free=True,
)
SMALL = Size(
    6,
    names=16,
    findings=7,
    alike=2,
    applied=3,
    undone=0,
    pending=5,
    observed=2,
    words=100,
    added=1,
    touched=3,
    free=False,
)


@dataclass(frozen=True)
class View:
    """What this turn shows, and what a reply to it may name."""

    situation: Situation
    size: Size
    plan: Plan
    findings: Sequence[Mapping[str, Any]]
    untold: str
    """How many open findings are not told, by what they are about."""
    detailed: Sequence[str]
    named: Sequence[str]
    offers: Offers
    verdicts_on: Sequence[str]
    back_to: Sequence[str]
    to_reveal: Sequence[str]
    """Columns whose values may be asked for, as a model sees their names."""
    gate: Gate = field(repr=False)

    def shown(self, columns: Iterable[str]) -> list[str]:
        """The names of columns as a model sees them."""
        return list(dict.fromkeys(self.gate.shown(name) for name in columns))

    def column_of(self, shown: str) -> str:
        """The column that a model means.

        Raises:
            PlanError: There is none of that name.
        """
        name = self.gate.column_of(shown)
        if name is None or name not in self.situation.columns:
            raise PlanError(f"There is no column {shown[:60]!r}.", fix="Use a name from the table.", code="bad-answer")
        return name


def view(situation: Situation, gate: Gate, size: Size) -> View:
    """Choose what a turn shows."""
    plan = _ahead(situation)
    still = _ranked(situation.findings)
    findings = few_alike(still, size)
    detailed = _detailed(situation, findings, plan)[: size.columns]
    named = [name for name in situation.columns if name not in set(detailed)][: size.names]
    return View(
        situation=situation, size=size, plan=_told(plan, size), findings=findings,
        untold=_counted(still, findings), detailed=detailed, named=named,
        offers=offers(replace(situation, plan=plan), {*detailed, *named}, findings, free=size.free),
        verdicts_on=[step.id for step in situation.plan.pending[: max(situation.look_ahead, 0)]],
        back_to=_back_to(situation), to_reveal=_to_reveal(situation, gate, detailed), gate=gate,
    )  # fmt: skip


def _ahead(situation: Situation) -> Plan:
    """The plan with what the rules add in this very turn: it need not be proposed again."""
    kept = [
        step.model_copy(update={"answers": ()}) if step.origin == "model" else step
        for step in situation.plan.steps
        if step.origin != "model" or step.status == "applied"
    ]
    said = RulesPolicy().assess(replace(situation, plan=Plan(steps=tuple(kept))))
    return situation.plan if said.backtrack is not None else enforce(situation.plan, said)


def _ranked(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings that are open, the most serious first."""
    still = [finding for finding in findings if finding["status"] == "open"]
    return sorted(still, key=lambda finding: SEVERITIES.index(finding["severity"]))


def few_alike(findings: Sequence[Mapping[str, Any]], size: Size) -> list[Mapping[str, Any]]:
    """The first few of each kind, in their order: the tenth gap that means something tells little."""
    seen: Counter[tuple[str, str]] = Counter()
    kept: list[Mapping[str, Any]] = []
    for finding in findings:
        kind = str(finding["challenge"]), str(finding["kind"])
        seen[kind] += 1
        if seen[kind] <= size.alike:
            kept.append(finding)
    return kept[: size.findings]


def _counted(findings: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> str:
    names = {finding["id"] for finding in told}
    left = Counter(str(finding["challenge"]) for finding in findings if finding["id"] not in names)
    return ", ".join(f"{count} of {challenge}" for challenge, count in left.items())


def _detailed(situation: Situation, findings: Sequence[Mapping[str, Any]], plan: Plan) -> list[str]:
    """Columns worth a line: those of the next steps and of findings about few columns, in that order."""
    chosen: dict[str, None] = dict.fromkeys(situation.roles.outcomes)
    for step in plan.pending[: situation.look_ahead]:
        schema = situation.tools[step.tool].spec.schema if step.tool in situation.tools else {}
        chosen.update(dict.fromkeys(columns_in(schema, step.params)[:MANY]))
    for finding in findings:
        if len(finding["columns"]) <= MANY:
            chosen.update(dict.fromkeys(finding["columns"]))
    there = set(situation.columns)
    return [name for name in chosen if name in there]


def _told(plan: Plan, size: Size) -> Plan:
    """Of what was done and decided against the newest, and what comes next; a weak model takes its doubts for facts."""
    done = [step for step in plan.steps if step.status == "applied"]
    others = [step for step in plan.steps if step.status in {"rejected", "failed"}]
    newest = [*done[len(done) - min(len(done), size.applied) :], *others[len(others) - min(len(others), size.undone) :]]
    told = (*newest, *plan.pending[: size.pending])
    if size.free:
        return Plan(steps=told)
    return Plan(steps=tuple(step.model_copy(update={"doubt": "", "reason": ""}) for step in told))


def _to_reveal(situation: Situation, gate: Gate, detailed: Sequence[str]) -> list[str]:
    """Described columns of text that are hidden; none unless the session may show values at all."""
    if gate.level != "values":
        return []
    known = situation.dictionary
    texts = [name for name in detailed if name in known and known[name].type in {"categorical", "ordinal", "text"}]
    return [gate.shown(name) for name in texts if name not in gate.revealed]


def _back_to(situation: Situation) -> list[str]:
    """Applied steps since which something serious was found that was not known then: else nothing speaks for it."""
    serious = {finding["id"] for finding in _ranked(situation.findings) if finding["severity"] in SEVERITIES[:2]}
    found: list[str] = []
    for step in situation.plan.applied:
        spec = situation.tools[step.tool].spec
        learnt = spec.rows == "keep" and spec.stage == "train"
        if learnt and step.id in situation.known_before and serious - set(situation.known_before[step.id]):
            found.append(step.id)
    return found
