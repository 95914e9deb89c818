"""An entry of the ledger as a person reads it, and as it is written into a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.models._client_json import clean
from climbdc.models._client_reply import text_in

if TYPE_CHECKING:
    from climbdc.store import Ledger, LedgerEntry, LedgerTotal

__all__ = ["Exchange", "exchange_of", "ledger_records", "total_in_words", "write_ledger"]

EXAMPLE, EXAMPLE_ANSWER = "made-up example", "made-up answer"


@dataclass(frozen=True)
class Exchange:
    """What was said, taken out of the bytes. None of it is to be trusted.

    Args:
        messages: Role and text of each message that was sent; `EXAMPLE` and `EXAMPLE_ANSWER` are the roles of a
            question and answer that the prompt brings along, about no data of the session.
        form: Name of the form that was asked for; empty where plain text was.
        schema: That form as a JSON schema; empty where there is none.
        answer: Text that came.
    """

    messages: tuple[tuple[str, str], ...]
    form: str
    schema: str
    answer: str


def exchange_of(request: bytes, reply: bytes) -> Exchange:
    """Read what was sent and what came, whatever it is.

    >>> exchange_of(b'{"messages": [{"role": "user", "content": "How?"}]}', b"").messages
    (('user', 'How?'),)
    """
    try:
        body = json.loads(request)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return Exchange((("request", clean(request.decode("utf-8", "replace"))),), "", "", clean(text_in(reply)))
    form = (body.get("response_format") or {}).get("json_schema") or {}
    messages = tuple((role, clean(text)) for role, text in _spoken(body.get("messages", ())))
    schema = clean(json.dumps(form["schema"], indent=1, ensure_ascii=False)) if "schema" in form else ""
    return Exchange(messages, str(form.get("name", "")), schema, clean(text_in(reply)))


def _spoken(messages: Iterable[Any]) -> list[tuple[str, str]]:
    """Role and text; what climbdc made up as an example is named so, or a reader would take it for the own data.

    No earlier answer is ever sent as a message of the model's: one that is there, and the question before it, are the
    example of the prompt.
    """
    told = [(str(message["role"]), str(message["content"])) for message in messages]
    for at, (role, text) in enumerate(told):
        if role == "assistant":
            told[at] = (EXAMPLE_ANSWER, text)
            if at and told[at - 1][0] == "user":
                told[at - 1] = (EXAMPLE, told[at - 1][1])
    return told


def total_in_words(total: LedgerTotal) -> str:
    """What a session asked of models, in one line.

    >>> from climbdc.store import LedgerTotal
    >>> total_in_words(LedgerTotal(2, 3000, 120, 0.0125, 4.2, failed=1, models=("small",)))
    '2 calls to small: 3,000 tokens sent, 120 received, cost 0.0125, 4 s (1 without a usable answer)'
    """
    if not total.calls:
        return "No language model was asked."
    calls = f"{total.calls} {'call' if total.calls == 1 else 'calls'} to {', '.join(total.models)}"
    tokens = f"{total.tokens_in:,} tokens sent, {total.tokens_out:,} received"
    notes = [f"{total.failed} without a usable answer"] if total.failed else []
    notes += [f"tokens estimated for {total.estimated}"] if total.estimated else []
    cost = f", cost {total.cost:.4f}" if total.cost else ""
    note = f" ({'; '.join(notes)})" if notes else ""
    return f"{calls}: {tokens}{cost}, {total.seconds:.0f} s{note}"


def ledger_records(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Each entry with everything that is known of it and the bytes themselves.

    Bytes that are no UTF-8 are under `request_base64` or `reply_base64`.
    """
    for entry in ledger.entries():
        yield _record(entry, ledger.request(entry.number), ledger.reply(entry.number))


def write_ledger(ledger: Ledger, path: Path) -> int:
    """Write one JSON object a line; how many there are.

    Raises:
        OSError: The file cannot be written.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in ledger_records(ledger):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def _record(entry: LedgerEntry, request: bytes, reply: bytes) -> dict[str, Any]:
    known = {
        "number": entry.number, "at": entry.at, "purpose": entry.purpose, "model": entry.model, "status": entry.status,
        "tokens_in": entry.tokens_in, "tokens_out": entry.tokens_out, "cost": entry.cost, "seconds": entry.seconds,
    }  # fmt: skip
    hashes = {"request_sha256": entry.request_hash, "reply_sha256": entry.reply_hash}
    return {**known, **entry.facts, **hashes, **_text("request", request), **_text("reply", reply)}


def _text(name: str, content: bytes) -> dict[str, str]:
    try:
        return {name: content.decode("utf-8")}
    except UnicodeDecodeError:
        import base64

        return {f"{name}_base64": base64.b64encode(content).decode("ascii")}
