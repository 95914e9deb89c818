"""One line of the audit: what ran where, under which limits, how it ended and what it used."""

from __future__ import annotations

import re
import signal
from typing import Any

from climbdc.sandbox._job import Job
from climbdc.sandbox._outcome import LimitHit, Outcome, Usage

__all__ = ["run_record"]


def _exit(usage: Usage) -> str:
    if usage.exit_code is None:
        return ""
    if usage.exit_code >= 0:
        return str(usage.exit_code)
    try:
        return signal.Signals(-usage.exit_code).name
    except ValueError:
        return f"signal {-usage.exit_code}"


def run_record(backend: str, job: Job, outcome: Outcome) -> dict[str, Any]:
    """Describe one run for the audit, as plain JSON without any data of the job.

    Args:
        backend: Name of the sandbox it ran in.
        job: What was asked.
        outcome: How it ended.

    Returns:
        `backend`, `verb`, `tool`, `code` (SHA-256), `limits`, `outcome` (as in `limit-hit`), `limit` (which, or
        empty), `exit` (exit code or name of the signal; empty where no process was heard of), `wall_seconds`,
        `cpu_seconds` and `peak_mb`.

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
        "wall_seconds": round(usage.wall_seconds, 4),
        "cpu_seconds": round(usage.cpu_seconds, 4),
        "peak_mb": round(usage.peak_mb, 1),
    }
