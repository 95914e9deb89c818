"""The sandbox that gives each job a confined process, forked from one that has everything imported."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._cancel import Cancellation
from climbdc.sandbox._conversation import Conversation
from climbdc.sandbox._job import Job, JobLimits, Progress
from climbdc.sandbox._outcome import Cancelled, Ok, Outcome, SandboxFailed, ToolFailed
from climbdc.sandbox._process import Zygote, ZygoteGone
from climbdc.sandbox.answers._assembling import assemble_tables
from climbdc.sandbox.answers._decoding import DECODE_VERB
from climbdc.sandbox.answers._layout import LAYOUT_DOCUMENTS, HostileTable
from climbdc.sandbox.answers._received import Received
from climbdc.sandbox.backends._launch import Launcher, ZygoteSettings
from climbdc.sandbox.wire._handover import MAX_FILES
from climbdc.sandbox.wire._wire import REQUEST_BYTES, dump_json

__all__ = ["ForkServer"]

_ATTEMPTS = 2
_DECODE_MB = 256
_DECODE_SECONDS = 10.0
_DECODE_BYTES_A_SECOND = 50 << 20


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


class _Heard:
    """Passes progress on, and remembers what the listener raised: that is the caller's own."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.raised: BaseException | None = None

    def __call__(self, share: float, text: str) -> None:
        if self._progress is None:
            return
        try:
            self._progress(share, text)
        except BaseException as error:
            self.raised = error
            raise


def _request(job: Job) -> bytes:
    return dump_json({"verb": job.verb, "payload": job.payload}, REQUEST_BYTES)


def _no_tables(received: Received) -> dict[str, pa.Table]:
    raise HostileTable("tables where none may be")


class ForkServer:
    """A `Sandbox`: one zygote, one forked process a job.

    Args:
        name: Name of the backend.
        settings: What to start the zygote with, now and whenever it has died.
        launch: How to start it.

    Raises:
        SandboxUnavailable: The zygote does not start.
    """

    def __init__(self, name: str, settings: ZygoteSettings, launch: Launcher) -> None:
        self._name = name
        self.settings = settings
        self._launch = launch
        self._lock = threading.Lock()
        self._closed = False
        self._zygote = Zygote(settings, launch)

    @property
    def name(self) -> str:
        """Name of the backend."""
        return self._name

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        """Run one job; see `Sandbox.run`."""
        if len(job.frames) > MAX_FILES - 2:
            return SandboxFailed(f"A job may have {MAX_FILES - 2} tables at most, this one has {len(job.frames)}.")
        request = _request(job)
        heard = _Heard(progress)
        try:
            with _opened(job.frames) as files:
                outcome = self._converse(job, request, files, heard, cancel or Cancellation())
            if heard.raised is not None:
                raise heard.raised
            return outcome
        # Whatever a hostile answer makes our own code trip over ends this job, and not the session.
        except Exception as error:
            if error is heard.raised:
                raise
            known = isinstance(error, (_BadFrame, SandboxUnavailable, OSError))
            return SandboxFailed(str(error) if known else f"Its answer could not be handled ({type(error).__name__}).")

    def _converse(
        self, job: Job, request: bytes, files: list[int], progress: Progress, cancel: Cancellation
    ) -> Outcome:
        for _ in range(_ATTEMPTS):
            zygote = self._living_zygote()
            try:
                with ExitStack() as stack:
                    worker = zygote.fork(list(job.frames), files, job.limits)
                    stack.callback(worker.close)
                    stack.callback(worker.kill)
                    stack.enter_context(cancel.stopping(worker.kill))
                    decode = partial(self._decode, cancel=cancel)
                    outcome = Conversation(worker, job, decode, progress).outcome(request)
                    return Cancelled(usage=outcome.usage) if cancel.wanted else outcome
            except ZygoteGone:
                zygote.give_up()
        return SandboxFailed("The sandbox's worker ended twice before it could answer.")

    def _decode(self, received: Received, cancel: Cancellation) -> dict[str, pa.Table]:
        """Have a worker that runs no tool look at the bytes of tables, and put them together here."""
        seconds = _DECODE_SECONDS + received.bytes.size / _DECODE_BYTES_A_SECOND
        limits = JobLimits(wall_seconds=seconds, memory_mb=_DECODE_MB, output_mb=LAYOUT_DOCUMENTS)
        job = Job(DECODE_VERB, {"places": received.places}, limits=limits)
        worker = self._living_zygote().fork(["answer"], [received.file], limits)
        try:
            with cancel.stopping(worker.kill):
                said = Conversation(worker, job, _no_tables, None, counted=False).outcome(_request(job))
        finally:
            worker.kill()
            worker.close()
        if not isinstance(said, Ok):
            detail = said.message if isinstance(said, ToolFailed) else getattr(said, "detail", "no answer")
            raise HostileTable(f"its tables could not be read ({detail})")
        documents = [said.blobs.get(str(number), b"") for number in range(len(said.blobs))]
        tables = assemble_tables(documents, received.bytes, received.places)
        return dict(zip(received.names, tables, strict=True))

    def _living_zygote(self) -> Zygote:
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("This sandbox has been closed.", fix="Open a new one.", code="closed")
            if not self._zygote.alive:
                self._zygote.close()
                self._zygote = Zygote(self.settings, self._launch)
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
