"""Which sandbox was asked for: what is at odds is refused, and what cannot be had is told before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import climbdc.sandbox
from climbdc.cli import main
from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.sandbox import BackendStatus, SandboxUnavailable, open_sandbox
from climbdc.settings import Settings

Ended = Callable[..., tuple[int, str]]


@pytest.fixture
def ended(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Run a command where no engine answers: its exit code, and what it said on stderr."""
    for name in ("CLIMBDC_SANDBOX", "CLIMBDC_SANDBOX_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as status:
            main(list(arguments))
        return int(status.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def going_on(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Sessions end as they begin; with what each was to begin."""
    begun: list[dict[str, Any]] = []

    def start(pilot: Copilot, files: list[Path], goal: object, **more: Any) -> None:
        begun.append(more)
        raise InputError("It went on.")

    monkeypatch.setattr(Copilot, "start", start)
    return begun


@pytest.mark.parametrize("command", ["run", "diagnose", "apply"])
def test_a_sandbox_and_none_at_once_are_refused(ended: Ended, command: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = {
        "run": ["any.csv", "--out", str(out), "--data-dir", str(tmp_path / "store")],
        "diagnose": ["any.csv"],
        "apply": ["recipe.json", "any.csv", "--out", str(out)],
    }
    for both in (["--unsafe-no-sandbox", "--sandbox", "landlock"], ["--sandbox", "landlock", "--unsafe-no-sandbox"]):
        code, said = ended(command, *given[command], *both)
        assert code == 2
        assert "--sandbox landlock and --unsafe-no-sandbox came together" in said and "Leave --unsafe" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("general", ["", "docker"])
def test_auto_or_a_general_setting_gives_way_to_unsafe(
    ended: Ended, going_on: list[dict[str, Any]], general: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = [] if general else ["--sandbox", "auto"]
    if general:
        monkeypatch.setenv("CLIMBDC_SANDBOX", general)
    code, said = ended("run", "any.csv", "--out", str(tmp_path / "out"), "--unsafe-no-sandbox", *named)
    assert code == 2 and "It went on." in said
    assert going_on[0]["unsafe"] is True


@pytest.mark.parametrize("way", ["option", "environment", "demo"])
def test_an_unusable_sandbox_is_told_before_anything_is_made(
    ended: Ended, way: str, heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SandboxUnavailable) as refused:
        open_sandbox("docker", handler="climbdc.jobs:handle")
    more = ["--sandbox", "docker"] if way == "option" else []
    if not more:
        monkeypatch.setenv("CLIMBDC_SANDBOX", "docker")
    command = ["demo"] if way == "demo" else ["run", str(heart), *more]
    out, store = tmp_path / "out", tmp_path / "store"
    code, said = ended(*command, "--out", str(out), "--data-dir", str(store))
    assert code == 1
    assert " ".join(said.split()) == f"SandboxUnavailable: {refused.value}"
    assert not out.exists()
    assert Copilot(Settings(data_dir=store)).sessions() == []


def test_auto_asks_for_no_backend_beforehand(
    ended: Ended, going_on: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def probe(name: str) -> BackendStatus:
        asked.append(name)
        return BackendStatus(name, True, "")

    monkeypatch.setattr(climbdc.sandbox, "backend_status", probe)
    ended("run", "any.csv", "--out", str(tmp_path / "auto"))
    assert (len(going_on), asked) == (1, [])
    ended("run", "any.csv", "--out", str(tmp_path / "named"), "--sandbox", "landlock")
    assert (len(going_on), asked) == (2, ["landlock"])
