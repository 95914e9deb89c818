"""How one step is to run: as the rules say, and with what a model adds to it."""

from __future__ import annotations

from dataclasses import replace

from climbdc.agents._context import RunContext
from climbdc.agents._floor import checked_step
from climbdc.agents._pause import Checkpoint, options
from climbdc.errors import PlanError
from climbdc.models import Ask, GiveBack, ModelError, RulesPolicy, Situation
from climbdc.plan import PlannedStep
from climbdc.privacy import PrivacyError
from climbdc.registry import title
from climbdc.store import SessionStore

__all__ = ["REPAIRS", "asked_before", "chosen_way", "worker_question"]

REPAIRS = 2
"""How often a model may mend an answer that is not valid before the rules take over for the turn."""


def asked_before(session: SessionStore, step: PlannedStep) -> tuple[str, list[tuple[str, str]]]:
    """The name of the worker's one question about a step, and the question with its answer where it was put."""
    name = f"ask:{step.id}:{step.attempt}"
    stored = session.checkpoint(name)
    if stored is None or stored["answer"] is None:
        return name, []
    answer = str(stored["answer"]["values"].get("answer") or "The expert does not know.")
    return name, [(str(stored["asked"]["text"]), answer)]


def worker_question(asked: Ask, step: PlannedStep) -> Checkpoint:
    """What a model wants to know before a step, put as its question and not as ours."""
    return Checkpoint(
        kind="question",
        title=f"The language model asks something about {title(step.tool)}",
        text=asked.question,
        why=asked.why or "The answer is given to the model with this step, after it was searched for personal data.",
        options=options(
            ("skip", "I do not know", "The step is tried as it is planned."),
            ("tell", "Tell", "Say it in a sentence. Leave out whatever names a person."),
        ),
        default="skip",
        detail={"step": step.id, "asked_by": "model"},
    )


def chosen_way(context: RunContext, now: Situation, step: PlannedStep) -> PlannedStep | GiveBack | Ask:
    """The step as it is to run.

    A step of the rules runs as they say; a model's other opinion becomes its doubt. A step of a model runs with the
    params that the model chose, once they were checked; where they are settled, as after an idea, it is not asked.
    """
    by_rules = RulesPolicy().work(now, step)
    if isinstance(by_rules, GiveBack) or not context.patience.asks(context.policy):
        return by_rules if step.origin != "model" or _runs(now, step) else GiveBack("The model is not there for it.")
    if step.origin == "model" and set(step.params) <= set(step.settled):
        return step if _runs(now, step) else GiveBack("It no longer fits the data.")
    said = _said(context, now, step)
    if isinstance(said, Ask) and now.told:
        said = None  # one question a step
    if step.origin != "model":
        return _with_opinion(by_rules, said)
    return said if said is not None else GiveBack("The model gave no valid way to do it.")


def _runs(now: Situation, step: PlannedStep) -> bool:
    """Whether a model's step can run as it was planned."""
    try:
        checked_step(now, step)
    except PlanError:
        return False
    return True


def _with_opinion(by_rules: PlannedStep | Ask, said: PlannedStep | GiveBack | Ask | None) -> PlannedStep | Ask:
    if isinstance(by_rules, Ask) or said is None or isinstance(said, Ask):
        return said if isinstance(said, Ask) else by_rules
    if isinstance(said, GiveBack):
        return by_rules.model_copy(update={"doubt": f"The model would not do it: {said.reason}"})
    return by_rules.model_copy(update={"told": said.told or by_rules.told})


def _said(context: RunContext, now: Situation, step: PlannedStep) -> PlannedStep | GiveBack | Ask | None:
    """A model's valid answer, or None where it gave none."""
    session, policy = context.session, context.policy
    refused: list[str] = []
    for _ in range(1 + REPAIRS):
        try:
            said = policy.work(replace(now, refused=tuple(refused)), step)
            if isinstance(said, PlannedStep):
                said = _checked(now, step, said)
            context.patience.answered(session)
            return said
        except PlanError as error:
            refused.append(str(error))
            session.say("invalid", {"policy": policy.name, "reason": str(error)})
        except (ModelError, PrivacyError) as error:
            context.patience.failed(session, error)
            return None
    context.patience.failed(session, None)
    return None


def _checked(now: Situation, step: PlannedStep, said: PlannedStep) -> PlannedStep:
    """What a model made of a step: of its own one the params, of another's nothing but words."""
    if step.origin != "model":
        return step.model_copy(update={"told": said.told})
    checked = checked_step(now, step.model_copy(update={"params": said.params}))
    return step.model_copy(update={"params": checked.params, "told": said.told})
