"""One line of the audit: what ran where, under which limits, how it ended and what it used."""

from __future__ import annotations

import re
import signal
from typing import Any

from climbdc.sandbox._job import Job
from climbdc.sandbox._outcome import LimitHit, Outcome, Usage

__all__ = ["run_record", "signal_name"]


def signal_name(number: int) -> str:
    """Name of a signal; real-time signals have none.

    >>> signal_name(9), signal_name(40)
    ('SIGKILL', 'signal 40')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _exit(usage: Usage) -> str:
    if usage.exit_code is None:
        return ""
    return str(usage.exit_code) if usage.exit_code >= 0 else signal_name(-usage.exit_code)


def run_record(backend: str, job: Job, outcome: Outcome) -> dict[str, Any]:
    """Describe one run for the audit, as plain JSON without any data of the job.

    Args:
        backend: Name of the sandbox it ran in.
        job: What was asked.
        outcome: How it ended.

    Returns:
        `backend`, `verb`, `tool`, `code` (SHA-256), `limits`, `outcome` (as in `limit-hit`), `limit` (which, or
        empty), `exit` (exit code or name of the signal; empty where no process was heard of), `wall` and
        `cpu` (seconds) and `peak_mb` (MiB).

    >>> run_record("landlock", Job("look", {}, tool="outliers"), LimitHit("time", "stopped"))["outcome"]
    'limit-hit'
    """
    usage = outcome.usage
    return {
        "backend": backend,
        "verb": job.verb,
        "tool": job.tool,
        "code": job.code,
        "limits": job.limits.model_dump(),
        "outcome": re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(outcome).__name__).lower(),
        "limit": outcome.limit if isinstance(outcome, LimitHit) else "",
        "exit": _exit(usage),
        "wall": round(usage.wall_seconds, 4),
        "cpu": round(usage.cpu_seconds, 4),
        "peak_mb": round(usage.peak_mb, 1),
    }
