"""What is timed of a sandbox, and beside it of a process that nothing contains."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.bench._sandbox_jobs import HANDLER
from climbdc.errors import ClimbdcError

if TYPE_CHECKING:
    from climbdc.sandbox import Outcome, Sandbox

__all__ = ["TrialFailed", "bare_seconds", "call_seconds", "cancel_late", "cold_seconds", "deadline_late", "open_timed"]

_SECONDS = 120
_END_AFTER_SECONDS = 0.3
# Imports what a caller of the sandbox needs, and not this package with all that it has.
_COLD = """
import json, sys
from climbdc.sandbox import Job, Ok, open_sandbox
with open_sandbox(sys.argv[1], handler=sys.argv[2], preload=json.loads(sys.argv[3])) as sandbox:
    outcome = sandbox.run(Job("empty", {}))
    assert isinstance(outcome, Ok), outcome
    print("answered", flush=True)
"""


class TrialFailed(ClimbdcError):
    """A trial ended otherwise than it must, so its time says nothing."""

    default_code = "trial-failed"


def open_timed(backend: str) -> Sandbox:
    """Open a sandbox for the trials, with what the product's own has imported.

    Raises:
        SandboxUnavailable: It cannot be had here.
    """
    from climbdc.jobs import PRELOAD
    from climbdc.sandbox import open_sandbox

    return open_sandbox(backend, handler=HANDLER, preload=PRELOAD)


def cold_seconds(backend: str) -> float:
    """From the start of a fresh process, that opens a sandbox, to the first answer of a job.

    Raises:
        TrialFailed: There was none.
    """
    from climbdc.jobs import PRELOAD

    command = [sys.executable, "-c", _COLD, backend, HANDLER, json.dumps(PRELOAD)]
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        taken = time.monotonic() - started
        _, errors = process.communicate()
    if said.strip() != b"answered":
        raise TrialFailed(f"No job was answered: {errors.decode('utf-8', 'replace').strip()[-500:]}")
    return taken


def bare_seconds(code: str, *arguments: str) -> float:
    """How long a fresh, uncontained Python takes over some code, its start and end included.

    Raises:
        TrialFailed: It failed.
    """
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    taken = time.monotonic() - started
    if ended.returncode:
        raise TrialFailed(f"The bare process failed: {ended.stderr.decode('utf-8', 'replace').strip()[-500:]}")
    return taken


def _expect(outcome: Outcome, kind: str) -> None:
    if type(outcome).__name__ != kind:
        raise TrialFailed(f"A job ended with {outcome!r:.500} where {kind} was due.")


def call_seconds(
    sandbox: Sandbox, verb: str, payload: dict[str, Any] | None = None, numbers: Path | None = None
) -> float:
    """How long one job takes, as its caller sees it.

    Args:
        sandbox: Where.
        verb: Of `climbdc.bench._sandbox_jobs`.
        payload: For it.
        numbers: Its table.

    Raises:
        TrialFailed: It did not go well.
    """
    from climbdc.sandbox import Job

    job = Job(verb, payload or {}, {} if numbers is None else {"numbers": numbers})
    started = time.monotonic()
    outcome = sandbox.run(job)
    taken = time.monotonic() - started
    _expect(outcome, "Ok")
    return taken


def deadline_late(sandbox: Sandbox) -> float:
    """How long after its deadline the end of a job that never ends is told, in seconds.

    Raises:
        TrialFailed: It ended otherwise.
    """
    from climbdc.sandbox import Job, JobLimits

    started = time.monotonic()
    outcome = sandbox.run(Job("loop", {}, limits=JobLimits(wall_seconds=_END_AFTER_SECONDS)))
    taken = time.monotonic() - started
    _expect(outcome, "LimitHit")
    return taken - _END_AFTER_SECONDS


def cancel_late(sandbox: Sandbox) -> float:
    """How long after it was cancelled the end of a job that never ends is told, in seconds.

    Raises:
        TrialFailed: It ended otherwise.
    """
    from climbdc.sandbox import Cancellation, Job, JobLimits

    wish = Cancellation()
    spoken: list[float] = []

    def speak() -> None:
        spoken.append(time.monotonic())
        wish.cancel()

    timer = threading.Timer(_END_AFTER_SECONDS, speak)
    timer.start()
    try:
        outcome = sandbox.run(Job("loop", {}, limits=JobLimits(wall_seconds=_SECONDS)), cancel=wish)
        ended = time.monotonic()
    finally:
        timer.cancel()
        timer.join()
    _expect(outcome, "Cancelled")
    return ended - spoken[0]
