"""What comes in and what goes out of the server of `server.py`: requests, replies and the bytes of a reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from .answers import filled, schema_in

__all__ = ["Behaviour", "Call", "Reply", "body_of", "stream_of", "well_behaved"]


@dataclass(frozen=True)
class Call:
    """One request, as it came."""

    number: int
    """Counted from 1."""
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes
    """Every byte: request line, headers and body."""
    seed: int = 0

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as JSON; empty where it is none."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def stream(self) -> bool:
        """Whether the reply is wanted piece by piece."""
        return bool(self.json.get("stream"))

    @cached_property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n\n".join(_text_of(message.get("content")) for message in self.json.get("messages", []))

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """The form wanted, from the request or else from the text of the prompt; None where plain text is wanted."""
        form = self.json.get("response_format") or {}
        told: dict[str, Any] | None = (form.get("json_schema") or {}).get("schema")
        return told if told is not None else schema_in(self.prompt)

    def answer(self, says: Mapping[str, Any] | None = None, *, loose: bool = False) -> str:
        """An answer of the form wanted, as small as can be, with these values where the form has such fields.

        Args:
            says: Field -> value; lists of objects are completed to fit the form.
            loose: Put in fields that the form does not have as well.
        """
        if self.schema is None:
            return json.dumps(dict(says), ensure_ascii=False) if says else "Understood."
        return json.dumps(filled(self.schema, says, loose=loose), ensure_ascii=False)


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


@dataclass(frozen=True)
class Reply:
    """What is sent back, and how."""

    text: str = ""
    """What the model says."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is in place of a chat completion."""
    finish: str | None = "stop"
    message: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the message, such as `refusal` or `tool_calls`."""
    events: tuple[str, ...] = ()
    """Further lines of the stream, before its end."""
    done: bool = True
    """Whether the stream ends as it should, with `[DONE]`."""
    usage: Mapping[str, Any] | None = None
    """What it says that it used; counted where None."""
    piece: int = 400
    """Characters in one piece of a stream."""
    pause: float = 0.0
    """Seconds before each piece."""
    cut: int | None = None
    """Pieces after which the connection is lost; 0 is before anything is said."""
    stall: int | None = None
    """Pieces after which nothing more comes, while the connection stays."""
    framing: Literal["chunked", "close"] = "chunked"
    """How the end is known: by itself, or by the end of the connection."""


Behaviour = Callable[[Call], Reply]


def well_behaved(call: Call) -> Reply:
    """The smallest answer that fits."""
    return Reply(call.answer())


def body_of(call: Call, reply: Reply) -> bytes:
    """A whole chat completion."""
    if reply.body is not None:
        return reply.body
    if reply.status != 200:
        return json.dumps({"error": {"message": reply.text or "No.", "type": "error", "code": reply.status}}).encode()
    message = {"role": "assistant", "content": reply.text, "refusal": None, **reply.message}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish, "logprobs": None}
    told = {**_head(call), "object": "chat.completion", "choices": [choice], "usage": _usage(call, reply)}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")


def stream_of(call: Call, reply: Reply) -> Iterator[bytes]:
    """The pieces of a streamed chat completion."""
    yield _event(call, {"role": "assistant", "content": ""}, None)
    for at in range(0, len(reply.text), reply.piece):
        yield _event(call, {"content": reply.text[at : at + reply.piece]}, None)
    if reply.message:
        yield _event(call, dict(reply.message), None)
    for line in reply.events:
        yield f"{line}\n\n".encode("utf-8", "surrogatepass")
    if reply.finish is not None:
        yield _event(call, {}, reply.finish)
    if (call.json.get("stream_options") or {}).get("include_usage"):
        yield _line({**_head(call), "object": "chat.completion.chunk", "choices": [], "usage": _usage(call, reply)})
    if reply.done:
        yield b"data: [DONE]\n\n"


def _head(call: Call) -> dict[str, Any]:
    return {"id": f"chatcmpl-{call.number}", "created": 1_700_000_000, "model": str(call.json.get("model", "fake"))}


def _event(call: Call, delta: Mapping[str, Any], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _line({**_head(call), "object": "chat.completion.chunk", "choices": [choice]})


def _line(told: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n".encode("utf-8", "surrogatepass")


def _usage(call: Call, reply: Reply) -> Mapping[str, Any]:
    """What a tokenizer of about four characters a token would count."""
    if reply.usage is not None:
        return reply.usage
    sent, got = len(call.prompt) // 4 + 1, len(reply.text) // 4 + 1
    return {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got}
