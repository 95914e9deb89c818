"""The whole suite of attacks where things are not as usual: a plain user, an older kernel, a service."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import climbdc
from climbdc.jobs import PRELOAD
from climbdc.sandbox import Sandbox, open_sandbox
from climbdc.sandbox._forkserver import ForkServer
from climbdc.sandbox.attacks import run_suite
from climbdc.sandbox.backends._launch import ZygoteSettings, launch_process

_HANDLER = "climbdc.jobs:handle"
_ROOT = Path(climbdc.__file__).parents[1]
_SOURCES = [_ROOT, _ROOT / "tools", _ROOT / "taxonomy"]
_CHECK = "from climbdc.cli import main; main()"


def plain_user() -> int:
    """Somebody other than root; any number that nobody has will do."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    return next(number for number in range(61_000, 62_000) if number not in taken)


def readable_python(user: int) -> str | None:
    """A Python of this version that a plain user may start; root's own may lie in root's home."""
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        with suppress(OSError, subprocess.CalledProcessError):
            run_as(user, [python, "-c", "import climbdc.cli, pyarrow"]).check_returncode()
            return python
    return None


def run_as(user: int, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, user=user, group=user, extra_groups=[], env=environment(), cwd="/", capture_output=True, text=True
    )  # fmt: skip


def environment() -> dict[str, str]:
    paths = [*map(str, _SOURCES), sysconfig.get_path("purelib")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": ":".join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def failures(sandbox: Sandbox) -> dict[str, str]:
    return {result.name: result.detail for result in run_suite(sandbox) if not (result.tried and result.contained)}


@pytest.mark.parametrize("name", ["landlock", "bubblewrap"])
@pytest.mark.skipif(os.getuid() != 0, reason="every other test of the sandbox runs as a plain user already")
def test_a_plain_user_is_as_safe(name: str, need_bubblewrap: None) -> None:
    user = plain_user()
    python = readable_python(user)
    if python is None:
        pytest.skip("no Python of this version can be started by another user")
    done = run_as(user, [python, "-P", "-c", _CHECK, "sandbox", "check", "--backend", name, "--json"])
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)["backends"]
    assert report["backend"] == name and len(report["attacks"]) >= 34
    assert all(attack["tried"] and attack["contained"] for attack in report["attacks"])


@pytest.mark.full
@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5, 6])
def test_an_older_landlock_contains_every_attack(abi: int) -> None:
    settings = ZygoteSettings(_HANDLER, PRELOAD, (), lock=True, abi=abi)
    with ForkServer("landlock", settings, launch_process) as opened:
        assert failures(opened) == {}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "sandbox.sock"
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", str(path))
    climbdc_command = shutil.which("climbdc", path=sysconfig.get_path("scripts"))
    assert climbdc_command is not None
    process: subprocess.Popen[Any]
    with subprocess.Popen([climbdc_command, "sandbox", "serve", "--socket", str(path)]) as process:
        yield path
        process.terminate()


@pytest.mark.full
def test_a_service_contains_every_attack(service: Path) -> None:
    with open_sandbox("docker", handler=_HANDLER) as opened:
        assert failures(opened) == {}
