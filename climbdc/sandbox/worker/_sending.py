"""Writing the one answer of a job, with the tables and blobs that follow it."""

from __future__ import annotations

import io
from typing import IO, Any

from climbdc.sandbox._job import Reply
from climbdc.sandbox.answers._tables import write_table
from climbdc.sandbox.wire._wire import ANSWER, Answer, Channel, FailedAnswer, OkAnswer, dump_json, load_json
from climbdc.sandbox.worker._calling import clean_text

__all__ = ["send_answer"]


class _SocketFile(io.RawIOBase):
    """A file to write to that is the job's socket."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._channel.write(view)
        return len(view)


def _encode(answer: Answer) -> bytes:
    return dump_json({"answer": answer.model_dump()})


def _unsendable(error: Exception) -> FailedAnswer:
    return FailedAnswer(
        code="bad-reply",
        message=f"The handler's payload cannot be sent as JSON: {clean_text(error)[:500]}",
        fix="Give only text, numbers, lists and dictionaries, and None for a missing number.",
    )


def send_answer(channel: Channel, answer: Answer, reply: Reply) -> None:
    """Send an answer; one that JSON cannot carry becomes a failure."""
    try:
        body = _encode(answer)
        # What the host would refuse is better said here, in words for whoever wrote the tool.
        load_json(body)
    except (ValueError, TypeError, RecursionError) as error:
        answer = _unsendable(error)
        body = _encode(answer)
    channel.write_frame(ANSWER, body)
    if not isinstance(answer, OkAnswer):
        return
    file: IO[bytes] = io.BufferedWriter(_SocketFile(channel), 1 << 16)
    for table in reply.tables.values():
        write_table(table, file)
    for blob in reply.blobs.values():
        file.write(blob)
    file.flush()
