"""`sessions ledger`: what a language model was sent and answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import console, messages
from climbdc.cli._console import SafeConsole
from climbdc.cli._sessions import SessionId, sessions

if TYPE_CHECKING:
    from climbdc.store import Ledger, LedgerEntry

__all__: list[str] = []

LONGEST = 400
"""Characters of an answer that the list shows where there is room; a terminal cuts it to its width."""
LEAST = 20
"""Columns that the answer has in any case."""
WIDE = 160
"""Columns of the list in a pipe or a file, which have no width."""


@sessions.command()
def ledger(
    session: SessionId,
    full: Annotated[int | None, typer.Option("--full", help="Everything of the entry of that number.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write all entries to a file, one JSON object a line.")
    ] = None,
    data_dir: o.DataDir = None,
    as_json: o.Json = False,
) -> None:
    """What a language model was sent and answered in a session, every byte of it.

    Examples:
        climbdc sessions ledger 3f2a
        climbdc sessions ledger 3f2a --full 3
        climbdc sessions ledger 3f2a --export ledger.jsonl
    """
    from climbdc.errors import InputError
    from climbdc.models import ledger_records, write_ledger
    from climbdc.store import Ledger

    found = o.copilot(data_dir).session(session)
    kept = Ledger(found.stored)
    if export is not None:
        try:
            count = write_ledger(kept, export)
        except OSError as error:
            raise InputError(
                f"The ledger cannot be written to {export}: {error.strerror}.", fix="Choose another file.",
                code="out-unwritable",
            ) from error  # fmt: skip
        messages.print(f"{count} {'entry' if count == 1 else 'entries'} written to {export}.", markup=False)
        return
    if as_json:
        records = [record for record in ledger_records(kept) if full in (None, record["number"])]
        typer.echo(json.dumps(records, indent=1, ensure_ascii=False))
        return
    if full is not None:
        _show(kept, full)
        return
    _list(kept)


def _list(kept: Ledger) -> None:
    from climbdc.models import total_in_words

    entries = kept.entries()
    if entries:
        cut = sys.stdout.isatty() or console.width >= WIDE
        out = console if cut else SafeConsole(width=WIDE)
        out.print(_table(kept, entries), markup=False, highlight=False, soft_wrap=False)
    console.print(total_in_words(kept.total()), markup=False, highlight=False)
    if entries and sys.stdout.isatty():
        console.print("Everything of an entry: --full NUMBER", style="dim", highlight=False)


def _table(kept: Ledger, entries: Sequence[LedgerEntry]) -> Table:
    """One line an entry. On a terminal, what is the same in all is left out, so that the answer has room.

    The line below the table names the model, and `--full` the day.
    """
    on_terminal = sys.stdout.isatty()
    one_day = on_terminal and len({entry.at[:10] for entry in entries}) == 1
    one_model = on_terminal and len({entry.model for entry in entries}) == 1
    shown: list[tuple[str, bool, Callable[[LedgerEntry], str]]] = [
        ("No", True, lambda entry: str(entry.number)),
        ("Time (UTC)" if one_day else "When (UTC)", False, lambda entry: _when(entry)[11 if one_day else 0 :]),
        ("Purpose", False, lambda entry: entry.purpose),
    ]
    shown += [] if one_model else [("Model", False, lambda entry: entry.model)]
    shown.append(("Tokens", True, lambda entry: f"{entry.tokens_in:,}+{entry.tokens_out:,}"))
    if not on_terminal or any(entry.cost for entry in entries):
        shown.append(("Cost", True, lambda entry: f"{entry.cost:.4f}" if entry.cost else ""))
    shown.append(("Status", False, lambda entry: entry.status))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    for heading, right, _ in shown:
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    table.add_column("Answer", no_wrap=True, overflow="ellipsis", ratio=1, min_width=LEAST)
    for entry in entries:
        table.add_row(*(cell(entry) for _, _, cell in shown), _in_short(kept, entry))
    return table


def _in_short(kept: Ledger, entry: LedgerEntry) -> str:
    """What came, on one line; where nothing came, why."""
    from climbdc.models import exchange_of

    answer = exchange_of(kept.request(entry.number), kept.reply(entry.number)).answer
    return " ".join((answer or str(entry.facts.get("why") or "")).split())[:LONGEST]


def _show(kept: Ledger, number: int) -> None:
    """One entry: what is known of it, what was sent, what came."""
    from climbdc.models import exchange_of

    entry = kept.entry(number)
    said = exchange_of(kept.request(number), kept.reply(number))
    facts = {name: value for name, value in entry.facts.items() if name not in ("dialect", "why")}
    cost = f", cost {entry.cost:.4f}" if entry.cost else ""
    lines = [
        f"Entry {number}, {_when(entry)} UTC: {entry.purpose}, {entry.model}, {entry.status}",
        f"{entry.tokens_in:,} tokens sent, {entry.tokens_out:,} received{cost}, {entry.seconds:.1f} s",
        ", ".join(f"{name} {value}" for name, value in facts.items() if value not in ("", None)),
    ]
    lines += [f"Why: {entry.facts['why']}"] if entry.facts.get("why") else []
    for role, text in said.messages:
        lines += ["", f"--- sent, {role} ---", text]
    lines += ["", f"--- form wanted: {said.form} ---", said.schema] if said.form else []
    raw = kept.reply(number).decode("utf-8", "replace")
    lines += ["", "--- came ---", said.answer or raw or "Nothing came."]
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _when(entry: LedgerEntry) -> str:
    return entry.at[:19].replace("T", " ")
