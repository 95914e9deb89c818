"""Frames on a socket, and the JSON of both directions.

A frame is one letter, a length of eight bytes and a body. A job's socket carries one request, then any number of
progress frames, then one answer followed by the raw bytes it announced. Nothing is ever unpickled, and every length
is checked before anything of that length is read.
"""

from __future__ import annotations

import io
import json
import math
import re
import socket
import struct
import time
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from climbdc.sandbox.wire._json import JSON_BYTES, check_json

__all__ = [
    "ANSWER",
    "PROGRESS",
    "REQUEST",
    "REQUEST_BYTES",
    "Answer",
    "AnswerFrame",
    "BrokenAnswer",
    "Channel",
    "ChildStatus",
    "DeadlinePassed",
    "FailedAnswer",
    "Hangup",
    "LimitAnswer",
    "NotApplicableAnswer",
    "OkAnswer",
    "Part",
    "ProgressReport",
    "Request",
    "WireError",
    "dump_json",
    "load_json",
]

REQUEST, PROGRESS, ANSWER = b"Q", b"P", b"A"
_HEADER = struct.Struct("!cQ")
_PROGRESS_BYTES = 4096
_INTEGER_DIGITS = 20
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
_PIECE_BYTES = 1 << 20
REQUEST_BYTES = 256 << 20
"""Largest request: the host is trusted, and a recipe may carry fitted estimators."""


class WireError(ValueError):
    """What came over the socket is not what was agreed."""


class Hangup(EOFError):
    """The other side closed the socket."""


class DeadlinePassed(TimeoutError):
    """The time is over."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


_Name = Annotated[str, Field(max_length=200)]
_Text = Annotated[str, Field(max_length=16_384)]


class Request(_Wire):
    """What the host asks for; frames follow as file descriptors in the order of their names."""

    verb: str
    payload: dict[str, Any]


class Part(_Wire):
    """A table or blob whose bytes follow the answer."""

    name: _Name
    size: int = Field(ge=0)


def _differently_named(parts: list[Part]) -> list[Part]:
    if len({part.name for part in parts}) < len(parts):
        raise ValueError("two parts of one name")
    return parts


_Parts = Annotated[list[Part], Field(max_length=1000), AfterValidator(_differently_named)]


class OkAnswer(_Wire):
    """The handler's reply without its bytes."""

    kind: Literal["ok"] = "ok"
    payload: dict[str, Any]
    tables: _Parts = []
    blobs: _Parts = []
    output: Annotated[str, Field(max_length=65_536)] = ""


class NotApplicableAnswer(_Wire):
    """The tool does not apply."""

    kind: Literal["not-applicable"] = "not-applicable"
    reason: _Text


class FailedAnswer(_Wire):
    """The tool failed."""

    kind: Literal["failed"] = "failed"
    code: _Name
    message: _Text
    fix: _Text = ""
    trace: _Text = ""
    retryable: bool = False


class LimitAnswer(_Wire):
    """The worker noticed a limit itself."""

    kind: Literal["limit"] = "limit"
    limit: Literal["memory", "output", "processes"]
    detail: _Text


class BrokenAnswer(_Wire):
    """The worker could not be locked or could not read its input; the tool never ran."""

    kind: Literal["broken"] = "broken"
    detail: _Text


Answer = OkAnswer | NotApplicableAnswer | FailedAnswer | LimitAnswer | BrokenAnswer


class AnswerFrame(_Wire):
    """What an answer frame holds."""

    answer: Annotated[Answer, Field(discriminator="kind")]


class ChildStatus(_Wire):
    """What the zygote says about a job's process in the end: how it ended and what it used."""

    pid: int = 0
    error: str = ""
    exit_code: int | None = None
    """As `os.waitstatus_to_exitcode` gives it: negative for a signal."""
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


class ProgressReport(_Wire):
    """How far a tool is."""

    share: float = Field(ge=0, le=1)
    text: _Name


def _refuse_constant(name: str) -> NoReturn:
    raise WireError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise WireError(f"{text[:30]} is beyond what a number holds")
    return number


def _integer(text: str) -> int:
    number = int(text) if len(text) <= _INTEGER_DIGITS else None
    if number is None or not -(1 << 63) <= number < 1 << 64:
        raise WireError(f"{text[:30]} is no integer of 64 bits")
    return number


def _check_text(body: bytes, value: Any) -> None:
    """Refuse halves of characters, which nothing can write down; they come as escapes only."""
    if _HALF_CHARACTER.search(body):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise WireError("half a character") from error


def load_json(body: bytes, *, trusted: bool = False) -> Any:
    """Read JSON that may be hostile.

    Args:
        body: At most 1 MiB of it, unless it is trusted.
        trusted: It comes from the host.

    Raises:
        WireError: It is not JSON, or nested, long or rich beyond reason.
    """
    try:
        if not trusted:
            check_json(body)
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer)
        _check_text(body, value)
        return value
    except (ValueError, RecursionError) as error:
        said = f"{type(error).__name__}: {str(error)[:200]}"
        raise WireError(f"not readable as JSON ({said})") from error


def dump_json(value: Any, most: int = JSON_BYTES) -> bytes:
    """Write strict JSON of at most so many bytes.

    Raises:
        ValueError: NaN, infinity, a cycle, or more bytes.
        TypeError: Something JSON has no word for.
    """
    body = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if len(body) > most:
        raise ValueError(f"the JSON has {len(body)} bytes, more than the {most} that are allowed")
    return body


class Channel:
    """One end of a job's socket.

    Args:
        sock: A connected stream socket; the channel owns it.
        deadline: `time.monotonic()` at which waiting ends; None waits for ever.
    """

    def __init__(self, sock: socket.socket, deadline: float | None = None) -> None:
        self.socket = sock
        self.deadline = deadline

    def _arm(self) -> None:
        if self.deadline is None:
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed
        self.socket.settimeout(left)

    def write(self, data: bytes | memoryview) -> None:
        """Send all of it.

        Raises:
            DeadlinePassed: It took too long.
            OSError: The other side is gone.
        """
        self._arm()
        try:
            self.socket.sendall(data)
        except TimeoutError as error:
            raise DeadlinePassed from error

    def write_frame(self, kind: bytes, body: bytes) -> None:
        """Send one frame."""
        self.write(_HEADER.pack(kind, len(body)) + body)

    def read(self, size: int) -> bytes:
        """Receive exactly so many bytes; see `read_into`. Memory is taken as they come, not as they are announced."""
        data = io.BytesIO()
        piece = memoryview(bytearray(min(size, _PIECE_BYTES)))
        for start in range(0, size, _PIECE_BYTES):
            with piece[: size - start] as free:
                self.read_into(free)
                data.write(free)
        return data.getvalue()

    def read_into(self, rest: memoryview) -> None:
        """Fill a buffer; the caller has checked that it wants that many bytes.

        Raises:
            DeadlinePassed: It took too long.
            Hangup: The other side closed before.
        """
        position = 0
        while position < len(rest):
            self._arm()
            # No piece may outlive its call: whoever lent the memory closes it.
            with rest[position:] as free:
                try:
                    count = self.socket.recv_into(free)
                except TimeoutError as error:
                    raise DeadlinePassed from error
                except ConnectionError as error:
                    raise Hangup from error
            if count == 0:
                raise Hangup
            position += count

    def read_frame(self, most: int = JSON_BYTES) -> tuple[bytes, bytes]:
        """Receive one frame of at most so many bytes.

        Raises:
            WireError: It claims to be longer.
        """
        kind, size = _HEADER.unpack(self.read(_HEADER.size))
        allowed = min(most, _PROGRESS_BYTES) if kind == PROGRESS else most
        if size > allowed:
            raise WireError(f"a frame of {size} bytes was announced, {allowed} are allowed")
        return kind, self.read(size)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
