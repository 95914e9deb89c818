"""Whether the page can work: for whoever watches over the server, who need not log in and is told nothing else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import move_on_after
from anyio.to_thread import run_sync
from fastapi import APIRouter
from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from climbdc_ui._desk import Desk

__all__ = ["Health", "health_route"]

_PATIENCE = 5.0
"""Seconds that all checks together may take."""
_FRESH = 2.0
"""Seconds for which an answer is given again, so that asking often costs nothing."""


class Health:
    """The last answer of some checks, and when to ask them again.

    Args:
        checks: Each says whether something is there; they may wait.
        clock: Seconds, as `time.monotonic`.
    """

    def __init__(self, checks: Sequence[Callable[[], bool]], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._told, self._until = False, float("-inf")

    async def ok(self) -> bool:
        """Whether all is there; what does not answer in time is not."""
        async with self._one_at_a_time:
            if self._clock() >= self._until:
                self._told = False
                with move_on_after(_PATIENCE):
                    self._told = await run_sync(lambda: all(check() for check in self._checks), abandon_on_cancel=True)
                self._until = self._clock() + _FRESH
            return self._told


def health_route(desk: Desk) -> APIRouter:
    """`/health`: 200 and `{"ok": true}` where the database and the sandbox service answer, else 503."""
    checks: list[Callable[[], bool]] = [desk.copilot.store.answers]
    place = desk.copilot.settings.sandbox_socket
    if place is not None:
        checks.append(partial(_listens, place))
    health = Health(checks)
    router = APIRouter()

    @router.api_route("/health", methods=["GET", "HEAD"])
    async def look() -> JSONResponse:
        """Whether the page can work."""
        ok = await health.ok()
        return JSONResponse({"ok": ok}, 200 if ok else 503, headers={"cache-control": "no-store"})

    return router


def _listens(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as tried:
        tried.settimeout(_PATIENCE)
        try:
            tried.connect(str(place))
        except OSError:
            return False
    return True
