"""Choosing a backend, and the self-test that decides."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from climbdc.sandbox import (
    Sandbox,
    SandboxUnavailable,
    _image,
    _open,
    _selftest,
    available_backends,
    open_sandbox,
    self_test,
)
from climbdc.sandbox._forkserver import ForkServer
from climbdc.sandbox.backends import _backends, _launch, _launch_bubblewrap
from climbdc.sandbox.backends._launch import ZygoteSettings, launch_process
from climbdc.sandbox.worker import _landlock

if TYPE_CHECKING:
    from docker import DockerClient

HANDLER = "handlers_for_tests:handle"
FOLDER = [Path(__file__).parent]


def test_self_test_passes_where_it_must(sandbox: Sandbox) -> None:
    result = self_test(sandbox)
    assert result.ok and result.failures == [] and result.name == sandbox.name
    tried = {check.name.partition(" /")[0] for check in result.checks}
    assert tried >= {
        "read",
        "write",
        "tcp",
        "udp",
        "unix",
        "vsock",
        "fork",
        "exec",
        "memory",
        "honest work",
        "deadline",
    }


def test_self_test_fails_without_a_sandbox(unsafe_sandbox: Sandbox) -> None:
    result = self_test(unsafe_sandbox)
    assert not result.ok and result.name == "none"


def test_opening_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that does nothing must be found out, however sure of itself it is."""
    real = _launch.ZygoteSettings
    monkeypatch.setattr(
        _launch, "ZygoteSettings", lambda handler, preload, readable, lock: real(handler, preload, readable, False)
    )
    with pytest.raises(SandboxUnavailable, match=r"does not hold here"):
        open_sandbox(handler=HANDLER, readable=[Path(__file__).parent, Path(__file__).parents[1]])


def test_unknown_backend() -> None:
    with pytest.raises(SandboxUnavailable, match=r"no sandbox called 'chroot'.*landlock"):
        open_sandbox("chroot", handler=HANDLER)


def test_auto_takes_the_first_that_holds(monkeypatch: pytest.MonkeyPatch, need_bubblewrap: None) -> None:
    with open_sandbox(handler=HANDLER, readable=FOLDER) as opened:
        assert opened.name == "bubblewrap"
    monkeypatch.setattr(_launch_bubblewrap, "bubblewrap_problem", lambda: "Not today.")
    with open_sandbox(handler=HANDLER, readable=FOLDER) as opened:
        assert opened.name == "landlock"


def test_auto_goes_on_after_a_failed_self_test(monkeypatch: pytest.MonkeyPatch, need_bubblewrap: None) -> None:
    real = _selftest.self_test

    def pessimist(sandbox: Sandbox) -> _selftest.SelfTest:
        if sandbox.name == "bubblewrap":
            return _selftest.SelfTest("bubblewrap", [_selftest.Check("tcp", False, "got out")])
        return real(sandbox)

    monkeypatch.setattr(_selftest, "self_test", pessimist)
    monkeypatch.setattr(_open, "_tested", set())
    with open_sandbox(handler=HANDLER, readable=FOLDER) as opened:
        assert opened.name == "landlock"


def test_nothing_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no way down to a bare process, and each reason is told."""
    monkeypatch.setattr(_backends, "landlock_abi", lambda: 0)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(SandboxUnavailable, match=r"(?s)bubblewrap: .*landlock: .*no Landlock.*docker: .*Install"):
        open_sandbox(handler=HANDLER)
    assert not any(status.ok for status in available_backends())


def test_an_engine_without_the_image_is_told_how_to_build_it(
    docker_engine: DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_image, "code_hash", lambda: "another")
    with pytest.raises(SandboxUnavailable, match=r"another version.*climbdc sandbox build"):
        open_sandbox("docker", handler=HANDLER)


def test_other_systems_are_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(SandboxUnavailable, match=r"landlock: .*needs Linux, and this is darwin.*docker: "):
        open_sandbox(handler=HANDLER)


@pytest.mark.parametrize(("abi", "losses"), [(1, 4), (3, 3), (4, 2), (6, 0), (7, 0)])
def test_older_landlocks_tell_their_losses(monkeypatch: pytest.MonkeyPatch, abi: int, losses: int) -> None:
    assert len(_landlock.landlock_losses(abi)) == losses
    monkeypatch.setattr(_backends, "landlock_abi", lambda: abi)
    told = {status.name: status.detail for status in available_backends()}
    assert f"ABI {abi}" in told["landlock"]


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5, 6])
def test_older_landlocks_still_hold(abi: int) -> None:
    """What an older kernel's Landlock cannot refuse, the system call filter must."""
    settings = ZygoteSettings(HANDLER, (), tuple(FOLDER), lock=True, abi=abi)
    with ForkServer("landlock", settings, launch_process) as opened:
        result = self_test(opened)
    assert result.failures == [] and result.ok
