"""`sessions ledger`: what a language model was sent and answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import console, messages
from climbdc.cli._sessions import SessionId, sessions

if TYPE_CHECKING:
    from climbdc.store import Ledger, LedgerEntry

__all__: list[str] = []

LONGEST = 60
"""Characters of an answer that the list shows."""


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
    from climbdc.models import exchange_of, total_in_words

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, right in (("No", True), ("When (UTC)", False), ("Purpose", False), ("Model", False)):
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for heading in ("Tokens", "Cost", "Status"):
        table.add_column(heading, justify="left" if heading == "Status" else "right", no_wrap=True)
    table.add_column("Answer", overflow="fold")
    entries = kept.entries()
    for entry in entries:
        answer = " ".join(exchange_of(kept.request(entry.number), kept.reply(entry.number)).answer.split())
        table.add_row(
            str(entry.number), _when(entry), entry.purpose, entry.model, f"{entry.tokens_in:,}+{entry.tokens_out:,}",
            f"{entry.cost:.4f}" if entry.cost else "", entry.status,
            answer if len(answer) <= LONGEST else f"{answer[: LONGEST - 1]}…",
        )  # fmt: skip
    if entries:
        console.print(table, markup=False, highlight=False)
    console.print(total_in_words(kept.total()), markup=False, highlight=False)


def _show(kept: Ledger, number: int) -> None:
    """One entry: what is known of it, what was sent, what came."""
    from climbdc.models import exchange_of

    entry = kept.entry(number)
    said = exchange_of(kept.request(number), kept.reply(number))
    facts = {name: value for name, value in entry.facts.items() if name not in ("dialect", "why")}
    lines = [
        f"Entry {number}, {_when(entry)} UTC: {entry.purpose}, {entry.model}, {entry.status}",
        f"{entry.tokens_in:,} tokens sent, {entry.tokens_out:,} received, cost {entry.cost:.4f}, {entry.seconds:.1f} s",
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
