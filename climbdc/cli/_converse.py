"""A language model's answers in the terminal: the conversation of the page, at a question that waits for its answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from climbdc.copilot import Session

__all__ = ["conversing"]

STOP = "stop"
UNVERIFIED = "Unverified: no result of this session says this number."
ONLY_NAMED = "Nothing is done unless you type it."


def conversing(session: Session, console: Console) -> Callable[[str], None] | None:
    """How a sentence is answered by the session's language model; None where it has none.

    Args:
        session: The session, which waits for an answer.
        console: Where the reply appears.
    """
    if session.options.policy == "rules":
        return None

    def converse(typed: str) -> None:
        _show(console, _replied(session, console, typed))

    return converse


def _replied(session: Session, console: Console, typed: str) -> dict[str, Any]:
    """The reply, kept as part of the session's conversation; Ctrl-C lets go of it and ends the program.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    from climbdc.conversation import STOPPED, could_not, keep_said, orders_about, put_to_model

    waiting = session.stored.pending()
    orders = [*(order for order in orders_about(waiting["asked"]) if order != "predict"), STOP] if waiting else [STOP]
    said = keep_said(session.stored, typed)
    body = could_not("It was let go of.")
    try:
        with console.status(_answer(session.options.model, "")) if console.is_terminal else nullcontext() as shown:
            body = put_to_model(
                session, said, orders, question=str(waiting["id"]) if waiting else "",
                on_text=lambda text: shown.update(_answer(session.options.model, text)) if shown else None,
            )  # fmt: skip
    except KeyboardInterrupt:
        body = {"text": STOPPED, "said": []}
        raise
    finally:
        session.stored.say("replied", body)
    return {**body, "key": _key(body, waiting)}


def _key(body: dict[str, Any], waiting: dict[str, Any] | None) -> str:
    """What a person types to do what the model names; empty where it names nothing."""
    order = str(body.get("order", {}).get("order", ""))
    return str(waiting["asked"]["default"]) if waiting and order == "approve" else order


def _show(console: Console, body: dict[str, Any]) -> None:
    """A model's reply as its opinion; what the program says as it is."""
    from climbdc.conversation import pieces

    if not body.get("by"):
        console.print(body["text"], markup=False, highlight=False)
        return
    console.print(_answer(body["by"], body["text"]))
    if any(doubtful for _, doubtful in pieces(body["text"])):
        console.print(UNVERIFIED, style="dim")
    if body["key"]:
        console.print(f"It takes you to want {body['key']!r}. {ONLY_NAMED}", highlight=False)


def _answer(model: str, text: str) -> Text:
    """The words of a model, said to be its own, or that there are none yet; a number that nothing backs is marked."""
    from climbdc.conversation import pieces

    if not text:
        return Text(f"Language model {model} is thinking ... (Ctrl-C stops)", style="dim")
    told = Text()
    told.append(f"Language model {model}: its opinion\n", style="bold")
    for piece, doubtful in pieces(text):
        told.append(f"{piece} (unverified)" if doubtful else piece, style="yellow" if doubtful else "italic")
    return told
