"""Answers to what was pressed are sent small, and nothing else is touched."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from climbdc_ui._smaller import Smaller

BODY = b'{"data": ["<p>one and the same</p>"]}' * 200


async def _app(scope: Any, receive: Any, send: Any) -> None:
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(scope["body"])).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": scope["body"]})


def _ask(path: str, body: bytes = BODY, takes: bytes = b"gzip, br") -> tuple[dict[bytes, bytes], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "path": path, "headers": [(b"accept-encoding", takes)], "body": body}
    asyncio.run(Smaller(_app)(scope, receive, send))
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_an_answer_is_sent_small() -> None:
    headers, body = _ask("/gradio_api/run/predict")
    assert headers[b"content-encoding"] == b"gzip"
    assert len(body) < len(BODY) / 4


@pytest.mark.parametrize(
    ("path", "body", "takes"),
    [
        ("/results/01234567/data.csv", BODY, b"gzip"),
        ("/live/01234567", BODY, b"gzip"),
        ("/gradio_api/run/predict", b"{}", b"gzip"),
        ("/gradio_api/run/predict", BODY, b"identity"),
    ],
)
def test_other_answers_stay_as_they_are(path: str, body: bytes, takes: bytes) -> None:
    headers, sent = _ask(path, body, takes)
    assert b"content-encoding" not in headers and sent == body
