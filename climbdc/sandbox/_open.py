"""Choosing a sandbox that holds on this machine, or none at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from climbdc.sandbox._base import BackendStatus, Sandbox, SandboxUnavailable
from climbdc.sandbox._landlock import landlock_abi, landlock_losses
from climbdc.sandbox._seccomp import machine_supported

__all__ = ["available_backends", "open_sandbox"]

_LATER = ("docker", "bubblewrap")
_WAY_OUT = "Use Linux 5.13 or later with Landlock on, or, for tools and data you trust, the flag `--unsafe-no-sandbox`."
_tested: set[tuple[str, str, tuple[str, ...], tuple[Path, ...]]] = set()


def _landlock_status() -> BackendStatus:
    if sys.platform != "linux":
        return BackendStatus("landlock", False, f"It needs Linux, and this is {sys.platform}.", _WAY_OUT)
    if not machine_supported():
        detail = f"System calls are not known for the processor {os.uname().machine}."
        return BackendStatus("landlock", False, detail, _WAY_OUT)
    abi = landlock_abi()
    if abi < 1:
        return BackendStatus("landlock", False, "The kernel has no Landlock, or it is switched off.", _WAY_OUT)
    losses = "; ".join(landlock_losses(abi))
    return BackendStatus("landlock", True, f"Landlock ABI {abi} with seccomp" + (f"; {losses}." if losses else "."))


def available_backends() -> list[BackendStatus]:
    """What is there for each backend, best first. Only opening one shows that it holds."""
    landlock = _landlock_status()
    later = [BackendStatus(name, False, "It comes in a later version.", "Use `auto` or `landlock`.") for name in _LATER]
    return [landlock, *later]


def _choose(backend: str) -> str:
    """Name of the backend to open.

    Raises:
        SandboxUnavailable: It is unknown, not there yet, or cannot work here.
    """
    known = {status.name: status for status in available_backends()}
    if backend != "auto" and backend not in known:
        raise SandboxUnavailable(
            f"There is no sandbox called {backend!r}.", fix=f"Choose auto or one of {', '.join(known)}."
        )
    status = known["landlock" if backend == "auto" else backend]
    if not status.ok:
        raise SandboxUnavailable(f"The sandbox {status.name!r} cannot be used here: {status.detail}", fix=status.mend)
    return status.name


def open_sandbox(
    backend: str = "auto",
    *,
    handler: str,
    preload: Sequence[str] = (),
    readable: Sequence[Path] = (),
    unsafe: bool = False,
) -> Sandbox:
    """Open a sandbox and prove that it holds.

    Args:
        backend: `auto` takes the first that passes its self-test; never an unprotected one.
        handler: `package.module:function` that answers jobs inside; see `Handler`.
        preload: Modules to import once, before the first job.
        readable: Further folders and files that jobs may read. Folders are put on `sys.path` inside.
        unsafe: Open one that does not protect: a process apart and limits, nothing else. Its name is `none`.

    Returns:
        An open sandbox; close it, or use it as a context manager.

    Raises:
        SandboxUnavailable: None that holds can be had.
    """
    if os.name != "posix":
        raise SandboxUnavailable("A sandbox needs Linux; this system cannot even fork a worker.", fix=_WAY_OUT)
    from climbdc.sandbox._forkserver import ForkServer
    from climbdc.sandbox._launch import ZygoteSettings, launch_process

    name = "none" if unsafe else _choose(backend)
    settings = ZygoteSettings(handler, tuple(preload), tuple(readable), lock=not unsafe)
    sandbox = ForkServer(name, settings, launch_process)
    if not unsafe:
        try:
            _prove(sandbox, (name, handler, settings.preload, settings.readable))
        except BaseException:
            sandbox.close()
            raise
    return sandbox


def _prove(sandbox: Sandbox, key: tuple[str, str, tuple[str, ...], tuple[Path, ...]]) -> None:
    """Self-test a sandbox, once a process for each set of settings.

    Raises:
        SandboxUnavailable: It does not hold.
    """
    from climbdc.sandbox._selftest import self_test

    if key in _tested:
        return
    result = self_test(sandbox)
    if not result.ok:
        failed = "; ".join(f"{check.name}: {check.detail}" for check in result.failures)
        raise SandboxUnavailable(f"The sandbox {sandbox.name!r} does not hold here ({failed}).", fix=_WAY_OUT)
    _tested.add(key)
