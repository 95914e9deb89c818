"""Choosing a sandbox that holds on this machine, or none at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from climbdc.sandbox._base import Sandbox, SandboxUnavailable
from climbdc.sandbox.backends._backends import AUTO, BACKENDS, WAY_OUT, backend_status, launcher, service_socket

if TYPE_CHECKING:
    from climbdc.sandbox.backends._launch import ZygoteSettings

__all__ = ["open_sandbox"]

_tested: set[tuple[str, ZygoteSettings]] = set()


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
        backend: `docker`, `bubblewrap`, `landlock`, or `auto` for the first that passes its self-test; never an
            unprotected one.
        handler: `package.module:function` that answers jobs inside; see `Handler`.
        preload: Modules to import once, before the first job.
        readable: Further folders and files that jobs may read. Folders are put on `sys.path` inside.
        unsafe: Open one that does not protect: a process apart and limits, nothing else. Its name is `none`.

    Returns:
        An open sandbox; close it, or use it as a context manager.

    Raises:
        SandboxUnavailable: None that holds can be had.
    """
    if backend != "auto" and backend not in BACKENDS:
        raise SandboxUnavailable(
            f"There is no sandbox called {backend!r}.", fix=f"Choose auto or one of {', '.join(BACKENDS)}."
        )
    if os.name != "posix":
        raise SandboxUnavailable("This system cannot run a sandbox by itself.", fix=WAY_OUT)
    from climbdc.sandbox.backends._launch import ZygoteSettings

    settings = ZygoteSettings(handler, tuple(preload), tuple(readable), lock=not unsafe)
    if unsafe:
        from climbdc.sandbox._forkserver import ForkServer

        return ForkServer("none", settings, launcher("landlock"))
    if backend != "auto":
        return _open(backend, settings)
    if service_socket() is not None:
        return _open("docker", settings)
    return _first_that_holds(settings)


def _first_that_holds(settings: ZygoteSettings) -> Sandbox:
    """The first backend that opens and passes its self-test.

    Raises:
        SandboxUnavailable: None does; the message says for each why.
    """
    reasons = []
    for name in AUTO:
        try:
            return _open(name, settings)
        except SandboxUnavailable as error:
            if error.code == "no-worker":
                raise
            reasons.append(f"{name}: {error.message}")
    raise SandboxUnavailable(f"No sandbox holds on this computer. {' '.join(reasons)}", fix=WAY_OUT)


def _open(name: str, settings: ZygoteSettings) -> Sandbox:
    from climbdc.sandbox._forkserver import ForkServer
    from climbdc.sandbox.backends._sweep import sweep_folders

    sweep_folders()
    status = backend_status(name)
    if not status.ok:
        raise SandboxUnavailable(f"The sandbox {name!r} cannot be used here: {status.detail}", fix=status.mend)
    sandbox = ForkServer(name, settings, launcher(name))
    try:
        _prove(sandbox, (name, settings))
    except BaseException:
        sandbox.close()
        raise
    return sandbox


def _prove(sandbox: Sandbox, key: tuple[str, ZygoteSettings]) -> None:
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
        raise SandboxUnavailable(f"The sandbox {sandbox.name!r} does not hold here ({failed}).", fix=WAY_OUT)
    _tested.add(key)
