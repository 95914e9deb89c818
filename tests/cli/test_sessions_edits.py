"""`climbdc sessions branch`, `switch`, `drop` and `compare` on a real session."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.copilot import Copilot, Session
from climbdc.sdk import Goal
from climbdc.settings import Settings

pytestmark = pytest.mark.timeout(200)
Said = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def made(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Patients of one hospital, where a cholesterol that was not measured is written as 0: all changes approved."""
    folder = tmp_path_factory.mktemp("made")
    head, *lines = heart.read_text("utf-8").splitlines()
    file, answers = folder / "heart.csv", folder / "answers.yaml"
    file.write_text("\n".join([head, *(line for line in lines if ",VA Long Beach," in line)]) + "\n", "utf-8")
    answers.write_text("otherwise: approve\n", "utf-8")
    session = Copilot(Settings(data_dir=folder / "store")).start([file], Goal(task="none"))
    list(session.run(answers))
    return session


@pytest.fixture
def said(made: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """What a command says of a copy of the session, on either channel."""
    shutil.copytree(made.store.folder, tmp_path / "store", ignore=shutil.ignore_patterns("*.lock"))

    def run(command: str, *more: str, status: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["sessions", command, made.id, *more, "--data-dir", str(tmp_path / "store")])
        assert (ended.value.code or 0) == status
        captured = capsys.readouterr()
        return captured.out, " ".join(captured.err.split())

    return run


def test_a_branch_is_made_shown_compared_and_left(made: Session, said: Said) -> None:
    assert made.plan.applied, "there is something to leave out"
    _, told = said("branch", "", "--name", "as it [b]came")
    assert told.startswith("A new branch, 'as it [b]came', begins at the raw rows.") and "sessions resume" in told
    shown, _ = said("show")
    assert f"Branch main: main, {len(made.plan.applied)} steps\n" in shown
    assert "Branch b2: as it [b]came, 0 steps, the present one" in shown
    out, _ = said("compare", "b2", "main")
    assert "a: as it [b]came, 200 rows, 16 columns" in out and "chol" in out and "0 | missing" in out
    told_json = json.loads(said("compare", "b2", "main", "--json")[0])
    chol = next(item for item in told_json["by_column"] if item["column"] == "chol")
    bodies = [body for _, body in made.stored.lineage(made.branches()[0]["head"])]
    raw, done = (made.stored.objects.frame(bodies[at]["frame"]) for at in (0, -1))
    assert chol["cells"] == int((raw["chol"].fillna(-1) != done["chol"].fillna(-1)).sum())
    assert said("switch", "main")[1].startswith("Work goes on with 'main'.")
    assert "branches" in json.loads(said("show", "--json")[0])


def test_a_step_is_dropped(made: Session, said: Said) -> None:
    first = made.plan.applied[0].id
    assert said("drop", first)[1].startswith(f"{first} (")
    assert f"{first} is not an applied step" in said("drop", first, status=2)[1]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("branch", "S99"), "S99 is not an applied step."),
        (("drop", "S99"), "S99 is not an applied step."),
        (("switch", "elsewhere"), "There is no branch 'elsewhere'. There are main."),
        (("compare", "main", "S99"), "'S99' is neither a branch nor a step that was done nor a version."),
    ],
)
def test_what_is_not_there_is_said_plainly(said: Said, command: tuple[str, ...], message: str) -> None:
    assert message in said(*command, status=2)[1]
