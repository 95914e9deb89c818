"""Conversing in a real terminal: a sentence goes through the gate to the model, and the question is asked again."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from climbdc.copilot import Copilot, Session
from climbdc.settings import Settings

from ..models.hostile.server import Call, ModelServer, Reply

PATIENCE = 90
PROMPT = re.compile(r"\n> \([\w-]+\): $")
SECRET = "Zzyzx Quuxbury"
STYLES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """`climbdc` at a pseudo-terminal, and somebody who types."""

    def __init__(self, *words: str, folder: Path) -> None:
        self.master, slave = pty.openpty()
        command = [sys.executable, "-c", "from climbdc.cli import main; main()", *words]
        there = {**os.environ, "CLIMBDC_DATA_DIR": str(folder / "store"), "COLUMNS": "160", "TERM": "xterm"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=there, cwd=folder, start_new_session=True
        )
        os.close(slave)
        self.seen = ""

    def until(self, wanted: re.Pattern[str]) -> str:
        """What stands on the screen once it ends like that."""
        end = time.monotonic() + PATIENCE
        while not wanted.search(self.seen):
            assert time.monotonic() < end, f"not in time: {self.seen[-2000:]}"
            ready, _, _ = select.select([self.master], [], [], 0.2)
            try:
                more = os.read(self.master, 65536) if ready else b""
            except OSError:  # Linux: the other side is closed
                break
            self.seen += STYLES.sub("", more.decode("utf-8", "replace")).replace("\r", "")
        shown, self.seen = self.seen, ""
        return shown

    def types(self, line: str, wanted: re.Pattern[str] = PROMPT) -> str:
        """Type a line; what is shown until the next question."""
        os.write(self.master, f"{line}\n".encode())
        return self.until(wanted)

    def ends(self) -> str:
        """Wait for its end; what it said."""
        shown = self.until(re.compile(r"(?!)"))
        self.process.wait(PATIENCE)
        return shown

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        f"{n},{0 if n % 8 == 0 else 150 + n % 90},{30 + n % 50},{SECRET if n == 7 else 'ok'},{n % 2}"
        for n in range(240)
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["id,chol,age,note,died", *rows]), "utf-8")
    return path


@pytest.fixture
def at(table: Path, server: ModelServer) -> Iterator[Terminal]:
    """A session with a model; the goal is asked about."""
    words = ["run", str(table), "--target", "died", "--policy", "llm", "--model", "scripted", "--base-url", server.url]
    terminal = Terminal(*words, "--expert", "ask", folder=table.parent)
    yield terminal
    terminal.close()


def speaks(server: ModelServer, pause: float = 0.0, **told: Any) -> None:
    """Answer a conversation so from now on, and everything else as well as can be."""
    whole = {"wants": "answer", "order": "none", "column": "none", "step": "none", "text": "", **told}

    def behave(call: Call) -> Reply:
        talks = "wants" in (call.schema or {}).get("properties", {})
        return Reply(call.answer(whole), piece=5, pause=pause) if talks else Reply(call.answer())

    server.play(behave)


def stored(folder: Path) -> Session:
    copilot = Copilot(Settings(data_dir=folder / "store"))
    return copilot.session(copilot.sessions()[0]["id"])


def test_a_sentence_is_answered_and_the_question_asked_again(
    at: Terminal, server: ModelServer, table: Path
) -> None:  # fmt: skip
    first = at.until(PROMPT)
    assert "type a question in your own words" in first
    speaks(server, text="There are 240 rows. Of chol, 77 are [b]wrong[/b] \x1b[2J.", wants="order", order="approve")
    shown = at.types(f"Is a cholesterol of nothing plausible? My name is {SECRET}, mail zz@quux.example")
    assert "Language model scripted: its opinion" in shown and "77 (unverified)" in shown
    assert "Unverified: no result of this session says this number." in shown
    assert "It takes you to want 'accept'. Nothing is done unless you type it." in shown
    assert shown.count("accept  ") == 1 and PROMPT.search(shown), "the same question again"
    assert b"cholesterol of nothing" in server.sent and b"zz@quux.example" not in server.sent, "through the gate"
    session = stored(table.parent)
    assert session.stored.pending()["id"] == "goal", "nothing was decided"  # type: ignore[index]
    said, replied = [event for event in session.stored.events() if event["kind"] in {"said", "replied"}]
    assert said["text"].startswith("Is a cholesterol") and replied["by"] == "scripted", "as the page keeps it"
    assert "Zzyzx" not in at.types("accept") and not session.stored.edits("wanted")


def test_what_is_no_sentence_is_not_sent(at: Terminal, server: ModelServer) -> None:
    at.until(PROMPT)
    speaks(server, text="I am asked.")
    calls = len(server.calls)
    assert "I did not understand 'acept'" in at.types("acept") and "I am asked" not in at.types("why?")
    assert len(server.calls) == calls
    assert "I am asked." in at.types("? chol") and len(server.calls) == calls + 1
    server.play(lambda call: Reply("No.", status=401))
    shown = at.types("and what now?")
    assert "The language model could not help" in shown and "its opinion" not in shown


def test_ctrl_c_while_it_answers_leaves_a_session_that_goes_on(at: Terminal, server: ModelServer, table: Path) -> None:
    at.until(PROMPT)
    speaks(server, pause=0.3, text="This will take very long. " * 20)
    os.write(at.master, b"Tell me a long story about it.\n")
    at.until(re.compile("its opinion"))
    os.killpg(at.process.pid, signal.SIGINT)
    assert "climbdc sessions resume" in at.ends() and at.process.returncode == 130
    session = stored(table.parent)
    assert session.status == "stopped" and "You stopped the language model" in session.stored.events()[-1]["text"]
    again = Terminal("sessions", "resume", session.id, "--expert", "ask", folder=table.parent)
    try:
        again.until(PROMPT)
        speaks(server, text="It goes on.")
        assert "It goes on." in again.types("does it go on?")
    finally:
        again.close()


def test_without_a_model_it_says_what_can_be_typed(table: Path) -> None:
    terminal = Terminal("run", str(table), "--target", "died", "--expert", "ask", folder=table.parent)
    try:
        assert "own words" not in terminal.until(PROMPT)
        shown = terminal.types("Is a cholesterol of nothing plausible?")
        assert "I did not understand" in shown and "--policy llm" in shown and "why = why it matters" in shown
    finally:
        terminal.close()
