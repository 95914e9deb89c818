"""A whole session with its store in PostgreSQL: killed, refused to a second process, resumed, and as with SQLite."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from climbdc.copilot import Copilot, Session
from climbdc.errors import StoreError
from climbdc.sdk import Goal
from climbdc.settings import Settings

pytestmark = pytest.mark.timeout(300)
RUN = Path(__file__).parents[1] / "agents" / "run_for_tests.py"
DISEASE = Goal(target="num")


def process(session: Session, folder: Path, url: str) -> subprocess.Popen[str]:
    """A process that goes on with the session and tells what happens."""
    words = [str(session.store.folder), session.id, str(folder / "answers.yaml"), str(folder / "log")]
    return subprocess.Popen(
        [sys.executable, str(RUN), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "CLIMBDC_DATABASE_URL": url},
    )  # fmt: skip


def test_killed_and_taken_up_again_it_ends_as_with_sqlite(database: str, heart: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("otherwise: approve\n", "utf-8")
    some = tmp_path / "some.csv"  # with all rows and columns this takes three times as long and shows no more
    pd.read_csv(heart)[["id", "age", "sex", "dataset", "trestbps", "chol", "num"]].iloc[::2].to_csv(some, index=False)
    pilot = Copilot(Settings(data_dir=tmp_path / "store", database_url=database))
    session = pilot.start([some], DISEASE)
    with process(session, tmp_path, database) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.strip() == "applied":
                break
        first.send_signal(signal.SIGKILL)
    applied = [step.id for step in session.plan.applied]
    assert applied and session.status == "open"
    with process(session, tmp_path, database) as second:
        assert second.stdout is not None and second.stdout.readline()
        with pytest.raises(StoreError, match=f"by process {second.pid} on "):
            next(session.run())
        said = second.communicate(timeout=200)[1]
        assert second.returncode == 0, said
    assert session.status == "finished" and [step.id for step in session.plan.applied][: len(applied)] == applied
    asked = Counter((tmp_path / "log").read_text("utf-8").split()[1::2])
    assert set(asked.values()) == {1}, "nothing is asked twice"
    assert not list((tmp_path / "store").glob("*.sqlite*")), "nothing went to a file"

    alike = Copilot(Settings(data_dir=tmp_path / "other")).start([some], DISEASE)
    for _ in alike.run(tmp_path / "answers.yaml"):
        pass
    assert session.stored.need("head") == alike.stored.need("head"), "versions are named by their content"
    assert session.recipe.to_json() == alike.recipe.to_json()
    pilot.close()
