"""`climbdc sessions show ID --runs`: what ran, on a terminal of any width."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.copilot import Copilot, Session
from climbdc.registry import registry
from climbdc.settings import Settings

CODE = "31d3b99fc4b2"
Shown = Callable[..., list[str]]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session in which nothing has run."""
    return Copilot(Settings(data_dir=tmp_path)).start(["any.csv"])


@pytest.fixture
def shown(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shown:
    """The lines that are shown for it."""

    def run(width: int, *more: str) -> list[str]:
        monkeypatch.setattr("climbdc.cli._app.console._width", width)
        with pytest.raises(SystemExit) as ended:
            main(["sessions", "show", session.id, "--runs", "--data-dir", str(tmp_path), *more])
        assert not ended.value.code
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    return run


def ran(session: Session, verb: str, tool: str, *, outcome: str = "ok", backend: str = "landlock") -> None:
    session.stored.add_run(
        verb, tool, backend, outcome,
        {"start": 0.0, "limit": "", "exit": "0", "code": CODE * 5, "wall": 12.25, "cpu": 0.5, "peak_mb": 150.4},
    )  # fmt: skip


def test_before_the_first_job_one_sentence_says_so(shown: Shown) -> None:
    assert shown(80) == ["Nothing has run yet."]
    assert json.loads("".join(shown(80, "--json")))["jobs"] == 0


def test_at_80_columns_every_tool_has_its_whole_name_in_one_line(session: Session, shown: Shown) -> None:
    for name in registry():
        ran(session, "look", name)
    head, titles, *lines = shown(80)
    assert f"{len(lines)} jobs in landlock;" in head
    assert titles.split() == ["When", "(UTC)", "Verb", "Tool", "Outcome", "Exit", "Seconds", "MiB"]
    assert [line.split()[3] for line in lines] == list(registry())
    assert all(line.endswith("12.25 150") and len(line) <= 80 for line in lines)


def test_at_80_columns_the_longest_of_all_still_fits(session: Session, shown: Shown) -> None:
    longest = max(registry(), key=len)
    ran(session, "measure", longest, outcome="not-applicable")
    [_, _, line] = shown(80)
    assert f"measure {longest} not-applicable 0" in line and len(line) <= 80


def test_wide_terminals_show_the_code(session: Session, shown: Shown) -> None:
    ran(session, "look", "outliers")
    assert not any("Code" in line or CODE in line for line in shown(99))
    _, titles, line = shown(100)
    assert titles.endswith("Code") and line.endswith(CODE)


def test_several_backends_are_told_apart(session: Session, shown: Shown) -> None:
    ran(session, "look", "outliers")
    ran(session, "look", "outliers", backend="none")
    head, titles, first, second = shown(80)
    assert "2 jobs in landlock, none;" in head and "Backend" in titles
    assert first.split()[4] == "landlock" and second.split()[4] == "none"
