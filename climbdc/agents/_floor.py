"""The floor: what the rules would do is done in any case; a model adds to it, and code checks what it adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from climbdc.agents._answered import believed
from climbdc.agents._several import tried_at_once
from climbdc.errors import PlanError
from climbdc.models import CLOSED_TOOLS, OPEN_TO_TRIAL, RulesPolicy, Situation, Trial
from climbdc.plan import Alternative, Assessment, Doubt, Plan, PlannedStep, Verdict
from climbdc.registry import Registry

__all__ = ["MOST_OWN", "checked_step", "guarded", "own_trials", "rules_assess", "without_models"]

MOST_OWN = 12
"""Steps that a model may add to a session: whatever it does, the session ends."""
MOST_A_TURN = 4


def without_models(now: Situation) -> Situation:
    """The situation as if no model had proposed anything that was not done.

    What a model's step was for is the model's word: a finding that is still there after it has its step by the rules.
    """
    steps = tuple(
        step.model_copy(update={"answers": ()}) if step.origin == "model" else step
        for step in now.plan.steps
        if step.origin != "model" or step.status == "applied"
    )
    return replace(now, plan=Plan(steps=steps))


def rules_assess(now: Situation, *, backtracking: bool = True) -> Assessment:
    """What the rules say; they neither see nor touch what a model proposed."""
    assessment = RulesPolicy().assess(without_models(now))
    if assessment.backtrack is not None and not backtracking:
        assessment = RulesPolicy().assess(without_models(replace(now, trials=(), known_before={})))
        assessment = assessment.model_copy(update={"backtrack": None})
    return assessment


def guarded(now: Situation, proposed: Assessment, rules: Assessment) -> Assessment:
    """What the rules say, with what a model adds to it.

    A model takes nothing away: where it would leave a step out or do it otherwise, the step carries its doubt, for the
    person to judge, and the other way becomes an alternative.

    Args:
        now: The situation.
        proposed: By a model; trusted in nothing.
        rules: By `rules_assess`.

    Raises:
        PlanError: It names what is not there, or contradicts itself; the reason is fit for the model.
    """
    pending = {step.id: step for step in now.plan.pending}
    verdicts: list[Verdict] = []
    doubts: list[Doubt] = []
    new: list[PlannedStep] = []
    _not_twice(proposed.verdicts)
    for verdict in proposed.verdicts:
        step = pending.get(verdict.step)
        if step is None:
            raise PlanError(f"A verdict names {verdict.step!r}, which is not a pending step.", code="bad-verdict")
        if verdict.new is not None and verdict.verdict == "insert_before":
            new.append(verdict.new)
        elif verdict.verdict in {"remove", "replace"} and step.origin == "model":
            verdicts.append(_own_verdict(now, verdict, step))
        elif verdict.verdict in {"remove", "replace"} and step.origin == "rules":
            doubts.append(_doubt(now, verdict, step))
    own = list(_fresh(now, [checked_step(now, step) for step in (*new, *proposed.added)]))
    return Assessment(
        observations=(*rules.observations, *proposed.observations),
        backtrack=rules.backtrack or proposed.backtrack,
        verdicts=(*rules.verdicts, *verdicts),
        added=(*rules.added, *own),
        doubts=tuple(doubts),
        reveal=proposed.reveal,
        policy=proposed.policy,
    )


def _not_twice(verdicts: Iterable[Verdict]) -> None:
    seen: dict[str, str] = {}
    for verdict in verdicts:
        if verdict.verdict == "insert_before":
            continue
        if seen.setdefault(verdict.step, verdict.verdict) != verdict.verdict:
            raise PlanError(
                f"There are two verdicts on {verdict.step}: {seen[verdict.step]} and {verdict.verdict}.",
                fix="Give one verdict for each step.",
                code="bad-verdict",
            )


def _own_verdict(now: Situation, verdict: Verdict, step: PlannedStep) -> Verdict:
    """On a step that a model added itself."""
    if verdict.new is None:
        return verdict
    new = checked_step(now, verdict.new)
    return verdict.model_copy(update={"new": new.model_copy(update={"id": step.id, "attempt": step.attempt})})


def _doubt(now: Situation, verdict: Verdict, step: PlannedStep) -> Doubt:
    if verdict.new is None:
        return Doubt(step=step.id, reason=f"The model would leave it out: {verdict.reason}")
    new = checked_step(now, verdict.new)
    other = Alternative(
        tool=new.tool, params=new.params, why=f"Proposed by the model: {verdict.reason}", origin="model"
    )
    return Doubt(step=step.id, reason=f"The model would do it with {new.tool}: {verdict.reason}", instead=other)


def checked_step(now: Situation, step: PlannedStep, there: Iterable[str] = ()) -> PlannedStep:
    """A step of a model, stripped of whatever only code may say of it.

    Args:
        now: The situation.
        step: As the model's answer was read; what is settled in it stays so.
        there: Columns that were there before an applied step, where it is to be tried another way.

    Raises:
        PlanError: A tool, challenge or column that does not exist or is not open to a model, or params that do not fit.
    """
    tool = _tool(now.tools, step.tool)
    if step.challenge not in tool.spec.addresses:
        raise PlanError(
            f"{step.tool} does not treat {step.challenge!r}.",
            fix=f"It treats {', '.join(tool.spec.addresses)}.",
            code="unknown-challenge",
        )
    now.tools.check(step.tool, step.params)
    _columns_allowed(now, step.params, {*now.columns, *there})
    if now.stage == "rows" and tool.spec.rows == "all":
        raise PlanError(f"{step.tool} changes rows and has to wait until the test part is sealed.", code="too-early")
    if now.roles.kind == "none":
        raise PlanError("Nothing is to be predicted, so only values are made right, by the rules.", code="values-only")
    return PlannedStep(
        id="S00", challenge=step.challenge, tool=step.tool, params=step.params, why=step.why,
        answers=believed(step, now.findings, now.tools), confidence=0.5, origin="model", settled=step.settled,
    )  # fmt: skip


def _tool(tools: Registry, name: str) -> Any:
    if name not in tools:
        raise PlanError(f"There is no tool {name!r}.", code="unknown-tool")
    tool = tools[name]
    if tool.spec.kind != "transform":
        raise PlanError(f"{name} looks, and changes nothing.", code="not-a-transform")
    if name in CLOSED_TOOLS:
        raise PlanError(f"{name} is not for a model to plan.", fix="Leave it out.", code="closed-tool")
    return tool


def _columns_allowed(now: Situation, params: dict[str, Any], there: Collection[str]) -> None:
    """Every column that the params name is there, and none says what is predicted or who it is."""
    roles = now.roles
    named = filter(None, (roles.patient, roles.visit_time, roles.group, roles.index_date))
    protected = {*roles.outcomes, *named, *roles.ignored}
    said = set(_texts(params))
    touched = sorted(said & protected)
    if touched:
        raise PlanError(
            f"{touched[0]!r} says what is predicted, when or for whom, or is left as it came; it is not to be touched.",
            code="protected",
        )
    columns = params.get("columns")
    asked = [*columns] if isinstance(columns, list | dict) else []
    unknown = [name for name in asked if isinstance(name, str) and name not in there]
    if unknown:
        raise PlanError(f"There is no column {unknown[0]!r}.", code="unknown-column")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _fresh(now: Situation, steps: Iterable[PlannedStep]) -> Iterator[PlannedStep]:
    """Those that were not proposed before, as many as may be."""
    seen = [(step.tool, step.params) for step in now.plan.steps]
    room = min(MOST_A_TURN, MOST_OWN - sum(step.origin == "model" for step in now.plan.steps))
    for step in steps:
        if room > 0 and (step.tool, step.params) not in seen:
            seen.append((step.tool, step.params))
            room -= 1
            yield step


def own_trials(now: Situation, trials: Iterable[Trial]) -> list[Trial]:
    """A model's trials that may be made: other params of an applied step, where a better score is a reason.

    What a trial changes is settled in its step, so that the rules keep it once it was measured to help.
    """
    applied = {step.id: step for step in now.plan.applied}
    kept: list[Trial] = []
    for trial in trials:
        step = applied.get(trial.step)
        if step is None or trial.instead is None or not step.challenge.startswith(OPEN_TO_TRIAL):
            continue
        try:
            params = checked_step(now, trial.instead, _texts(step.params)).params
        except PlanError:
            continue
        changed = [name for name in params if params[name] != step.params.get(name)]
        if trial.instead.tool == step.tool and changed and now.tools[step.tool].spec.rows == "keep":
            settled = tuple(dict.fromkeys([*step.settled, *changed]))
            other = step.model_copy(update={"params": {**step.params, **params}, "settled": settled})
            kept.append(replace(trial, instead=other))
    kept = kept[:MOST_A_TURN]
    tries = tried_at_once(trial.instead.model_copy(update={"origin": "model"}) for trial in kept if trial.instead)
    return [replace(trial, tries=tries) for trial in kept]
