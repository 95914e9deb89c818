"""Choosing a backend, and the self-test that decides."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from climbdc.sandbox import (
    Sandbox,
    SandboxUnavailable,
    _landlock,
    _launch,
    _open,
    available_backends,
    open_sandbox,
    self_test,
)

HANDLER = "handlers_for_tests:handle"


def test_self_test_passes_where_it_must(sandbox: Sandbox) -> None:
    result = self_test(sandbox)
    assert result.ok and result.failures == [] and result.name == "landlock"
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


@pytest.mark.parametrize("backend", ["docker", "bubblewrap"])
def test_later_backends_say_so(backend: str) -> None:
    with pytest.raises(SandboxUnavailable, match=r"later version.*landlock"):
        open_sandbox(backend, handler=HANDLER)


def test_unknown_backend() -> None:
    with pytest.raises(SandboxUnavailable, match=r"no sandbox called 'chroot'.*landlock"):
        open_sandbox("chroot", handler=HANDLER)


def test_other_systems_are_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match=r"needs Linux.*--unsafe-no-sandbox"):
        open_sandbox(handler=HANDLER)


def test_a_kernel_without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "landlock_abi", lambda: 0)
    with pytest.raises(SandboxUnavailable, match=r"no Landlock.*--unsafe-no-sandbox"):
        open_sandbox(handler=HANDLER)
    assert not available_backends()[0].ok


@pytest.mark.parametrize(("abi", "losses"), [(1, 4), (3, 3), (4, 2), (6, 0), (7, 0)])
def test_older_landlocks_tell_their_losses(monkeypatch: pytest.MonkeyPatch, abi: int, losses: int) -> None:
    assert len(_landlock.landlock_losses(abi)) == losses
    monkeypatch.setattr(_open, "landlock_abi", lambda: abi)
    assert f"ABI {abi}" in available_backends()[0].detail
