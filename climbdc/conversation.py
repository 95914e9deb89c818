"""Conversing with a session's language model: what is kept of it and how it is told, on the page and in a terminal.

A sentence goes through the gate, as all that a model is sent; the reply is its opinion. What it would do is only named:
a person does it or does not.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from climbdc.errors import ClimbdcError
from climbdc.models import ModelError

if TYPE_CHECKING:
    from climbdc.models import Talk
    from climbdc.sandbox import Cancellation
    from climbdc.session import Session
    from climbdc.store import SessionStore

__all__ = ["NOTHING_DONE", "STOPPED", "YES", "could_not", "keep_said", "orders_about", "pieces", "put_to_model"]

LONGEST = 1000
NOTHING_DONE = "I did not understand that, so I changed nothing."
STOPPED = "You stopped the language model before it had answered. Nothing was changed."
YES = frozenset({"approve", "accept", "finish", "after"})
"""Options that a plain yes means, where they are the recommended ones."""
UNVERIFIED = re.compile(r"\[unverified: ([^\]\n]*)\]")
"""How `climbdc.models` marks a number that no stored result backs."""

log = logging.getLogger(__name__)


def keep_said(stored: SessionStore, text: str, person: str = "") -> str:
    """Make what was typed part of the conversation; as it is kept, on one line and not too long.

    Args:
        stored: The session.
        text: As typed.
        person: Whose account it is, where there are accounts.
    """
    said = " ".join(text.split())[:LONGEST]
    stored.say("said", {"text": said, "person": person})
    return said


def put_to_model(
    session: Session, said: str, orders: Sequence[str], offers: Sequence[str] = (), *, question: str = "",
    on_text: Callable[[str], None] | None = None, cancel: Cancellation | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Let the session's language model answer a sentence; what is kept of it, or why there is no answer.

    Args:
        session: The session.
        said: As `keep_said` returned it.
        orders: What it may propose just now.
        offers: What may be typed instead, told where it cannot answer.
        question: Name of the question that waits, if one does.
        on_text: Told the whole reply so far, fit to be shown, whenever more of it has come.
        cancel: Lets go of it.

    Returns:
        The body of an event `replied`. What is under `by` says that `text` is a model's word; `order` is what it
        proposes to do.

    Raises:
        ModelError: It was let go of (`cancelled`).
    """
    try:
        with session.mind(cancel) as opened:
            if opened is None:
                return could_not("This session has no language model.", offers)
            told = opened[0].talk(said, orders, on_text)
    except ClimbdcError as error:
        if isinstance(error, ModelError) and error.code == "cancelled":
            raise
        return could_not(str(error), offers)
    except Exception:
        log.exception("The language model of session %s could not be asked.", session.id)
        return could_not("Asking it went wrong, which is a mistake of ours.", offers)
    return _replied(told, session.options.model, question, offers)


def could_not(why: str, offers: Sequence[str] = ()) -> dict[str, Any]:
    """The body of an event `replied` where the model gave no answer."""
    return {"text": f"{NOTHING_DONE} The language model could not help: {why}", "said": list(offers)}


def _replied(told: Talk, model: str, question: str, offers: Sequence[str]) -> dict[str, Any]:
    """The event that keeps a reply; an order in it is put to the person, who may give it or not."""
    body: dict[str, Any] = {"text": told.text, "by": model, "said": list(offers) if told.wants == "unclear" else []}
    if told.order:
        body["order"] = {"order": told.order, "column": told.column, "step": told.step, "question": question}
    if not told.text:
        body["text"] = "It gave no answer in words." if told.order else NOTHING_DONE
    return body


def orders_about(asked: Mapping[str, Any]) -> list[str]:
    """What a model may propose to answer a question with.

    Args:
        asked: The question, as stored.
    """
    values = {option["value"] for option in asked["options"]}
    return [
        *(["approve"] if asked["default"] in YES else []),
        *[order for order in ("reject", "later") if order in values],
        *(["change"] if asked["kind"] in {"goal", "change"} else []),
        *(["predict"] if asked["kind"] == "goal" else []),
    ]


def pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """A model's words in pieces, each with whether it is a number that nothing backs.

    >>> pieces("It is [unverified: 42] now")
    (('It is ', False), ('42', True), (' now', False))
    """
    split = UNVERIFIED.split(text)
    return tuple((piece, bool(number % 2)) for number, piece in enumerate(split) if piece)
