"""Addresses of the ledger: all of it as a file, and the raw bytes of one message."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response, StreamingResponse
from starlette.requests import Request

from climbdc.errors import StoreError
from climbdc.store import Ledger

if TYPE_CHECKING:
    from climbdc_ui._desk import Desk

__all__ = ["ledger_routes"]

INERT = {
    "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "no-store",
}  # fmt: skip
"""What a model sent is shown as text and does nothing, whatever it is."""


def ledger_routes(desk: Desk, known: Callable[[Request, str], str]) -> APIRouter:
    """All of them, for one desk.

    Args:
        desk: Where sessions are.
        known: Gives a session's id where the one who asks may see it.
    """
    router = APIRouter()

    def ledger_of(request: Request, session: str) -> Ledger:
        return Ledger(desk.session(known(request, session)).stored)

    @router.get("/ledger/{session}")
    def whole(session: str, request: Request) -> StreamingResponse:
        """All messages, one JSON object a line."""
        from climbdc.models import ledger_records

        kept = ledger_of(request, session)

        def lines() -> Iterator[str]:
            for record in ledger_records(kept):
                yield json.dumps(record, ensure_ascii=False) + "\n"

        named = {"content-disposition": 'attachment; filename="model_ledger.jsonl"'}
        return StreamingResponse(lines(), media_type="application/jsonl", headers={**INERT, **named})

    @router.get("/ledger/{session}/{number}/{part}")
    def raw(session: str, number: int, part: str, request: Request) -> Response:
        """The bytes of one message."""
        kept = ledger_of(request, session)
        if part not in ("request", "reply"):
            raise HTTPException(404, "There is no such part.")
        try:
            content = kept.request(number) if part == "request" else kept.reply(number)
        except StoreError as error:
            raise HTTPException(404, "There is no such message.") from error
        return Response(content, media_type="text/plain; charset=utf-8", headers=INERT)

    return router
