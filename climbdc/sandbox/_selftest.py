"""Proof by trying that a sandbox holds: from inside one, do what must not work, and look from outside whether it did.

A sandbox that reports nothing and isolates nothing exists (see the decision record), hence: fail closed. A check is
passed only when the attempt is known to have been made and refused.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from climbdc.sandbox._base import Sandbox
from climbdc.sandbox._job import Job, JobLimits
from climbdc.sandbox._outcome import LimitHit, Ok
from climbdc.sandbox._probe import PROBE_VERB

__all__ = ["Check", "SelfTest", "self_test"]

_MEMORY_MB = 512
_SPIN_SECONDS = 0.1
_KILL_SECONDS = 0.5
_PROBE_SECONDS = 60
# What the zygote is given, and what Python adds by itself.
_HARMLESS_SETTINGS = ("_NUM_THREADS", "_CORETYPE", "_L2_SIZE")
_KNOWN_SETTINGS = frozenset(
    "ARROW_DEFAULT_MEMORY_POOL CLIMBDC_KNOWLEDGE_DIR HOME JE_ARROW_MALLOC_CONF JOBLIB_MULTIPROCESSING LANG LC_CTYPE "
    "MALLOC_ARENA_MAX MPLBACKEND MPLCONFIGDIR PATH PYTHONHASHSEED PYTHONUTF8 TZ KMP_DUPLICATE_LIB_OK "
    "KMP_INIT_AT_FORK".split()
)


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Args:
        name: What was tried.
        ok: It was refused, or for honest work: it went well.
        detail: What happened.
    """

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class SelfTest:
    """Whether a sandbox holds, and why.

    Args:
        name: Name of the backend.
        checks: Everything that was tried.
    """

    name: str
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def failures(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.ok]


class _Trap(NamedTuple):
    folder: Path
    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket

    def targets(self) -> dict[str, Any]:
        return {
            "read": [str(self.folder / "canary"), "/etc/passwd"],
            "write": [str(self.folder / "written"), str(Path.home() / ".climbdc-written")],
            "processes": [os.getpid()],
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": str(self.folder / "socket"),
            "memory_mb": _MEMORY_MB * 2,
        }

    def caught(self) -> list[str]:
        """What reached the traps, whatever the inside says."""
        got = [name for name in ("written",) if (self.folder / name).exists()]
        for name, sock in (("tcp", self.tcp), ("unix", self.unix)):
            try:
                sock.accept()[0].close()
                got.append(name)
            except BlockingIOError:
                continue
        try:
            self.udp.recv(100)
            got.append("udp")
        except BlockingIOError:
            pass
        return got


@contextmanager
def _trap() -> Iterator[_Trap]:
    with (
        tempfile.TemporaryDirectory(prefix="climbdc-") as name,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
    ):
        folder = Path(name)
        (folder / "canary").write_text("not for you", encoding="utf-8")
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        for sock in (tcp, unix):
            sock.listen()
        for sock in (tcp, udp, unix):
            sock.setblocking(False)
        yield _Trap(folder, tcp, udp, unix)


def _judge(payload: dict[str, Any], caught: list[str]) -> list[Check]:
    did, refused = payload["did"], payload["refused"]
    checks = [Check(name, name not in caught, text) for name, text in refused.items() if name != "work"]
    checks += [Check(name, False, text) for name, text in did.items() if name != "work"]
    work = did.get("work", refused.get("work", "was not tried"))
    checks.append(Check("honest work", work == "worked", work))
    strange = [
        name for name in payload["environment"] if name not in _KNOWN_SETTINGS and not name.endswith(_HARMLESS_SETTINGS)
    ]
    checks.append(Check("environment", not strange, f"holds {', '.join(strange)}" if strange else "holds no secret"))
    checks.append(Check("traps", not caught, f"caught {', '.join(caught)}" if caught else "stayed empty"))
    return checks


def _attempts(sandbox: Sandbox) -> list[Check]:
    limits = JobLimits(wall_seconds=_PROBE_SECONDS, memory_mb=_MEMORY_MB, output_mb=1)
    with _trap() as trap:
        outcome = sandbox.run(Job(PROBE_VERB, trap.targets(), limits=limits))
        if not isinstance(outcome, Ok):
            return [Check("attempts", False, f"no answer came: {outcome}")]
        return _judge(outcome.payload, trap.caught())


def _deadline(sandbox: Sandbox) -> Check:
    started = time.monotonic()
    outcome = sandbox.run(Job(PROBE_VERB, {"spin": True}, limits=JobLimits(wall_seconds=_SPIN_SECONDS)))
    late = time.monotonic() - started - _SPIN_SECONDS
    stopped = isinstance(outcome, LimitHit) and outcome.limit == "time"
    detail = f"stopped {late:.2f} s after its deadline" if stopped else f"not stopped: {outcome}"
    return Check("deadline", stopped and late < _KILL_SECONDS, detail)


def self_test(sandbox: Sandbox) -> SelfTest:
    """Try, inside a sandbox, everything it must refuse, and some honest work.

    Args:
        sandbox: An open sandbox of any backend.
    """
    return SelfTest(sandbox.name, [*_attempts(sandbox), _deadline(sandbox)])
