"""Trials before the end: would another way have done better? Measured, not argued."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._effect import base_version, compared, measured_each, steps_since
from climbdc.agents._floor import own_trials
from climbdc.agents._plans import current_plan
from climbdc.agents._screening import situation
from climbdc.agents._several import surely
from climbdc.agents._versions import head
from climbdc.errors import PlanError
from climbdc.models import ModelError, RulesPolicy, Situation, Trial, TrialResult
from climbdc.plan import PlannedStep
from climbdc.privacy import PrivacyError
from climbdc.recipe import StepSpec
from climbdc.store import SessionStore

__all__ = ["pending_results", "try_out"]

PARAMS: dict[str, Any] = {"models": ["logistic", "ridge", "cox"], "cap": 6000, "folds": 5, "keep_predictions": True}


def try_out(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["assess", "ask_finish"]]:
    """Measure what the policy wants to try; a clear gain goes back to the coordinator."""
    context = runtime.context
    session = context.session
    now = situation(context)
    if now.roles.kind == "none" or "quick_models" not in now.tools:
        return Command(goto="ask_finish")
    tried = session.get("trials/done") or {"results": []}
    known = {(item["trial"]["step"], item["trial"]["why"]) for item in tried["results"]}
    for trial in _wanted(context, now):
        if (trial.step, trial.why) in known:
            continue
        result = _measure(context, trial)
        if result is None:
            continue
        if result.low > 0:
            session.put("trials/pending", {"results": [_to_json(result)]})
        tried["results"].append(_to_json(result))
        session.put("trials/done", tried)
        session.say("tried", {"step": trial.step, "why": trial.why, "gain": result.gain, "low": result.low})
        if result.low > 0:
            return Command(goto="assess")
    return Command(goto="ask_finish")


def _wanted(context: RunContext, now: Situation) -> list[Trial]:
    """The trials of the rules, and those of a model that may be made; none where nothing is to be taken back."""
    if not context.options.backtracking:
        return []
    wanted = [*RulesPolicy().trials(now)]
    if context.patience.asks(context.policy):
        try:
            wanted += own_trials(now, context.policy.trials(now))
        except PlanError:
            context.patience.failed(context.session, None)
        except (ModelError, PrivacyError) as error:
            context.patience.failed(context.session, error)
    return wanted


def _measure(context: RunContext, trial: Trial) -> TrialResult | None:
    base = base_version(context)
    done = steps_since(context, base, head(context.session))
    if trial.step not in {step.id for step in done}:
        return None
    other = [step for step in (_instead(step, trial) for step in done) if step is not None]
    before, after = measured_each(context, base, [(done, PARAMS), (other, PARAMS)])
    differences = compared(context, before, after)
    if not differences:
        return None
    first = differences[0]
    sign = 1.0 if first.better == "higher" else -1.0
    low, high = sorted((sign * first.low, sign * first.high))
    gain = sign * first.change
    return TrialResult(trial, first.name, gain, surely(gain, low, trial.tries), high)


def _instead(step: StepSpec, trial: Trial) -> StepSpec | None:
    if step.id != trial.step:
        return step
    return None if trial.instead is None else trial.instead.model_copy(update={"id": step.id}).spec


def _to_json(result: TrialResult) -> dict[str, Any]:
    instead = result.trial.instead
    return {
        "trial": {
            "step": result.trial.step, "why": result.trial.why,
            "instead": None if instead is None else instead.model_dump(mode="json"),
        },
        "metric": result.metric, "gain": result.gain, "low": result.low, "high": result.high,
    }  # fmt: skip


def pending_results(session: SessionStore) -> list[TrialResult]:
    """Results the coordinator has not yet acted on: their step still stands as it was done."""
    stored = session.get("trials/pending") or {"results": []}
    applied = {step.id for step in current_plan(session).applied}
    return [
        TrialResult(
            Trial(
                item["trial"]["step"],
                None if item["trial"]["instead"] is None else PlannedStep.model_validate(item["trial"]["instead"]),
                item["trial"]["why"],
            ),
            item["metric"], item["gain"], item["low"], item["high"],
        )
        for item in stored["results"]
        if item["trial"]["step"] in applied
    ]  # fmt: skip
