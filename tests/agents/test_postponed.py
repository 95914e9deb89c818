"""A step that is left for later: work goes on, it is asked about before the end, and comes where it belongs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import climbdc_taxonomy
from climbdc.agents import Answer, Checkpoint
from climbdc.agents._change import change_question
from climbdc.copilot import Copilot
from climbdc.plan import PlannedStep
from climbdc.sdk import Goal
from climbdc.settings import Settings


class Undecided:
    """Leaves every step for later once, and marking as missing for good."""

    name = "human"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.waiting: list[list[str]] = []

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Later at first."""
        self.asked.append((name, checkpoint.default))
        if checkpoint.kind == "finish":
            self.waiting.append([item["id"] for item in checkpoint.detail["postponed"]])
            return Answer(choice="take-up" if len(self.waiting) == 1 else "finish")
        if checkpoint.kind == "change":
            marks = checkpoint.detail["step"]["tool"] == "mark_missing"
            return Answer(choice="later" if marks or name.endswith(":1") else "approve")
        return Answer(choice=checkpoint.default)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two spellings of each sex, and -9 for an unknown age."""
    sex = ["male", "MALE", "female", "FEMALE"]
    rows = [f"{n},{sex[n % 4]},{-9 if n % 20 == 0 else 30 + n % 50}" for n in range(160)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["id,sex,age", *rows]), "utf-8")
    return path


def test_a_step_left_for_later_is_asked_about_before_the_end(table: Path, tmp_path: Path) -> None:
    session = Copilot(Settings(data_dir=tmp_path / "store")).start([table], Goal(task="none"))
    expert = Undecided()
    told = [(event.kind, event.data.get("status")) for event in session.run(expert)]
    assert told.count(("set-aside", "postponed")) == 3
    steps = {step.tool: step for step in session.plan.steps}
    spelling, marking = steps["harmonise_categories"], steps["mark_missing"]
    assert [set(ids) for ids in expert.waiting] == [{spelling.id, marking.id}, {marking.id}]
    assert [default for name, default in expert.asked if name.startswith("finish:")] == ["take-up", "take-up"]

    assert (spelling.status, spelling.attempt) == ("applied", 2)
    assert set(session.dataset.train["sex"]) in ({"male", "female"}, {"MALE", "FEMALE"})
    decided = {item["id"]: item["answer"]["choice"] for item in session.stored.decisions()}
    both = [decided[f"change:{spelling.id}:{attempt}"] for attempt in (1, 2)]
    assert both == ["later", "approve"], "both answers are recorded"

    assert (marking.status, session.status) == ("postponed", "finished")
    assert {item["status"] for item in session.findings if item["id"] in marking.answers} == {"open"}
    assert (session.dataset.train["age"] == -9).sum() == 8


@pytest.mark.parametrize(("tool", "waits"), [("split_data", False), ("impute", True)])
def test_what_everything_is_built_on_cannot_wait(tool: str, waits: bool) -> None:
    context = SimpleNamespace(
        session=SimpleNamespace(findings=list, newest_plan=lambda: None),
        taxonomy=climbdc_taxonomy.load(),
        bench=SimpleNamespace(registry={}),
    )
    counts = dict.fromkeys(("cells", "dropped_rows", "added_rows", "dropped_columns", "added_columns"), 0)
    step = PlannedStep(id="S01", challenge="evaluation/split", tool=tool)
    asked = change_question(cast("Any", context), step, {"checks": {"counts": counts}})
    assert ("later" in {option.value for option in asked.options}) is waits
