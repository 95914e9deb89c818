"""One thing an attack tries, and what came of it. Runs inside, as a tool's code would."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from climbdc.sandbox._job import Progress
from climbdc.sandbox.attacks._targets import Targets
from climbdc.sandbox.wire._wire import Channel

__all__ = ["BEGAN", "Attempt", "Attempts", "Held", "Inside"]

BEGAN = "began"
"""Said as progress before an attempt that may leave nobody to report it."""
_DETAIL_CHARACTERS = 4000


class Held(Exception):
    """The door was found shut by looking at it, where no call can be refused."""


class Attempt(BaseModel, frozen=True):
    """What was tried and what came of it.

    Args:
        what: The try, in a few words.
        state: `did`: it worked, which is an escape. `saw`: it worked, and the host judges by what it brought.
            `refused`: it was stopped. `crashed`: it was never made, for a reason of its own.
        error: Name of the error number, or of the exception.
        detail: What it brought, or what the error said.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    what: Annotated[str, Field(max_length=200)]
    state: Literal["did", "saw", "refused", "crashed"]
    error: Annotated[str, Field(max_length=100)] = ""
    detail: Annotated[str, Field(max_length=_DETAIL_CHARACTERS)] = ""


def _refusal(error: BaseException) -> str | None:
    """Name of what refused an attempt; None where the attempt itself is broken."""
    if isinstance(error, Held):
        return "HELD"
    if isinstance(error, MemoryError):
        return "ENOMEM"
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    return None


class Attempts:
    """Collects what one attack tries.

    Args:
        progress: Where to say that a try begins.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.made: list[Attempt] = []

    def began(self) -> None:
        """Say that the next try may end this process."""
        self._progress(0.0, BEGAN)

    def do(self, what: str, call: Callable[..., object], *arguments: Any) -> None:
        """Make a try whose success is an escape."""
        self._make(what, "did", call, *arguments)

    def look(self, what: str, call: Callable[..., object], *arguments: Any) -> None:
        """Make a try whose success the host judges, by what it brought or by its traces."""
        self._make(what, "saw", call, *arguments)

    def _make(self, what: str, success: Literal["did", "saw"], call: Callable[..., object], *arguments: Any) -> None:
        try:
            attempt = Attempt(what=what, state=success, detail=str(call(*arguments))[:_DETAIL_CHARACTERS])
        except BaseException as error:
            name = _refusal(error)
            attempt = Attempt(
                what=what,
                state="crashed" if name is None else "refused",
                error=type(error).__name__ if name is None else name,
                detail=str(error)[:200].encode("utf-8", "replace").decode(),
            )
        self.made.append(attempt)


@dataclass(frozen=True)
class Inside:
    """What an attack has in hand.

    Args:
        targets: What it is to reach.
        tables: The job's input.
        channel: The job's own socket.
    """

    targets: Targets
    tables: dict[str, pa.Table]
    channel: Channel
