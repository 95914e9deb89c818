"""The sandbox that forks a confined process for each job from a process that has everything imported."""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._handover import MAX_FILES
from climbdc.sandbox._job import Job, Progress
from climbdc.sandbox._outcome import LimitHit, NotApplicable, Ok, Outcome, SandboxFailed, ToolFailed, Usage
from climbdc.sandbox._process import Worker, Zygote, ZygoteGone, ZygoteSettings
from climbdc.sandbox._tables import HostileTable, decode_table
from climbdc.sandbox._wire import (
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
    dump_json,
    load_json,
)

__all__ = ["ForkServer"]

_MB = 1 << 20
_PROGRESS_CALLS = 10_000
_DYING_SECONDS = 2.0
_ATTEMPTS = 2


class _BadFrame(ValueError):
    """An input is not a file that can be handed over."""


@contextmanager
def _opened(frames: Mapping[str, Path]) -> Iterator[list[int]]:
    """Open the frames for reading, following no link.

    Raises:
        _BadFrame: One is missing, a link, or not a regular file.
    """
    files: list[int] = []
    try:
        for name, path in frames.items():
            try:
                files.append(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
            except OSError as error:
                raise _BadFrame(f"The table {name!r} cannot be opened: {error.strerror}.") from error
            if not stat.S_ISREG(os.fstat(files[-1]).st_mode):
                raise _BadFrame(f"The table {name!r} is not a regular file.")
        yield files
    finally:
        for file in files:
            os.close(file)


class ForkServer:
    """A `Sandbox`: one zygote, one forked process a job.

    Args:
        name: Name of the backend.
        settings: How to start the zygote, now and whenever it has died.

    Raises:
        SandboxUnavailable: The zygote does not start.
    """

    def __init__(self, name: str, settings: ZygoteSettings) -> None:
        self._name = name
        self.settings = settings
        self._lock = threading.Lock()
        self._closed = False
        self._zygote = Zygote(settings)

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self._name

    def run(self, job: Job, progress: Progress | None = None) -> Outcome:
        """Run one job; see `Sandbox.run`."""
        if len(job.frames) > MAX_FILES - 2:
            return SandboxFailed(f"A job may have {MAX_FILES - 2} tables at most, this one has {len(job.frames)}.")
        request = dump_json({"verb": job.verb, "payload": job.payload})
        try:
            with _opened(job.frames) as files:
                worker = self._fork(job, files)
        except (_BadFrame, SandboxUnavailable, OSError) as error:
            return SandboxFailed(str(error))
        try:
            return _Conversation(worker, job, progress).outcome(request)
        finally:
            worker.kill()
            worker.close()

    def _fork(self, job: Job, files: list[int]) -> Worker:
        for _ in range(_ATTEMPTS):
            with suppress(ZygoteGone):
                return self._living_zygote().fork(list(job.frames), files, job.limits)
        raise ZygoteGone("The sandbox's worker ended twice before it could begin.")

    def _living_zygote(self) -> Zygote:
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("This sandbox has been closed.", fix="Open a new one.", code="closed")
            if not self._zygote.alive:
                self._zygote.close()
                self._zygote = Zygote(self.settings)
            return self._zygote

    def close(self) -> None:
        """End every process of this sandbox."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._zygote.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class _Conversation:
    """What host and worker say to each other about one job. The worker may be hostile."""

    def __init__(self, worker: Worker, job: Job, progress: Progress | None) -> None:
        self._worker = worker
        self._job = job
        self._progress = progress
        self._started = time.monotonic()
        self._channel = Channel(worker.work, self._started + job.limits.wall_seconds)
        self._reports = 0

    def outcome(self, request: bytes) -> Outcome:
        """Send the request, hear the worker out, and judge how it ended."""
        try:
            # A worker that could not begin has answered already and reads no more.
            with suppress(ConnectionError):
                self._channel.write_frame(REQUEST, request)
            outcome = self._receive()
        except DeadlinePassed:
            return LimitHit("time", f"The job was stopped after {self._job.limits.wall_seconds:g} seconds.")
        except (WireError, ValidationError, HostileTable) as error:
            said = "its form is wrong" if isinstance(error, ValidationError) else str(error)
            return SandboxFailed(f"The answer of the tool cannot be trusted: {said}.")
        except Hangup:
            return self._explain(self._worker.wait(_DYING_SECONDS))
        except MemoryError:
            return SandboxFailed("This computer has too little memory left to take the answer.")
        return outcome

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
        report = ProgressReport.model_validate(load_json(body))
        self._reports += 1
        if self._progress is not None and self._reports <= _PROGRESS_CALLS:
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
        tables = {part.name: decode_table(self._channel.read(part.size)) for part in answer.tables}
        blobs = {part.name: bytes(self._channel.read(part.size)) for part in answer.blobs}
        wall = time.monotonic() - self._started
        self._worker.kill()
        ended = self._worker.wait() or ChildStatus()
        usage = Usage(round(wall, 4), ended.cpu_seconds, ended.peak_mb, answer.output)
        return Ok(answer.payload, tables, blobs, usage)

    def _explain(self, ended: ChildStatus | None) -> Outcome:
        """Judge a worker that ended without an answer."""
        if ended is None or ended.exit_code is None:
            return SandboxFailed("The tool's process stopped answering without ending, or the worker ended with it.")
        if ended.exit_code >= 0:
            return SandboxFailed(f"The tool's process ended with exit code {ended.exit_code} and gave no answer.")
        number = -ended.exit_code
        cpu_spent = ended.cpu_seconds >= self._job.limits.wall_seconds
        if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu_spent):
            return LimitHit("time", f"The job used up its processor time ({ended.cpu_seconds:.0f} s).")
        if number == signal.SIGKILL:
            return LimitHit("memory", "The job was ended from outside, most likely because memory ran out.")
        return SandboxFailed(f"The tool's process ended with signal {signal.Signals(number).name} and gave no answer.")
