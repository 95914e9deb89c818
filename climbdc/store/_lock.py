"""One process at a time works on a session."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psutil

from climbdc.errors import StoreError

__all__ = ["Lock", "SessionLock"]


class Lock(Protocol):
    """What one process at a time may hold."""

    def __enter__(self) -> Self:
        """Take it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Let go."""

    def check(self) -> None:
        """See that it is still held."""


class SessionLock:
    """A lock file that names its holder; one left by a dead process is taken over."""

    def __init__(self, path: Path, session_id: str) -> None:
        self.path = path
        self.session_id = session_id

    def __enter__(self) -> SessionLock:
        """Take the lock.

        Raises:
            StoreError: Another living process holds it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mine = f"{os.getpid()} {psutil.Process().create_time()}"
        for _ in range(2):
            try:
                with open(self.path, "x", encoding="ascii") as file:
                    file.write(mine)
                return self
            except FileExistsError:
                holder = self._holder()
                if holder is not None:
                    raise StoreError(
                        f"Session {self.session_id} is being worked on by process {holder}.",
                        fix="Wait for it, or end that process first.",
                        code="session-in-use",
                    ) from None
                self.path.unlink(missing_ok=True)
        raise StoreError(f"Session {self.session_id} cannot be locked.", code="session-in-use")

    def check(self) -> None:
        """Nothing to see: as long as this process lives, the file is its own."""

    def _holder(self) -> int | None:
        """The living process that holds the lock, if one does."""
        try:
            pid, started = self.path.read_text(encoding="ascii").split()
            process = psutil.Process(int(pid))
            return process.pid if abs(process.create_time() - float(started)) < 1 else None
        except (OSError, ValueError, psutil.Error):
            return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        self.path.unlink(missing_ok=True)
