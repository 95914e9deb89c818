"""What a turn shows to a model: chosen from the store by code, so that a prompt is small however big the table is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from climbdc.errors import PlanError
from climbdc.models._policy import Situation
from climbdc.models.llm._params import columns_in
from climbdc.models.rules import RulesPolicy
from climbdc.plan import Plan, enforce

if TYPE_CHECKING:
    from climbdc.privacy import Gate

__all__ = ["LARGE", "SMALL", "Offers", "Size", "View", "ahead", "offers", "ranked", "view"]

SEVERITIES = ("critical", "major", "minor", "info")
CLOSED = ("apply_review", "drop_missing_target", "edit_dictionary", "split_data")
"""What the rules or a person do alone."""
SPLIT = "evaluation/split"
MANY = 8
"""A finding or step about more columns than this is about the table."""


class Size(NamedTuple):
    """How much a prompt tells at most."""

    columns: int
    """Columns that are described; the others are named."""
    findings: int
    applied: int
    """Steps that were done and are told again."""
    names: int
    """Columns that are named without being described."""


LARGE = Size(columns=16, findings=28, applied=12, names=150)
SMALL = Size(columns=6, findings=10, applied=4, names=40)


class Offers(NamedTuple):
    """What a model may propose in this turn."""

    tools: Mapping[str, Sequence[str]]
    """Tool -> the challenges it may be proposed for."""
    columns: Sequence[str]
    """Columns that a step may touch."""


@dataclass(frozen=True)
class View:
    """What this turn shows, and what a reply to it may name."""

    situation: Situation
    plan: Plan
    """With the steps that the rules add in this very turn."""
    findings: Sequence[Mapping[str, Any]]
    detailed: Sequence[str]
    named: Sequence[str]
    offers: Offers
    verdicts_on: Sequence[str]
    back_to: Sequence[str]
    to_reveal: Sequence[str]
    """Columns whose values may be asked for, as a model sees their names."""
    gate: Gate = field(repr=False)

    def shown(self, columns: Sequence[str]) -> list[str]:
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
    """Choose what a coordinator's turn shows."""
    plan = ahead(situation)
    findings = ranked(situation.findings)[: size.findings]
    detailed = _detailed(situation, findings, plan)[: size.columns]
    known = set(detailed)
    named = [name for name in situation.columns if name not in known][: size.names]
    pending = [step.id for step in situation.plan.pending[: max(situation.look_ahead, 0)]]
    return View(
        situation=situation, plan=_told(plan, size.applied), findings=findings, detailed=detailed, named=named,
        offers=offers(situation, {*detailed, *named}), verdicts_on=pending, back_to=_back_to(situation),
        to_reveal=_to_reveal(situation, gate, detailed), gate=gate,
    )  # fmt: skip


def ahead(situation: Situation) -> Plan:
    """The plan with what the rules add in this turn, whatever the model says: it need not be proposed again."""
    kept = [step for step in situation.plan.steps if step.origin != "model" or step.status == "applied"]
    said = RulesPolicy().assess(replace(situation, plan=Plan(steps=tuple(kept))))
    if said.backtrack is not None:
        return situation.plan
    return enforce(situation.plan, said)


def ranked(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings that are open, the most serious first; worth knowing only comes last."""
    still = [finding for finding in findings if finding["status"] == "open"]
    return sorted(still, key=lambda finding: SEVERITIES.index(finding["severity"]))


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


def _told(plan: Plan, applied: int) -> Plan:
    """The plan without what was planned and never done, and of what was done the newest."""
    done = [step for step in plan.steps if step.status == "applied"][-applied:]
    others = [step for step in plan.steps if step.status in {"rejected", "failed"}][-4:]
    return Plan(steps=(*done, *others, *plan.pending))


def offers(situation: Situation, shown: set[str]) -> Offers:
    """Tools that keep every row, with the challenges whose turn has come, and columns that say nothing of outcomes."""
    if situation.roles.kind == "none":
        return Offers({}, ())
    order = {name: place for place, name in enumerate(situation.taxonomy.order)}
    last = order[SPLIT] if situation.stage == "rows" else len(order)
    tools: dict[str, list[str]] = {}
    for tool in situation.tools.of_kind("transform"):
        for_now = [name for name in tool.spec.addresses if order.get(name, len(order)) < last]
        if tool.spec.rows == "keep" and tool.spec.name not in CLOSED and for_now:
            tools[tool.spec.name] = for_now
    roles = situation.roles
    protected = {*roles.outcomes, *filter(None, (roles.patient, roles.visit_time, roles.group, roles.index_date))}
    return Offers(tools, [name for name in situation.columns if name not in protected and name in shown])


def _to_reveal(situation: Situation, gate: Gate, detailed: Sequence[str]) -> list[str]:
    """Described columns of text that are hidden; none unless the session may show values at all."""
    if gate.level != "values":
        return []
    texts = {"categorical", "ordinal", "text"}
    known = situation.dictionary
    return [
        gate.shown(name) for name in detailed
        if name not in gate.revealed and name in known and known[name].type in texts
    ]  # fmt: skip


def _back_to(situation: Situation) -> list[str]:
    """Applied steps since which something was found that was not known then: else there is nothing to go back for."""
    still = {finding["id"] for finding in ranked(situation.findings) if finding["severity"] in SEVERITIES[:2]}
    return [
        step.id
        for step in situation.plan.applied
        if step.id in situation.known_before and still - set(situation.known_before[step.id])
    ]
