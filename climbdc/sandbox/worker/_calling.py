"""Calling the handler inside the sandbox, and turning whatever comes of it into one answer."""

from __future__ import annotations

import io
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from climbdc.errors import ClimbdcError
from climbdc.sandbox._job import JobLimits, Reply
from climbdc.sandbox.answers._tables import encoded_size
from climbdc.sandbox.wire._wire import (
    PROGRESS,
    Answer,
    Channel,
    FailedAnswer,
    LimitAnswer,
    NotApplicableAnswer,
    OkAnswer,
    Part,
    dump_json,
)

__all__ = ["ProgressSender", "call_tool", "clean_text"]

_MB = 1 << 20
_OUTPUT_BYTES = 64_000
_TRACE_CHARACTERS = 8_000
_PROGRESS_SECONDS = 0.05


def clean_text(text: object) -> str:
    """Text that UTF-8 can carry, whatever a tool made it of."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


class _CappedBytes(io.RawIOBase):
    """Keeps the first bytes written and forgets the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.kept += view[: max(0, _OUTPUT_BYTES - len(self.kept))]
        return len(view)

    def text(self) -> str:
        return self.kept.decode("utf-8", "replace")


class ProgressSender:
    """Sends progress, but not more often than anyone can read."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._last = 0.0

    def __call__(self, share: float, text: str) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._last < _PROGRESS_SECONDS and share < 1:
                return
            self._last = now
            share = min(1.0, max(0.0, float(share)))
            self._channel.write_frame(PROGRESS, dump_json({"share": share, "text": clean_text(text)[:200]}))


def _printed(output: _CappedBytes) -> str:
    return f"\n--- printed by the tool ---\n{output.text()}" if output.kept else ""


def _wants_tasks(error: BaseException) -> bool:
    """Whether a process or one thread too many was to be started; `multiprocessing` begins with a lock in a file."""
    if isinstance(error, BlockingIOError) or str(error).startswith("can't start new thread"):
        return True
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, OSError) and any("multiprocessing" in Path(frame.filename).parts for frame in frames)


def _judge(error: BaseException, output: _CappedBytes) -> Answer:
    """Turn what a handler raised into an answer."""
    if isinstance(error, MemoryError):
        return LimitAnswer(limit="memory", detail=clean_text(error)[:500] or "An allocation was refused.")
    if _wants_tasks(error):
        detail = "A tool may not start processes, and only so many threads; libraries that do take `n_jobs=1`."
        return LimitAnswer(limit="processes", detail=detail)
    if getattr(error, "not_applicable", False) is True:
        return NotApplicableAnswer(reason=clean_text(error)[:_TRACE_CHARACTERS])
    retryable = getattr(error, "retryable", False) is True
    if isinstance(error, ClimbdcError):
        trace = _printed(output)[-_TRACE_CHARACTERS:]
        message, fix = clean_text(error.message)[:_TRACE_CHARACTERS], clean_text(error.fix)[:_TRACE_CHARACTERS]
        return FailedAnswer(code=error.code[:200], message=message, fix=fix, trace=trace, retryable=retryable)
    trace = clean_text("".join(traceback.format_exception(error)) + _printed(output))[-_TRACE_CHARACTERS:]
    message = clean_text(f"{type(error).__name__}: {error}")[:_TRACE_CHARACTERS]
    return FailedAnswer(code="tool-bug", message=message, trace=trace, retryable=retryable)


def call_tool(call: Callable[[], Reply], limits: JobLimits) -> tuple[Answer, Reply]:
    """Call the tool with its printing caught.

    Returns:
        The answer, and the reply whose tables and blobs follow it; an empty one unless the answer is ok.
    """
    output = _CappedBytes()
    printed = io.TextIOWrapper(io.BufferedWriter(output), encoding="utf-8", errors="replace", write_through=True)
    sys.stdout = sys.stderr = printed
    try:
        try:
            reply = call()
        finally:
            printed.flush()
        return _describe(reply, limits, output.text()), reply
    except BaseException as error:  # a tool may raise anything, SystemExit too
        return _judge(error, output), Reply({})


def _describe(reply: Reply, limits: JobLimits, output: str) -> Answer:
    if not isinstance(reply, Reply):
        return FailedAnswer(code="bad-reply", message=f"The handler returned {type(reply).__name__}, not Reply.")
    tables = [Part(name=name, size=encoded_size(table)) for name, table in reply.tables.items()]
    blobs = [Part(name=name, size=len(data)) for name, data in reply.blobs.items()]
    total = sum(part.size for part in (*tables, *blobs))
    if total > limits.output_mb * _MB:
        detail = f"The answer has {total / _MB:.0f} MiB, {limits.output_mb} are allowed."
        return LimitAnswer(limit="output", detail=detail)
    return OkAnswer(payload=reply.payload, tables=tables, blobs=blobs, output=output)
