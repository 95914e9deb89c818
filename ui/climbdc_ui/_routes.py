"""Addresses beside the page: scripts, the stream of changes, results and exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from starlette.background import BackgroundTask
from starlette.requests import Request

from climbdc.errors import ClimbdcError
from climbdc_ui._desk import SESSION_ID
from climbdc_ui._export import export
from climbdc_ui._ledger_routes import ledger_routes
from climbdc_ui._page import STATIC
from climbdc_ui._work import EVERYTHING

if TYPE_CHECKING:
    from climbdc.store import Right
    from climbdc_ui._desk import Desk

__all__ = ["routes"]

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
STREAM = {"cache-control": "no-store", "x-accel-buffering": "no"}


def routes(desk: Desk, person_of: Callable[[Request], str | None]) -> APIRouter:
    """All of them, for one desk.

    Args:
        desk: Where sessions are.
        person_of: Whose request it is.
    """
    router = APIRouter()

    def known(request: Request, session: str, right: Right = "view") -> str:
        """The session's id, if this person may know of it."""
        if not SESSION_ID.fullmatch(session) or not desk.access.may(person_of(request), session, right):
            raise HTTPException(404, "There is no such session.")
        try:
            return desk.session(session).id
        except ClimbdcError as error:
            raise HTTPException(404, "There is no such session.") from error

    @router.get("/static/{name}")
    def static(name: str) -> FileResponse:
        """A script of the page; its address changes with its content."""
        there = {path.name: path for path in STATIC.iterdir()}
        if name not in there:
            raise HTTPException(404)
        return FileResponse(there[name], headers=FOREVER)

    @router.get("/s/{session}")
    def short(session: str) -> RedirectResponse:
        """The short address of a session."""
        return RedirectResponse(f"../?session={session}" if SESSION_ID.fullmatch(session) else "../")

    @router.get("/live/{session}")
    async def live(session: str, request: Request) -> StreamingResponse:
        """Says whenever something of a session changed."""
        changes = desk.live.changes(known(request, session))
        return StreamingResponse(changes, media_type="text/event-stream", headers=STREAM)

    @router.get("/results/{session}/{name}")
    def result(session: str, name: str, request: Request) -> FileResponse:
        """One file of a finished session."""
        path = _result(desk, known(request, session), name)
        if path is None:
            raise HTTPException(404, "There is no such result.")
        shown = "inline" if name == "report.html" else "attachment"
        return FileResponse(path, filename=name, content_disposition_type=shown)

    @router.get("/export/{session}")
    def whole(session: str, request: Request) -> FileResponse:
        """Everything of a session in one file."""
        path = export(desk, known(request, session))
        clean = None if path.name == EVERYTHING else BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(path, filename=f"climbdc-{session}.zip", background=clean)

    router.include_router(ledger_routes(desk, known))
    return router


def _result(desk: Desk, session: str, name: str) -> Path | None:
    """A file of the results by its name; never anything outside their folder."""
    folder = desk.results(session)
    names = {path.name: path for path in folder.iterdir() if path.is_file()} if folder else {}
    return names.get(name)
