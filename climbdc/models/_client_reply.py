"""Reading a streamed reply, whatever comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from climbdc.models._budget import sane_count
from climbdc.models._client_json import clean
from climbdc.models._errors import ModelError

__all__ = ["Reply", "judged", "read_stream", "read_whole", "text_in"]

CHARACTERS_A_TOKEN = 32
"""More than any tokenizer puts into one token on average over a reply; longer ones ignore the limit they were given."""


@dataclass
class Reply:
    """What was understood of a reply so far."""

    text: str = ""
    refusal: str = ""
    finish: str = ""
    tools: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None
    chunks: int = 0


def read_stream(chunks: Iterable[Any], on_text: Callable[[str], None] | None, max_tokens: int) -> Reply:
    """Put the pieces together.

    Args:
        chunks: Of the `openai` package, which does not look whether they are of the form they should have.
        on_text: Told the whole text so far, whenever it grew.
        max_tokens: What was asked for at most.

    Raises:
        ModelError: It is far longer than asked for.
    """
    reply, pieces, shown, length = Reply(), [], "", 0
    for chunk in chunks:
        reply.chunks += 1
        _usage(reply, _part(chunk, "usage"))
        for choice in _first(_part(chunk, "choices")):
            piece = _take(reply, choice, _part(choice, "delta"))
            if not piece:
                continue
            pieces.append(piece)
            length += len(piece)
            if length > CHARACTERS_A_TOKEN * max_tokens + 1000:
                raise ModelError("The reply is far longer than was asked for.", code="too-long")
            if on_text is not None:
                shown += clean(piece)
                on_text(shown)
    reply.text = "".join(pieces)
    return reply


def read_whole(content: bytes, on_text: Callable[[str], None] | None) -> Reply:
    """A reply that came in one piece, from a server that does not stream.

    Raises:
        ModelError: It is something else.
    """
    reply = Reply()
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        what = "a web page" if content.lstrip()[:1] == b"<" else "something that is not a reply"
        raise ModelError(f"The model's server sent {what if content.strip() else 'nothing'}.") from None
    if _part(body, "error"):
        said = clean(str(_part(body, "error"))[:1000])
        raise ModelError(
            f"The model's server reports an error: {said[:200]}", code="unreachable", again=True, said=said
        )
    _usage(reply, _part(body, "usage"))
    for choice in _first(_part(body, "choices")):
        reply.chunks = 1
        reply.text = _take(reply, choice, _part(choice, "message"))
    if not reply.chunks:
        raise ModelError("The model's server sent something that is not a reply.")
    if on_text is not None and reply.text:
        on_text(clean(reply.text))
    return reply


def judged(reply: Reply, *, ended: bool) -> str:
    """The text of a reply that is whole.

    Args:
        reply: It.
        ended: Whether the server said that it was the end.

    Raises:
        ModelError: It was cut, refused, filtered or is empty.
    """
    if reply.finish == "content_filter":
        raise ModelError("A filter of the model's server kept the answer back.", code="refused")
    if reply.refusal.strip():
        raise ModelError(f"The model refused: {clean(reply.refusal)[:200]}", code="refused")
    if reply.finish == "length":
        raise ModelError("The answer was cut at the limit of tokens; a shorter one is wanted.", code="cut")
    if not reply.finish and not ended:
        raise ModelError("The connection ended in the middle of the answer.", code="cut", again=True)
    if not reply.text.strip():
        if reply.tools:
            raise ModelError("The model called a tool, though none was offered; an answer in text is wanted.")
        raise ModelError("The answer is empty.", code="empty")
    return reply.text


def text_in(content: bytes) -> str:
    r"""The text of a reply as it was kept, whole or not: for an estimate of its tokens, and to be read by a person.

    >>> text_in(b'data: {"choices": [{"delta": {"content": "Yes"}}]}\n\ndata: {"choi')
    'Yes'
    """
    lines = [line[5:] for line in content.splitlines() if line.startswith(b"data:")]
    told, part = [], "delta" if lines else "message"
    for line in lines or [content]:
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            continue
        told += [_part(_part(choice, part), "content") for choice in _first(_part(body, "choices"))]
    return "".join(text for text in told if isinstance(text, str))


def _take(reply: Reply, choice: Any, part: Any) -> str:
    """Note what a choice says beside its text, and return that."""
    finish, refusal, text = _part(choice, "finish_reason"), _part(part, "refusal"), _part(part, "content")
    reply.finish = finish[:40] if isinstance(finish, str) else reply.finish
    reply.refusal += refusal[:1000] if isinstance(refusal, str) and len(reply.refusal) < 1000 else ""
    reply.tools = reply.tools or bool(_part(part, "tool_calls"))
    return text if isinstance(text, str) else ""


def _usage(reply: Reply, usage: Any) -> None:
    tokens_in, tokens_out = sane_count(_part(usage, "prompt_tokens")), sane_count(_part(usage, "completion_tokens"))
    if tokens_in is not None and tokens_out is not None:
        reply.tokens_in, reply.tokens_out = tokens_in, tokens_out


def _part(thing: Any, name: str) -> Any:
    """A field of a dictionary or an object, None where there is no such thing."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _first(choices: Any) -> list[Any]:
    """The first choice; only one was asked for."""
    return choices[:1] if isinstance(choices, list) else []
