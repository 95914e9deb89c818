"""What a language model was sent and answered, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from climbdc.store import Ledger, LedgerEntry, LedgerTotal, SessionStore
from climbdc_ui.panels._paging import Page, page_of
from climbdc_ui.panels._words import counted, spoken

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["LOOKS", "Asked", "asked"]

A_PAGE = 20
LONGEST = 20_000
"""Characters of one text that are shown; the raw bytes are a link away."""


@dataclass(frozen=True)
class Row:
    """One message in the list."""

    number: int
    at: str
    purpose: str
    model: str
    tokens: str
    end: str
    good: bool


@dataclass(frozen=True)
class Whole:
    """One message in full; nothing of it is to be trusted.

    Args:
        messages: Who speaks, and what.
        schema: The form of answer that was asked for, empty where it was plain text.
        answer: What came.
        why: Why there is no usable answer; empty where there is one.
        facts: What else is known.
        cut: Whether a text was longer than is shown.
    """

    messages: tuple[tuple[str, str], ...]
    schema: str
    answer: str
    why: str
    facts: tuple[tuple[str, str], ...]
    cut: bool


@dataclass(frozen=True)
class Asked:
    """All that the panel shows of the ledger.

    Args:
        sentence: What was asked in all.
        seen: What a model may see.
        page: The newest first.
        open: Number of the message that is shown in full; 0 for none.
        whole: That message.
    """

    sentence: str
    seen: str
    page: Page[Row]
    open: int
    whole: Whole | None


def asked(stored: SessionStore, disclosure: str, state: State) -> Asked | None:
    """The ledger as the browser's state wants it; None where no model was asked.

    Args:
        stored: The session.
        disclosure: What a model may see in it.
        state: Of the panel, from the browser: `page` and `entry`.
    """
    ledger = Ledger(stored)
    entries = ledger.entries()
    if not entries:
        return None
    wanted = state.get("entry")
    known = {entry.number: entry for entry in entries}
    number = wanted if type(wanted) is int and wanted in known else 0
    return Asked(
        sentence=_sentence(ledger.total()),
        seen=str(_words()["seen"].get(disclosure, "")),
        page=page_of([_row(entry) for entry in reversed(entries)], state, A_PAGE),
        open=number,
        whole=_whole(ledger, known[number]) if number else None,
    )


def _sentence(total: LedgerTotal) -> str:
    estimated = ", partly estimated" if total.estimated else ""
    told = [
        f"{counted(total.calls, 'message')} to {', '.join(total.models)}: {counted(total.tokens_in, 'token')} sent, "
        f"{total.tokens_out:,} received{estimated}."
    ]
    told += [f"That cost {total.cost:,.4f}, by the prices that were set."] if total.cost else []
    told += [f"{total.failed:,} had no answer that could be used."] if total.failed else []
    return " ".join(told)


def _row(entry: LedgerEntry) -> Row:
    return Row(
        number=entry.number,
        at=entry.at[:16].replace("T", " "),
        purpose=_purpose(entry.purpose),
        model=entry.model,
        tokens=f"{entry.tokens_in:,} + {entry.tokens_out:,}",
        end=str(_words()["ends"].get(entry.status, spoken(entry.status))),
        good=entry.status == "ok",
    )


def _purpose(name: str) -> str:
    return str(_words()["purposes"].get(name, spoken(name)))


def _whole(ledger: Ledger, entry: LedgerEntry) -> Whole:
    from climbdc.models import exchange_of

    said = exchange_of(ledger.request(entry.number), ledger.reply(entry.number))
    texts = [text for _, text in said.messages] + [said.schema, said.answer]
    facts: dict[str, Any] = {
        "model": entry.model, "server": entry.facts.get("server"), "tokens sent": f"{entry.tokens_in:,}",
        "tokens received": f"{entry.tokens_out:,}", "seconds": f"{entry.seconds:.1f}",
        "temperature": entry.facts.get("temperature"), "seed": entry.facts.get("seed"),
        "version of the prompts": entry.facts.get("prompts"), "attempt": entry.facts.get("attempt"),
    }  # fmt: skip
    return Whole(
        messages=tuple((_speaker(role), text[:LONGEST]) for role, text in said.messages),
        schema=said.schema[:LONGEST],
        answer=said.answer[:LONGEST],
        why=str(entry.facts.get("why", "")),
        facts=tuple((spoken(name), str(value)) for name, value in facts.items() if value is not None),
        cut=any(len(text) > LONGEST for text in texts),
    )


def _speaker(role: str) -> str:
    return {"system": "Instructions", "user": "What it was told"}.get(role, role.capitalize())


@cache
def _words() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        files("climbdc_ui.panels").joinpath("ledger.yaml").read_text("utf-8")
    )
    return loaded


def _unfold(seat: Seat, state: State, values: Values) -> State:
    """Show one message in full, or none if it is the one that is shown."""
    wanted = values.get("number")
    return {**state, "entry": wanted if type(wanted) is int and wanted != state.get("entry") else 0}


LOOKS = {"entry": _unfold}
"""Acts that only change what is shown."""
