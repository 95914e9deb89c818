"""The worker's turn with a model: its words are heard, the rules' steps run as the rules say, and patience ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import climbdc_taxonomy
from climbdc.agents._chosen import REPAIRS, asked_before, chosen_way, worker_question
from climbdc.agents._context import RunContext
from climbdc.agents._patience import MOST, Patience
from climbdc.errors import PlanError, Stopped
from climbdc.models import Ask, GiveBack, ModelError, RulesPolicy, Situation
from climbdc.plan import Plan, PlannedStep
from climbdc.registry import registry
from climbdc.sdk import Dictionary, Roles
from climbdc.store import SessionStore, Store

Says = Callable[[Situation, PlannedStep], PlannedStep | GiveBack | Ask]
STEP = PlannedStep(id="S01", challenge="completeness/missing-values", tool="impute", params={"columns": ["age"]})
OWN = PlannedStep(
    id="S02", challenge="completeness/sparse-columns", tool="drop_columns", params={"columns": ["ca"]}, origin="model"
)


class FakePolicy:
    """A model that says what a test wants."""

    name = "llm:fake"

    def __init__(self, says: Says) -> None:
        self.says = says
        self.heard: list[Situation] = []

    def work(self, now: Situation, step: PlannedStep) -> PlannedStep | GiveBack | Ask:
        """What the test wants."""
        self.heard.append(now)
        return self.says(now, step)


@pytest.fixture
def stored(tmp_path: Path) -> SessionStore:
    return Store(tmp_path).create("x", {})


def context(stored: SessionStore, policy: Any) -> RunContext:
    return cast(RunContext, SimpleNamespace(session=stored, policy=policy, patience=Patience()))


def situation(**more: Any) -> Situation:
    return Situation(
        plan=Plan(steps=(STEP, OWN)), findings=(), columns=("age", "ca", "died"), dictionary=Dictionary(), rows=100,
        roles=Roles(kind="binary", target="died"), taxonomy=climbdc_taxonomy.load(), tools=registry(), stage="train",
        **more,
    )  # fmt: skip


def raises(error: Exception) -> Says:
    def say(now: Situation, step: PlannedStep) -> PlannedStep:
        raise error

    return say


def test_a_step_of_the_rules_runs_as_they_say_and_carries_what_the_model_says_of_it(stored: SessionStore) -> None:
    other = {"params": {"columns": ["ca"]}, "tool": "drop_columns", "told": "Gaps are filled.", "confidence": 1.0}
    chosen = chosen_way(context(stored, FakePolicy(lambda now, step: step.model_copy(update=other))), situation(), STEP)
    assert chosen == STEP.model_copy(update={"told": "Gaps are filled."})
    back = chosen_way(context(stored, FakePolicy(lambda now, step: GiveBack("Not needed."))), situation(), STEP)
    assert isinstance(back, PlannedStep) and back.params == STEP.params and "Not needed." in back.doubt


def test_a_models_own_step_runs_with_its_checked_params_or_not_at_all(stored: SessionStore) -> None:
    def choose(columns: list[str]) -> Says:
        return lambda now, step: step.model_copy(update={"params": {"columns": columns}, "backed_by": "knowledge"})

    chosen = chosen_way(context(stored, FakePolicy(choose(["age"]))), situation(), OWN)
    assert isinstance(chosen, PlannedStep) and chosen.params == {"columns": ["age"]} and chosen.backed_by == ""
    policy = FakePolicy(choose(["died"]))
    assert isinstance(chosen_way(context(stored, policy), situation(), OWN), GiveBack)
    assert [len(now.refused) for now in policy.heard] == [*range(1 + REPAIRS)]
    assert isinstance(chosen_way(context(stored, RulesPolicy()), situation(), OWN), PlannedStep)


def test_a_step_whose_params_are_settled_runs_as_it_was_planned(stored: SessionStore) -> None:
    asked = FakePolicy(raises(AssertionError("not to be asked")))
    settled = OWN.model_copy(update={"settled": ("columns",)})
    assert chosen_way(context(stored, asked), situation(), settled) == settled
    gone = settled.model_copy(update={"params": {"columns": ["ghost"]}})
    assert isinstance(chosen_way(context(stored, asked), situation(), gone), GiveBack)


def test_it_may_ask_once_and_the_answer_comes_back(stored: SessionStore) -> None:
    asks = FakePolicy(lambda now, step: Ask("Is it a score?"))
    asked = chosen_way(context(stored, asks), situation(), STEP)
    assert isinstance(asked, Ask)
    name, told = asked_before(stored, STEP)
    assert told == []
    stored.ask(name, worker_question(asked, STEP).model_dump(mode="json"))
    stored.answer(name, {"choice": "tell", "values": {"answer": "Yes, of pain."}}, "human")
    name, told = asked_before(stored, STEP)
    assert told == [("Is it a score?", "Yes, of pain.")]
    assert chosen_way(context(stored, asks), situation(told=told), STEP) == STEP


def test_a_model_that_does_not_answer_is_left_alone_and_the_session_says_so(stored: SessionStore) -> None:
    policy = FakePolicy(raises(ModelError("The server is gone.", code="unreachable")))
    running = context(stored, policy)
    for _ in range(MOST + 2):
        assert chosen_way(running, situation(), STEP) == STEP
    assert len(policy.heard) == MOST
    told = [event["text"] for event in stored.events(0) if event["kind"] == "mind"]
    assert len(told) == MOST and "The server is gone." in told[0] and "not asked again" in told[-1]
    spent = FakePolicy(raises(ModelError("The budget is used up.", code="budget")))
    running = context(stored, spent)
    chosen_way(running, situation(), STEP)
    chosen_way(running, situation(), STEP)
    assert len(spent.heard) == 1


def test_a_server_that_is_away_is_tried_at_every_turn(stored: SessionStore) -> None:
    away = ModelError("The model's server is still away.", code="unreachable", away=True)
    running = context(stored, FakePolicy(raises(away)))
    for _ in range(MOST + 2):
        assert chosen_way(running, situation(), STEP) == STEP
    back = cast("Any", running)
    back.policy = FakePolicy(lambda now, step: step)
    chosen_way(running, situation(), STEP)
    chosen_way(running, situation(), STEP)
    told = [event["text"] for event in stored.events(0) if event["kind"] == "mind"]
    assert told[:-1] == ["The rules decide here instead of the language model. " + away.message] * (MOST + 2)
    assert told[-1] == "The language model is back and takes part again."


def test_answers_that_cannot_be_used_are_refused_with_the_reason(stored: SessionStore) -> None:
    policy = FakePolicy(raises(PlanError("There is no such column.")))
    assert chosen_way(context(stored, policy), situation(), STEP) == STEP
    assert policy.heard[-1].refused == ("There is no such column.",) * REPAIRS
    assert sum(event["kind"] == "invalid" for event in stored.events(0)) == 1 + REPAIRS


def test_a_step_is_not_set_aside_because_the_person_stopped_the_model(stored: SessionStore) -> None:
    stopped = FakePolicy(raises(ModelError("The question to the model was cancelled.", code="cancelled")))
    for step in (STEP, OWN):
        with pytest.raises(Stopped):
            chosen_way(context(stored, stopped), situation(), step)
    assert not stored.events()
