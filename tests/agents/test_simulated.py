"""Simulated clinicians: what each manner answers, and that chance hangs on the question alone."""

from __future__ import annotations

from typing import Any

import pytest

from climbdc.agents import Checkpoint, Choice
from climbdc.agents.experts import MANNERS, AnswerKey, Manner, SimulatedExpert
from climbdc.sdk import Goal

KEY = AnswerKey(
    goal=Goal(target="died"),
    columns={
        "hrt": {"meaning": "heart rate", "unit": "beats/min", "known_at": "at"},
        "charges": {"meaning": "charges of the stay", "known_at": "after"},
        "slos": {"meaning": "length of stay", "known_at": "after"},
    },
    droppable=frozenset({"charges", "slos"}),
)


def options(*values: str) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=value) for value in values)


def change(tool: str, dropped: tuple[str, ...] = (), **step: Any) -> Checkpoint:
    """A change that is put to the expert."""
    planned = {"id": "S01", "challenge": "leakage/known-later", "tool": tool, **step}
    return Checkpoint(
        kind="change", title="", options=options("approve", "change", "reject", "later", "stop"), default="approve",
        detail={"step": planned, "findings": [], "dropped_columns": list(dropped)},
    )  # fmt: skip


def asked(kind: str, default: str, *values: str, columns: tuple[Any, ...] = ()) -> Checkpoint:
    return Checkpoint.model_validate(
        {"kind": kind, "title": "", "options": options(*values), "default": default, "detail": {"columns": columns}}
    )


MEANINGS = asked("question", "unknown", "unknown", "change", columns=({"column": "hrt"}, {"column": "other"}))


def test_the_truthful_tell_what_the_key_knows_and_nothing_else() -> None:
    expert = SimulatedExpert(KEY)
    told = expert.answer(MEANINGS, "meanings")
    assert told.choice == "change" and told.values == {"hrt": KEY.columns["hrt"]}
    nothing = asked("question", "unknown", "unknown", "change", columns=({"column": "other"},))
    assert expert.answer(nothing, "meanings").choice == "unknown"
    goal = Checkpoint(kind="goal", title="", options=options("accept", "change", "none"), default="none")
    assert expert.answer(goal, "goal").values == {"target": "died"}


def test_the_truthful_correct_when_something_is_known() -> None:
    expert = SimulatedExpert(KEY)
    both = asked("question", "after", "after", "change", columns=({"column": "hrt"}, {"column": "slos"}))
    assert expert.answer(both, "timing").values == {"hrt": "at", "slos": "after"}
    late = asked("question", "after", "after", "change", columns=({"column": "slos"},))
    assert expert.answer(late, "timing").choice == "after"
    leak = AnswerKey(columns={"surv2m": {"meaning": "a model's estimate"}}, droppable=frozenset({"surv2m"}))
    other = asked("question", "after", "after", "change", columns=({"column": "surv2m"},))
    assert SimulatedExpert(leak).answer(other, "timing").choice == "after", "a leak is not to be used"


@pytest.mark.parametrize(
    ("dropped", "choice", "values"),
    [
        (("charges", "slos"), "approve", {}), (("hrt",), "reject", {}),
        (("hrt", "slos"), "change", {"params": {"columns": ["slos"]}}),
    ],
)  # fmt: skip
def test_the_truthful_drop_leaks_only(dropped: tuple[str, ...], choice: str, values: dict[str, Any]) -> None:
    answer = SimulatedExpert(KEY).answer(change("drop_columns", dropped), "change:S01:1")
    assert answer.choice == choice and answer.values == values


def test_the_silent_leave_all_to_defaults_and_rules() -> None:
    expert = SimulatedExpert(KEY, "silent")
    assert expert.answer(MEANINGS, "meanings").choice == "unknown"
    assert expert.answer(change("impute"), "change:S01:1").choice == "approve"
    assert expert.answer(change("relabel"), "change:S01:1").choice == "reject"


def test_the_careless_agree_even_to_what_a_model_made_up() -> None:
    expert = SimulatedExpert(KEY, "careless")
    assert expert.answer(change("drop_columns", ("hrt",)), "change:S01:1").choice == "approve"
    assert expert.answer(asked("question", "keep", "keep", "back"), "back:S01:2").choice == "back"
    proposed = asked("question", "unknown", "unknown", "change", "proposed", columns=({"column": "hrt"},))
    assert expert.answer(proposed, "meanings").choice == "proposed"
    assert expert.answer(MEANINGS, "meanings").choice == "unknown"


@pytest.mark.parametrize(("manner", "share"), [("contrary", 0.3), ("mistaken", 0.1), ("truthful", 0.0)])
def test_how_often_a_good_change_is_refused(manner: Manner, share: float) -> None:
    expert = SimulatedExpert(KEY, manner, seed=3)
    answers = [expert.answer(change("impute"), f"change:S{at:03}:1").choice for at in range(1000)]
    assert answers.count("reject") / 1000 == pytest.approx(share, abs=0.03)


def test_a_mistake_is_also_to_take_one_column_for_another() -> None:
    expert = SimulatedExpert(KEY, "mistaken", seed=1)
    told = [expert.answer(MEANINGS, "meanings"), *(expert._mistaken(MEANINGS, "meanings") for _ in range(3))]
    assert len({str(answer.values) for answer in told}) == 1, "the same question is answered alike"
    wrong = sum(
        SimulatedExpert(KEY, "mistaken", seed).answer(MEANINGS, "meanings").values["hrt"] != KEY.columns["hrt"]
        for seed in range(500)
    )
    assert 0 < wrong < 60, "one in ten, of which a third hits the right one by chance"


def test_the_seed_decides_and_nothing_else() -> None:
    def answers(seed: int) -> list[str]:
        expert = SimulatedExpert(KEY, "contrary", seed)
        return [expert.answer(change("impute"), f"change:S{at:02}:1").choice for at in range(40)]

    assert answers(1) == answers(1) != answers(2)
    late = SimulatedExpert(KEY, "contrary", 1).answer(change("impute"), "change:S39:1").choice
    assert late == answers(1)[39], "whatever was asked before"


def test_every_manner_is_told() -> None:
    assert set(MANNERS) == {"truthful", "silent", "careless", "contrary", "mistaken"}
    assert SimulatedExpert(KEY).name == "simulated"
