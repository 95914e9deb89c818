"""The answers file that the page shows does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from climbdc.agents.experts import AnswerFile, FileExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import InputError
from climbdc.sdk import Goal

PAGE = (Path(__file__).parents[2] / "docs" / "answers.md").read_text(encoding="utf-8")
NOTE = "Both pairs were compared with the records; they are copies."


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The demo's data, cleaned as the page's example says."""
    import climbdc
    from climbdc.settings import Settings

    folder = tmp_path_factory.mktemp("answers")
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (folder / "answers.yaml").write_text(text, encoding="utf-8")
    heart = Path(climbdc.__file__).parent / "demo" / "heart_disease.csv"
    started = Copilot(Settings(data_dir=folder / "store")).start([heart], Goal())
    list(started.run(folder / "answers.yaml"))
    return started


def test_the_goal_and_the_meanings_are_taken(session: Session) -> None:
    data = session.dataset
    assert data.roles.target == "num"
    assert data.column("thalch").meaning == "highest heart rate reached in the exercise test"


def test_each_step_is_done_as_it_says(session: Session) -> None:
    steps = {step.tool: step for step in session.plan.steps}
    assert steps["drop_duplicates"].status == steps["impute"].status == "applied"
    assert steps["drop_columns"].params["columns"] == ["ca"] and steps["drop_columns"].status == "applied"
    assert steps["impute"].params["numeric"] == "median"
    assert not [step for step in session.plan.steps if step.tool == "encode_categories" and step.status == "applied"]
    assert "ca" not in session.dataset.train.columns and "thal" in session.dataset.train.columns


def test_the_decisions_are_recorded_as_from_a_file(session: Session) -> None:
    decisions = session.stored.decisions()
    assert {decision["expert"] for decision in decisions} == {"file"}
    assert NOTE in [decision["answer"]["note"] for decision in decisions]


def test_every_part_is_explained() -> None:
    assert [part for part in AnswerFile.model_fields if f"| `{part}` |" not in PAGE] == []


def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("step: []", encoding="utf-8")
    with pytest.raises(InputError, match=r"not an answers file"):
        FileExpert(tmp_path / "answers.yaml")
