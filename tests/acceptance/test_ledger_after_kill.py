"""A session with a model that is killed while it asks: nothing is asked twice, and the result is the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from climbdc.copilot import Copilot
from climbdc.settings import Settings
from climbdc.store import Ledger
from tests.models.hostile.server import ModelServer

DEMO = Path(__file__).parents[2] / "climbdc" / "demo"
CLIMBDC = [sys.executable, "-c", "from climbdc.cli import main; main()"]


def begin(place: Path, server: ModelServer) -> subprocess.Popen[bytes]:
    """A run in a process of its own."""
    words = ["run", str(DEMO / "heart_disease.csv"), "--target", "num", "--dictionary", str(DEMO / "dictionary.csv")]
    model = ["--policy", "llm", "--model", "small", "--base-url", server.url]
    return start(place, *words, *model)


def start(place: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command on the store in a folder."""
    places = ["--expert", "auto", "--data-dir", str(place), "--out", str(place / "out")]
    return subprocess.Popen([*CLIMBDC, *words, *places], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_killed_session_asks_nothing_twice(tmp_path: Path) -> None:
    with ModelServer() as server:
        assert begin(tmp_path / "whole", server).wait(500) == 0
        wanted = [call.body for call in server.calls]
    for number in (1, 6, len(wanted) - 2):
        place = tmp_path / str(number)
        with ModelServer() as server:
            child = begin(place, server)
            while len(server.calls) < number:
                assert child.poll() is None
                time.sleep(0.005)
            child.send_signal(signal.SIGKILL)
            child.wait(30)
            (listed,) = Copilot(Settings(data_dir=place)).sessions()
            assert start(place, "sessions", "resume", listed["id"]).wait(500) == 0
            sent = [call.body for call in server.calls]
        entries = Ledger(Copilot(Settings(data_dir=place)).session(listed["id"]).stored).entries()
        lost = [entry.request_hash for entry in entries if entry.status == "sent"]
        assert set(sent) == set(wanted) and len(sent) - len(wanted) == len(lost) <= 1
        assert len(entries) == len(sent), "the ledger has every request"
        whole, again = tmp_path / "whole" / "out", place / "out"
        for name in ("data.csv", "recipe.json"):
            assert (whole / name).read_bytes() == (again / name).read_bytes()
