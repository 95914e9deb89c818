"""The ways a job can end. A caller matches on the class; none of them is an exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

__all__ = [
    "Cancelled", "LimitHit", "LimitName", "NotApplicable", "Ok", "Outcome", "SandboxFailed", "ToolFailed", "Usage",
]  # fmt: skip

LimitName = Literal["time", "memory", "output", "processes"]


@dataclass(frozen=True)
class Usage:
    """What a job used, as the operating system counted it.

    Args:
        wall_seconds: From the start of the job to its last byte.
        cpu_seconds: Processor time, user and system.
        peak_mb: Largest resident memory in MiB, the shared libraries and mapped inputs included.
        output: What the tool printed, cut at 64 kB. It may hold patient data.
        exit_code: How its process ended, negative for a signal; None where no process began or none was heard of.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    output: str = ""
    exit_code: int | None = None


_NOTHING = Usage()


@dataclass(frozen=True)
class Ok:
    """The handler answered. Tables are checked and own their memory; the rest is plain data.

    Args:
        payload: The handler's JSON.
        tables: Arrow tables by name.
        blobs: Bytes by name.
        usage: What it took.
    """

    payload: dict[str, Any]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    usage: Usage = _NOTHING


@dataclass(frozen=True)
class NotApplicable:
    """The tool has nothing to say about this table; not a failure.

    Args:
        reason: Why, in the tool's words.
        usage: What it took.
    """

    reason: str
    usage: Usage = _NOTHING


@dataclass(frozen=True)
class ToolFailed:
    """The tool could not do it.

    Args:
        code: A stable name; `tool-bug` for an exception nobody meant to raise, `bad-reply` for an answer that cannot
            be sent.
        message: What happened.
        fix: What to do about it; empty for a bug.
        trace: Traceback of a bug and what the tool printed, cut at 8 kB. It may hold patient data.
        retryable: The same call may succeed later.
        usage: What it took.
    """

    code: str
    message: str
    fix: str = ""
    trace: str = ""
    retryable: bool = False
    usage: Usage = _NOTHING


@dataclass(frozen=True)
class LimitHit:
    """The job reached one of its limits and was ended.

    Args:
        limit: Which one.
        detail: What was allowed and what happened.
        usage: What it took until then.
    """

    limit: LimitName
    detail: str
    usage: Usage = _NOTHING


@dataclass(frozen=True)
class Cancelled:
    """The host ended the job before it answered, because it was asked to.

    Args:
        detail: Who asked.
        usage: What it took until then.
    """

    detail: str = "The job was cancelled."
    usage: Usage = _NOTHING


@dataclass(frozen=True)
class SandboxFailed:
    """The sandbox itself failed, or what came out of it cannot be trusted. Never the fault of the tool's input.

    Args:
        detail: What happened.
        usage: What it took until then.
    """

    detail: str
    usage: Usage = _NOTHING


Outcome = Ok | NotApplicable | ToolFailed | LimitHit | Cancelled | SandboxFailed
"""What `Sandbox.run` returns."""
