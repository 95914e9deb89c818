"""What goes into a sandbox and what a handler inside gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Handler", "Job", "JobLimits", "Progress", "Reply"]

Progress = Callable[[float, str], None]
"""Told how much is done (0 to 1) and what is being done."""


class JobLimits(BaseModel, frozen=True):
    """How much one job may use. Reaching a limit ends the job with `LimitHit`."""

    model_config = ConfigDict(extra="forbid")

    wall_seconds: float = Field(default=120, gt=0)
    """Seconds from the start of the job to its last byte of output."""
    memory_mb: int = Field(default=4096, gt=0)
    """Memory in MiB beyond the size of the input frames and of the worker itself."""
    output_mb: int = Field(default=2048, gt=0)
    """Size in MiB of all tables and blobs of the answer together."""


@dataclass(frozen=True)
class Job:
    """One call of the handler.

    Args:
        verb: What the handler is to do; names beginning with two underscores are the sandbox's own.
        payload: Arguments that JSON can carry (16 MiB at most).
        frames: Tables by name: files in the Arrow IPC *file* format, uncompressed. They are opened read-only by the
            host and mapped into memory inside; a symbolic link is refused.
        limits: What the job may use.
        tool: Name of the tool, for the record of runs.
        code: SHA-256 of the code that runs, for the record of runs.
    """

    verb: str
    payload: dict[str, Any]
    frames: Mapping[str, Path] = field(default_factory=dict)
    limits: JobLimits = field(default_factory=JobLimits)
    tool: str = ""
    code: str = ""


@dataclass(frozen=True)
class Reply:
    """What a handler gives back.

    Args:
        payload: Whatever strict JSON can carry; NaN and infinity are not JSON.
        tables: Arrow tables by name.
        blobs: Bytes by name, such as pictures.
    """

    payload: dict[str, Any]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


Handler = Callable[[str, dict[str, Any], dict[str, pa.Table], Progress], Reply]
"""A function `handle(verb, payload, tables, progress)` that runs inside the sandbox."""
