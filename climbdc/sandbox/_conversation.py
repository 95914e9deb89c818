"""What host and worker say to each other about one job. The worker may be hostile."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
from pydantic import ValidationError

from climbdc.sandbox._job import Job, Progress
from climbdc.sandbox._outcome import (
    LimitHit,
    NotApplicable,
    Ok,
    Outcome,
    SandboxFailed,
    ToolFailed,
    Usage,
)  # fmt: skip
from climbdc.sandbox._process import Worker, ZygoteGone
from climbdc.sandbox._record import signal_name
from climbdc.sandbox.answers._layout import HostileTable
from climbdc.sandbox.answers._received import Received, receive
from climbdc.sandbox.wire._wire import (
    ANSWER,
    PROGRESS,
    REQUEST,
    AnswerFrame,
    BrokenAnswer,
    Channel,
    ChildStatus,
    DeadlinePassed,
    FailedAnswer,
    Hangup,
    LimitAnswer,
    NotApplicableAnswer,
    OkAnswer,
    ProgressReport,
    WireError,
    load_json,
)

__all__ = ["Conversation", "Decode"]

_MB = 1 << 20
_PROGRESS_CALLS = 10_000
_PROGRESS_FRAMES = 100_000
_DYING_SECONDS = 0.5
_GRACE_SECONDS = 0.25

Decode = Callable[[Received], dict[str, pa.Table]]
"""Makes tables of bytes that may be hostile; raises `HostileTable`."""


class Conversation:
    """One job of one worker, up to its outcome.

    Args:
        worker: Where it runs.
        job: What it is.
        decode: Makes tables of what comes back.
        progress: Told of progress.
        counted: Whether the outcome is to say what was used, which takes until the process has ended.
    """

    def __init__(
        self, worker: Worker, job: Job, decode: Decode, progress: Progress | None, *, counted: bool = True
    ) -> None:
        self._counted = counted
        self._worker = worker
        self._job = job
        self._decode = decode
        self._progress = progress
        self._started = time.monotonic()
        self._channel = Channel(worker.work, self._started + job.limits.wall_seconds)
        self._reports = 0
        self._ended: ChildStatus | None = None

    def outcome(self, request: bytes) -> Outcome:
        """Send the request, hear the worker out, and judge how it ended.

        Raises:
            ZygoteGone: The worker never answered because its zygote had ended.
        """
        answered = False
        try:
            # A worker that could not begin has answered already and reads no more.
            with suppress(ConnectionError):
                self._channel.write_frame(REQUEST, request)
            outcome = self._receive()
            answered = True
        except DeadlinePassed:
            outcome = LimitHit("time", f"The job was stopped after {self._job.limits.wall_seconds:g} seconds.")
        except (WireError, ValidationError, HostileTable) as error:
            said = "its form is wrong" if isinstance(error, ValidationError) else str(error)
            outcome = SandboxFailed(f"The answer of the tool cannot be trusted: {said}.")
        except Hangup:
            outcome = self._hung_up()
        except MemoryError:
            outcome = SandboxFailed("This computer has too little memory left to take the answer.")
        return self._with_usage(outcome, time.monotonic() - self._started, answered)

    def _with_usage(self, outcome: Outcome, wall: float, answered: bool) -> Outcome:
        if answered and not self._counted:
            return outcome
        if self._ended is None and answered:
            self._ended = self._worker.wait(_GRACE_SECONDS)
        if self._ended is None:
            self._worker.kill()
            self._ended = self._worker.wait() or ChildStatus()
        ended = self._ended
        used = Usage(round(wall, 4), ended.cpu_seconds, ended.peak_mb, outcome.usage.output, ended.exit_code)
        return replace(outcome, usage=used)

    def _receive(self) -> Outcome:
        while True:
            kind, body = self._channel.read_frame()
            if kind == PROGRESS:
                self._report(body)
            elif kind == ANSWER:
                return self._accept(AnswerFrame.model_validate(load_json(body)))
            else:
                raise WireError(f"a frame of unknown kind {kind!r}")

    def _report(self, body: bytes) -> None:
        self._reports += 1
        if self._reports > _PROGRESS_FRAMES:
            raise WireError("more reports of progress than anyone could read")
        if self._progress is not None and self._reports <= _PROGRESS_CALLS:
            report = ProgressReport.model_validate(load_json(body))
            self._progress(report.share, report.text)

    def _accept(self, frame: AnswerFrame) -> Outcome:
        match frame.answer:
            case OkAnswer() as answer:
                return self._take(answer)
            case NotApplicableAnswer(reason=reason):
                return NotApplicable(reason)
            case FailedAnswer(code=code, message=message, fix=fix, trace=trace, retryable=retryable):
                return ToolFailed(code, message, fix, trace, retryable)
            case LimitAnswer(limit=limit, detail=detail):
                allowed = f" ({self._job.limits.memory_mb} MiB beyond the input)" if limit == "memory" else ""
                return LimitHit(limit, detail + allowed)
            case BrokenAnswer(detail=detail):
                return SandboxFailed(detail)

    def _take(self, answer: OkAnswer) -> Outcome:
        allowed = self._job.limits.output_mb * _MB
        total = sum(part.size for part in (*answer.tables, *answer.blobs))
        if total > allowed:
            return LimitHit("output", f"The answer has {total // _MB} MiB, {allowed // _MB} are allowed.")
        tables: dict[str, pa.Table] = {}
        if answer.tables:
            with receive(self._channel, answer.tables) as received:
                blobs = self._blobs(answer)
                tables = self._decode(received)
        else:
            blobs = self._blobs(answer)
        return Ok(answer.payload, tables, blobs, Usage(output=answer.output))

    def _blobs(self, answer: OkAnswer) -> dict[str, bytes]:
        return {part.name: self._channel.read(part.size) for part in answer.blobs}

    def _hung_up(self) -> Outcome:
        """Judge a worker that closed its socket without an answer: by its end, or because it does not end."""
        self._ended = self._worker.wait(_DYING_SECONDS)
        if self._ended is not None:
            return self._explain(self._ended)
        self._worker.kill()
        self._ended = self._worker.wait()
        if self._ended is None:
            raise ZygoteGone("The tool's process stopped answering, and so did the worker that started it.")
        return SandboxFailed("The tool's process closed its socket and gave no answer.")

    def _explain(self, ended: ChildStatus) -> Outcome:
        """Judge a worker that ended without an answer."""
        if ended.error:
            return SandboxFailed(ended.error)
        if ended.exit_code is None or ended.exit_code >= 0:
            return SandboxFailed(f"The tool's process ended with exit code {ended.exit_code} and gave no answer.")
        number = -ended.exit_code
        cpu_spent = ended.cpu_seconds >= self._job.limits.wall_seconds
        if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu_spent):
            return LimitHit("time", f"The job used up its processor time ({ended.cpu_seconds:.0f} s).")
        if number == signal.SIGKILL:
            return LimitHit("memory", "The job was ended from outside, most likely because memory ran out.")
        return SandboxFailed(f"The tool's process ended with {signal_name(number)} and gave no answer.")
