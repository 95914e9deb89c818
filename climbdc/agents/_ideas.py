"""Ideas of a language model about columns, spellings and features: asked for once, kept, and put to whoever decides.

No idea changes anything by itself. What a column may mean is offered with the question about it; spellings and features
become steps of the plan, each of them one step, so that each is measured and decided alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from climbdc.agents._context import RunContext
from climbdc.agents._floor import checked_step
from climbdc.agents._patience import stop_where_cancelled
from climbdc.agents._pause import count
from climbdc.agents._versions import head
from climbdc.errors import PlanError
from climbdc.models import ColumnIdea, FeatureIdea, ModelError, Situation, SpellingIdea
from climbdc.plan import PlannedStep
from climbdc.privacy import PrivacyError

__all__ = ["COLUMNS", "FEATURES", "SPELLINGS", "column_ideas", "idea_steps"]

COLUMNS, SPELLINGS, FEATURES = "ideas/columns", "ideas/spellings", "ideas/features"
"""Results that keep what was proposed."""
MOST_COLUMNS = 60
"""Columns whose meaning is asked for in a session; the others are judged by their names and values."""

T = TypeVar("T", bound=BaseModel)


def column_ideas(context: RunContext, columns: Sequence[str]) -> list[ColumnIdea]:
    """What a model thinks that columns mean; asked for once a session, nothing without a model or where it fails."""
    mind = context.mind
    if mind is None or not columns:
        return []
    return _asked(context, COLUMNS, ColumnIdea, lambda: mind.describe(columns[:MOST_COLUMNS]), "columns")


def idea_steps(context: RunContext, now: Situation) -> list[PlannedStep]:
    """Steps from a model's ideas about spellings and features, checked like any step that a model proposes.

    They are asked for after the split, when their effect can be measured: spellings at once, features when nothing
    else is to be done and all features are numbers without gaps.
    """
    if context.mind is None or now.stage != "train" or now.roles.kind == "none":
        return []
    made = [*_spelling_steps(context, now), *_feature_steps(context, now)]
    return [step for step in made if _valid(now, step)]


def _spelling_steps(context: RunContext, now: Situation) -> list[PlannedStep]:
    """One step an idea; only while the column is still text."""
    mind = context.mind
    assert mind is not None
    if context.session.get(SPELLINGS) is None and not now.unusable:
        return []
    ideas = _asked(context, SPELLINGS, SpellingIdea, lambda: mind.spellings([*now.unusable]), "spellings")
    return [
        PlannedStep(
            id="S00",
            challenge="structure/inconsistent-values",
            tool="harmonise_categories",
            params={"maps": {idea.column: {other: idea.keep for other in idea.spellings if other != idea.keep}}},
            why=f"The language model takes these for one category of {idea.column}, written in several ways"
            f"{_reason(idea.because)}.",
            confidence=0.5,
            origin="model",
            settled=("maps",),
        )
        for idea in ideas
        if idea.column in now.unusable
    ]


def _feature_steps(context: RunContext, now: Situation) -> list[PlannedStep]:
    """One step an idea, each with how many were proposed: of several tries one may help by chance."""
    mind = context.mind
    assert mind is not None
    if context.session.get(FEATURES) is None and not _all_numbers(context, now):
        return []
    ideas = _asked(
        context, FEATURES, FeatureIdea, lambda: mind.features(now.roles.features([*now.columns])), "features"
    )
    tried = f" It is one of {count(ideas, 'idea')}, so its gain has to be surer." if len(ideas) > 1 else ""
    return [
        PlannedStep(
            id="S00",
            challenge="features/engineering",
            tool="derive_features",
            params={"features": [_feature(idea, now)]},
            why=f"The language model thinks that {idea.name} may help to predict{_reason(idea.because)}.{tried}",
            confidence=0.5,
            origin="model",
            settled=("features",),
        )
        for idea in ideas
        if set(idea.columns) <= {*now.columns}
    ]


def _feature(idea: FeatureIdea, now: Situation) -> dict[str, Any]:
    """The params of a feature; the border of what is usual is the knowledge pack's, not the model's."""
    told: dict[str, Any] = {"name": idea.name, "operation": idea.operation, "columns": [*idea.columns]}
    limits = now.dictionary[idea.columns[0]].limits if idea.columns[0] in now.dictionary else None
    if limits is not None and idea.operation in {"above", "below"}:
        told["number"] = limits.typical_high if idea.operation == "above" else limits.typical_low
    return told


def _all_numbers(context: RunContext, now: Situation) -> bool:
    """Whether nothing of the rules is pending and every feature is a number in every row."""
    if now.unusable or any(step.origin != "model" for step in now.plan.pending):
        return False
    frame = head(context.session).load()
    return not frame[now.roles.features([str(name) for name in frame.columns])].isna().to_numpy().any()


def _reason(because: str) -> str:
    return f": {because.strip().rstrip('.')}" if because.strip() else ""


def _valid(now: Situation, step: PlannedStep) -> bool:
    """Whether the step may be proposed at all; an idea that may not is passed over and fails nothing."""
    try:
        checked_step(now, step)
    except PlanError:
        return False
    return True


def _asked(context: RunContext, name: str, kind: type[T], ask: Callable[[], Sequence[T]], about: str) -> list[T]:
    """The stored ideas, or a model's, which are then stored; a model that fails has none, and the session says so."""
    session = context.session
    stored = session.get(name)
    if stored is None:
        ideas, failed = _ideas(context, ask, about)
        stored = {"ideas": [idea.model_dump(mode="json") for idea in ideas], "failed": failed}
        session.put(name, stored)
    return [kind.model_validate(idea) for idea in stored["ideas"]]


def _ideas(context: RunContext, ask: Callable[[], Sequence[T]], about: str) -> tuple[list[T], str]:
    """What a model proposes, and why nothing where it failed, which the session is told.

    Raises:
        Stopped: The person stopped the work; it is asked again another time.
    """
    session = context.session
    if not context.patience.asks(context.policy):
        return [], "The language model is not asked any more."
    try:
        ideas = [*ask()]
    except (ModelError, PrivacyError) as error:
        stop_where_cancelled(error)
        session.say("mind", {"text": f"The language model gave no ideas about {about}; work goes on without. {error}"})
        return [], str(error)
    if ideas:
        session.say("mind", {"text": f"The language model has {count(ideas, 'idea')} about {about}; you decide."})
    return ideas, ""
