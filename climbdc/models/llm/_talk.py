"""Talking with the clinician: what a sentence asks for, and an answer from what is stored of the session."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from climbdc.errors import PlanError
from climbdc.models._message import Message
from climbdc.models._mind import Talk
from climbdc.models.llm._forms import Form, choice, form, text
from climbdc.models.llm._grounded import Backing, ground, settled
from climbdc.models.llm._talk_context import Context, context_of

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.models.llm._table import Table
    from climbdc.privacy import Gate
    from climbdc.registry import Registry
    from climbdc.store import SessionStore

__all__ = ["ORDERS", "talk"]

ORDERS: Final[Mapping[str, str]] = {
    "approve": "", "reject": "", "later": "", "change": "", "undo": "step", "remove": "step", "leave-out": "column",
    "show": "column", "predict": "column", "stop": "", "go-on": "",
}  # fmt: skip
"""What may be proposed, and what it needs. These are all: nothing that data or a person says becomes part of a form."""
STATUS: Final = {"undo": "applied", "remove": "pending"}
"""How the step has to stand."""
NONE = "none"
LONGEST_REPLY = 900
MOST_TOKENS = 450
MOST_COLUMNS = 150
"""Names of columns that a form offers."""
_TEXT = re.compile(r'"text"\s*:\s*"')
_STRING = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')


def talk(
    client: ModelClient, gate: Gate, stored: SessionStore, tools: Registry, table: Table, said: str,
    orders: Sequence[str], on_text: Callable[[str], None] | None = None,
) -> Talk:  # fmt: skip
    """What a person's sentence asks for, and what is said to it.

    Numbers that the released context does not back are marked, and links and markup are taken out, while it is
    streamed, too. An order is only named; whoever calls puts it to the person.

    Args:
        client: The model.
        gate: The only source of what it is told.
        stored: The session.
        tools: What there is to plan with.
        table: The newest version.
        said: What the person typed.
        orders: Those of `ORDERS` that can be given just now.
        on_text: Told the whole reply so far, whenever more of it can be shown.

    Raises:
        ModelError: It did not answer.
        PlanError: There is no such order.
    """
    unknown = sorted(set(orders) - set(ORDERS))
    if unknown:
        raise PlanError(f"There is no order {unknown[0]!r}.", fix=f"There are {', '.join(ORDERS)}.", code="bad-order")
    context = context_of(gate, stored, tools, table, said)
    names = {gate.shown(name): name for name in context.columns}
    reader = _Reader(Backing(context.backing, [*names, *context.steps, *context.findings]), names, on_text)
    system = Message("system", (gate.own("talk"),))
    user = Message("user", context.parts)
    reply = client.ask(
        "talk", [system, user], _form(context, [*names], orders), max_tokens=MOST_TOKENS, on_text=reader.grown
    )
    return _checked(reply, orders, context, gate, reader)


def _form(context: Context, columns: Sequence[str], orders: Sequence[str]) -> type[Form]:
    """What is decided comes before what is said, so that the words can be shown while they come."""
    return form(
        "TalkReply",
        {
            "wants": choice("Wants", ["answer", "order", "unclear"]),
            "order": choice("Order", [*orders, NONE]),
            "column": choice("TalkColumn", [*columns[:MOST_COLUMNS], NONE]),
            "step": choice("TalkStep", [*context.steps, NONE]),
            "text": text(LONGEST_REPLY),
        },
    )


def _checked(reply: Form, orders: Sequence[str], context: Context, gate: Gate, reader: _Reader) -> Talk:
    """The reply with an order that is there and can be given, or with none."""
    told = reply.model_dump()
    order = told["order"].strip().lower()
    column = gate.column_of(told["column"]) if told["column"].strip().lower() not in {"", NONE} else None
    column = column if column in context.columns else None
    step = told["step"].strip().upper()
    step = step if step in context.steps else ""
    fits = {"": True, "column": column is not None, "step": context.steps.get(step) == STATUS.get(order)}
    order = order if order in orders and fits[ORDERS[order]] else ""
    said = told["wants"] if told["wants"] in {"answer", "order", "unclear"} else "unclear"
    wants = "order" if order else "unclear" if said == "order" else said
    return Talk(
        wants=cast("Literal['answer', 'order', 'unclear']", wants), order=order, column=column or "", step=step,
        text=reader.shown(told["text"]),
    )  # fmt: skip


@dataclass
class _Reader:
    """Shows as much of a reply as is safe to show."""

    backing: Backing
    names: Mapping[str, str]
    on_text: Callable[[str], None] | None
    safe: str = ""

    def shown(self, words: str) -> str:
        """Words of the model as a person may read them."""
        return ground(words, self.backing, self.names, longest=LONGEST_REPLY).text

    def grown(self, raw: str) -> None:
        """More of the answer came."""
        if self.on_text is None:
            return
        safe = settled(" ".join(text_so_far(raw)[:LONGEST_REPLY].split(" ")))
        if safe != self.safe:
            self.safe = safe
            self.on_text(self.shown(safe))


def text_so_far(raw: str) -> str:
    r"""The value of `text` in an answer that may still grow.

    >>> text_so_far('{"wants": "answer", "text": "It is \\"old\\", and th'), text_so_far('{"wants": "text'), \
    ... text_so_far('{"text": "a\\u00e')
    ('It is "old", and th', '', 'a')
    """
    found = list(_TEXT.finditer(raw))
    if not found:
        return ""
    value = _STRING.match(raw, found[-1].end())
    told: Any = json.loads(f'"{value[0] if value else ""}"', strict=False)
    return str(told)
