"""Of several ideas one may help by chance: each new column is tried alone, and all of them are counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.agents._chosen import chosen_way
from climbdc.agents._several import each_alone, surely, tried_at_once
from climbdc.agents.experts import AutoExpert
from climbdc.errors import Stopped
from climbdc.plan import Plan, PlannedStep
from climbdc.sdk import Goal

from .conftest import make

MOST = 12
CHALLENGE = "features/engineering"


def feature(name: str) -> dict[str, Any]:
    return {"name": name, "operation": "square", "columns": ["age"], "number": None}


def makes(*names: str, **more: Any) -> PlannedStep:
    fields = {"id": "S02", "challenge": CHALLENGE, "tool": "derive_features", "origin": "model", "why": "It may help."}
    return PlannedStep(**{**fields, "params": {"features": [feature(name) for name in names]}, **more})


OTHER = PlannedStep(id="S03", challenge="features/uninformative", tool="drop_columns", params={"columns": ["x"]})


def names_of(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(step.id, [one["name"] for one in step.params.get("features", [])]) for step in plan.pending]


def test_each_column_becomes_a_step_of_its_own_in_its_place() -> None:
    step = makes("a", "b", "c")
    plan = each_alone(Plan(steps=(step.model_copy(update={"params": {}}), OTHER)), step, MOST)
    assert plan is not None
    assert names_of(plan) == [("S02", ["a"]), ("S04", ["b"]), ("S05", ["c"]), ("S03", [])]
    assert all("one of 3" in each.why and each.settled == ("features",) for each in plan.pending[:3])
    assert all(each_alone(plan, each, MOST) is None for each in plan.pending), "once and for all"


def test_no_more_steps_than_a_model_may_have() -> None:
    step = makes(*(f"c{n}" for n in range(MOST)))
    plan = each_alone(Plan(steps=(step, makes("z", id="S01", status="rejected"))), step, 4)
    assert plan is not None and sum(each.origin == "model" for each in plan.steps) == 4


@pytest.mark.parametrize("more", [{"origin": "rules"}, {"origin": "person"}, {"settled": ("features",)}])
def test_what_a_person_or_the_rules_chose_stays_whole(more: dict[str, Any]) -> None:
    step = makes("a", "b", **more)
    assert each_alone(Plan(steps=(step,)), step, MOST) is None


def test_columns_are_counted_and_not_steps() -> None:
    steps = [makes(*"abcdefghijkl"), makes("m", status="rejected"), OTHER, OTHER.model_copy(update={"origin": "model"})]
    assert tried_at_once(steps) == 14
    assert surely(0.02, 0.005, 1) > 0 > surely(0.02, 0.005, 14)


@dataclass
class Told:
    """Decides by rule and keeps what it was asked of new columns; stops at the end."""

    cards: list[dict[str, Any]]
    name: str = "auto"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """By rule."""
        if checkpoint.kind == "finish":
            raise Stopped("Far enough for this test.")
        if checkpoint.kind == "change" and checkpoint.detail["step"]["tool"] == "derive_features":
            self.cards.append(checkpoint.detail)
        return AutoExpert().answer(checkpoint, name)


def test_of_many_columns_in_one_step_only_those_that_help_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of a model that asks for a column that helps and five that do not, all at once."""
    draw = np.random.default_rng(5)
    ratio, crea = draw.uniform(5, 40, 400), draw.uniform(0.3, 6, 400)
    chance = 1 / (1 + np.exp(-(ratio - 22) / 4))
    frame = pd.DataFrame({"ua": (ratio * crea).round(2), "xq": crea.round(3), "noise": draw.normal(5, 1, 400).round(3)})
    frame["ward"] = draw.choice(["a", "b", "c"], 400)
    frame["died"] = (draw.random(400) < chance).astype(int)
    frame.to_csv(tmp_path / "t.csv", index=False)
    helps = {"name": "quotient", "operation": "ratio", "columns": ["ua", "xq"], "number": None}
    idle = [{"name": f"idle{n}", "operation": "above", "columns": ["noise"], "number": 3 + n / 3} for n in range(5)]
    asked: list[str] = []

    def eager(context: Any, now: Any, step: PlannedStep) -> Any:
        if step.tool == "encode_categories" and not asked:  # stands for a step that the model proposed and fills in now
            asked.append(step.id)
            wanted = {"challenge": CHALLENGE, "tool": "derive_features", "params": {"features": [helps, *idle]}}
            return step.model_copy(update={**wanted, "origin": "model", "answers": ()})
        return step if step.origin == "model" else chosen_way(context, replace(now), step)

    monkeypatch.setattr("climbdc.agents._worker.chosen_way", eager)
    expert = Told([])
    session = make(tmp_path, tmp_path / "t.csv", Goal(target="died"), expert).session
    made = [card["step"]["params"]["features"][0]["name"] for card in expert.cards]
    assert len(made) == len(set(made)) > 3 and {len(card["step"]["params"]["features"]) for card in expert.cards} == {1}
    assert {card["tries"] for card in expert.cards} == {6}
    added = set(session.dataset.train.columns) & {"quotient", *(one["name"] for one in idle)}
    assert added == {"quotient"}, "what helps stays, and carries nothing with it"
