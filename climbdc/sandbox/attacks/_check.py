"""Attacking whole backends: open, attack, measure, and report."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from climbdc.sandbox._base import Sandbox, SandboxUnavailable
from climbdc.sandbox.attacks._arena import secret_in_environment
from climbdc.sandbox.attacks._catalogue import attack_names
from climbdc.sandbox.attacks._judge import AttackResult
from climbdc.sandbox.attacks._suite import empty_job, run_suite

__all__ = ["BackendReport", "Latency", "attack_backend", "measure_latency", "report_json"]

_CALLS = 40
_HANDLER = "climbdc.jobs:handle"


@dataclass(frozen=True)
class Latency:
    """How long a sandbox takes for a job that does nothing.

    Args:
        open_s: Seconds to open it, its self-test included.
        empty_p50_ms: Half of the jobs take at most so many milliseconds.
        empty_p95_ms: 95 of 100 do.
    """

    open_s: float
    empty_p50_ms: float
    empty_p95_ms: float


@dataclass(frozen=True)
class BackendReport:
    """What is known about one backend on this computer.

    Args:
        backend: Its name.
        attacks: Every attack.
        latency: How fast it is; None where it did not open.
    """

    backend: str
    attacks: list[AttackResult]
    latency: Latency | None

    @property
    def holds(self) -> bool:
        """Whether every attack was made and contained."""
        return bool(self.attacks) and all(result.tried and result.contained for result in self.attacks)


def measure_latency(sandbox: Sandbox, open_s: float) -> Latency:
    """Time jobs that do nothing.

    Args:
        sandbox: An open sandbox.
        open_s: Seconds it took to open, which only the caller knows.
    """
    times = []
    for _ in range(_CALLS):
        started = time.perf_counter()
        sandbox.run(empty_job())
        times.append(1000 * (time.perf_counter() - started))
    twentieths = statistics.quantiles(times, n=20)
    return Latency(round(open_s, 3), round(statistics.median(times), 1), round(twentieths[-1], 1))


def attack_backend(backend: str, names: Sequence[str] | None = None) -> BackendReport:
    """Open a backend, attack it and time it.

    Args:
        backend: As in `open_sandbox`, but for `none`.
        names: Attacks to make; None makes all.

    Returns:
        The report. Where the backend does not open, or fails its self-test, no attack counts as tried.
    """
    from climbdc.sandbox._open import open_sandbox

    with secret_in_environment():
        started = time.monotonic()
        try:
            sandbox = open_sandbox(backend, handler=_HANDLER)
        except SandboxUnavailable as error:
            said = f"it did not open: {error.message}"
            return BackendReport(backend, [AttackResult(n, False, False, said) for n in names or attack_names()], None)
        with sandbox:
            open_s = time.monotonic() - started
            return BackendReport(sandbox.name, run_suite(sandbox, names), measure_latency(sandbox, open_s))


def report_json(reports: Sequence[BackendReport]) -> dict[str, Any]:
    """The reports as JSON for machines."""
    return {"backends": [asdict(report) for report in reports]}
