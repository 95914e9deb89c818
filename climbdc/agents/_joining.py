"""Several tables: how they belong together, asked before anything is joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from langgraph.types import Command

from climbdc.agents._context import RunContext
from climbdc.agents._pause import Answer, Checkpoint, Choice, answer_of, options, wait_for
from climbdc.agents._reading import SEVERAL, joined_finding, key_in_words, left_decision, left_finding
from climbdc.data import ColumnLabel, JoinRule, ReadDecision, Reading, ReadOptions, Source, join_readings
from climbdc.errors import InputError
from climbdc.joining import RULES, TableProposal, build_joins, choose_main, propose_joins, table_names
from climbdc.sdk import Finding, Goal
from climbdc.store import SessionStore

__all__ = ["Joined", "ask_how", "join_as_answered", "stored_reading"]


class Joined(NamedTuple):
    """The table that work begins with, and what is to be told of how it came about."""

    reading: Reading
    found: list[Finding]
    others: list[str]
    """Files of the tables that were joined to the main one."""


def ask_how(context: RunContext, tables: Sequence[Reading]) -> Command[Any]:
    """Keep the tables and ask how they belong together."""
    session = context.session
    session.put("tables", {"tables": [_kept(session, table) for table in tables]})
    names = table_names(tables)
    main = choose_main([table.frame for table in tables], _wanted(context.options.goal))
    proposals = propose_joins([table.frame for table in tables], names, main)
    return wait_for(session, "join", _question(tables, names, main, proposals), "settle_join")


def join_as_answered(context: RunContext) -> Joined:
    """Join the tables as the answer says.

    Raises:
        InputError: The answer names a table or a rule that there is none of.
    """
    session = context.session
    answer = answer_of(session, "join")
    tables = [stored_reading(session, body) for body in session.need("tables")["tables"]]
    names = table_names(tables)
    main = _chosen_main(tables, names, answer, choose_main([t.frame for t in tables], _wanted(context.options.goal)))
    proposals = propose_joins([table.frame for table in tables], names, main)
    unasked = answer.choice == "first_only"
    wanted = [p for p in proposals if not unasked and p.joinable and (p.safe or answer.choice == "join_all")]
    excluded = {str(name) for name in answer.values.get("without", [])}
    wanted = [proposal for proposal in wanted if proposal.table not in excluded]
    rules, until = _rules(answer), answer.values.get("until")
    joins = build_joins(tables[main], [(p, tables[p.number]) for p in wanted], rules, until)
    reading = join_readings(tables[main], [tables[p.number] for p in wanted], joins) if wanted else tables[main]
    left = [p for p in proposals if p not in wanted]
    decisions = [*reading.decisions, *(left_decision(p, unasked=unasked, excluded=p.table in excluded) for p in left)]
    reading = replace(reading, decisions=tuple(decisions))
    found = [joined_finding(p, join, rules) for p, join in zip(wanted, joins, strict=True)]
    found += [left_finding(p, unasked=unasked, excluded=p.table in excluded) for p in left]
    kept = [tables[proposal.number] for proposal in wanted]
    return Joined(reading, found, _files_of(context.options.files, kept))


def _files_of(files: Sequence[str], tables: Sequence[Reading]) -> list[str]:
    """The files that these tables were read from."""
    names = {source.name for table in tables for source in table.sources}
    return [file for file in files if Path(file).name in names]


def stored_reading(session: SessionStore, body: Mapping[str, Any]) -> Reading:
    """A table as it was kept."""
    return Reading(
        frame=session.objects.frame(body["frame"]),
        options=ReadOptions.model_validate(body["options"]),
        verbatim=None if body["verbatim"] is None else session.objects.table(body["verbatim"]),
        decisions=tuple(ReadDecision.model_validate(decision) for decision in body["decisions"]),
        labels={name: ColumnLabel.model_validate(label) for name, label in body["labels"].items()},
        sources=tuple(Source.model_validate(source) for source in body["sources"]),
    )


def _kept(session: SessionStore, reading: Reading) -> dict[str, Any]:
    return {
        "options": reading.options.model_dump(mode="json"),
        "decisions": [decision.model_dump(mode="json") for decision in reading.decisions],
        "sources": [source.model_dump(mode="json") for source in reading.sources],
        "frame": session.objects.put_frame(reading.frame),
        "verbatim": None if reading.verbatim is None else session.objects.put_table(reading.verbatim),
        "labels": {name: label.model_dump(mode="json") for name, label in reading.labels.items()},
    }


def _wanted(goal: Goal) -> list[str]:
    return [name for name in (goal.target, goal.event, goal.time) if name]


def _question(
    tables: Sequence[Reading], names: Sequence[str], main: int, proposals: Sequence[TableProposal]
) -> Checkpoint:
    joined = [proposal for proposal in proposals if proposal.safe]
    told = [f"The main table is {names[main]}: {len(tables[main].frame):,} rows, which all stay."]
    told += [_told(proposal) for proposal in proposals]
    return Checkpoint(
        kind="question",
        title=f"How do these {len(tables)} tables belong together?",
        text=" ".join(told),
        why="A join on the wrong key loses patients or copies them, and neither shows in the result.",
        options=_ways(proposals),
        default="join" if joined else "first_only",
        detail={
            "challenge": {"id": SEVERAL, "title": "The data come in several files"},
            "main": names[main],
            "tables": [_row(proposal, tables[proposal.number]) for proposal in proposals],
        },
    )


def _ways(proposals: Sequence[TableProposal]) -> tuple[Choice, ...]:
    safe = [proposal for proposal in proposals if proposal.safe]
    several = [proposal for proposal in safe if proposal.several]
    doubtful = [proposal for proposal in proposals if proposal.joinable and not proposal.safe]
    first = "Of several rows the first known value is kept." if several else "No row is lost and none comes twice."
    ways = [("join", "Same patients, other facts", f"Columns are added by the keys shown. {first}")] if safe else []
    if several:
        ways += [
            ("join_last", "Joined, with the last values",
             "Of several rows the last known value is kept. It may be from after the moment of prediction."),
            ("join_summary", "Joined, with the rows summed up",
             "First, last, mean and count of several rows. All but the first may be from after that moment."),
            ("every_row", f"A row for each row of {_largest(several).table}",
             f"That table becomes the main one: {_size(_largest(several)):,} rows, several a patient, with the facts "
             "of the patient beside each."),
        ]  # fmt: skip
    if doubtful:
        lost = sum(proposal.match.lost for proposal in doubtful if proposal.match)
        to = f"Also {', '.join(proposal.table for proposal in doubtful)}. {lost:,} rows find nothing and are lost."
        ways.append(("join_all", "Join also what fits less well", to))
    ways.append(("first_only", "Use the main table alone", "The others are left out, and the report says so."))
    return options(*ways, ("stop", "Stop here", "Nothing is changed; the session can be resumed."))


def _largest(several: Sequence[TableProposal]) -> TableProposal:
    return max(several, key=_size)


def _size(proposal: TableProposal) -> int:
    return proposal.match.other_rows if proposal.match else 0


def _told(proposal: TableProposal) -> str:
    """What joining a table would do, in words."""
    match = proposal.match
    if match is None or not proposal.joinable:
        return f"{proposal.table} is left out: {proposal.reason}."
    text = (
        f"{proposal.table} by {key_in_words(proposal)}: {match.main_found:,} of {match.main_rows:,} rows find theirs, "
        f"{match.lost:,} of its {match.other_rows:,} rows are lost"
    )
    if match.joined_rows > match.main_rows:
        text += f", and joined row by row {match.main_rows:,} rows would become {match.joined_rows:,}"
    if proposal.order:
        text += f"; {proposal.order} orders its rows"
    if proposal.labels:
        text += f"; {proposal.labels} names what each row measures, and each becomes a column"
    return f"{text}." if proposal.safe else f"{text}. It is left out unless you say so: {proposal.reason}."


def _row(proposal: TableProposal, table: Reading) -> dict[str, Any]:
    """One line of what is shown."""
    match = proposal.match
    return {
        "table": proposal.table,
        "rows": len(table.frame),
        "key": key_in_words(proposal) if match else "",
        "relation": match.relation if match else "",
        "main_rows_found": match.main_found if match else 0,
        "rows_lost": match.lost if match else len(table.frame),
        "rows_if_multiplied": match.joined_rows if match else 0,
        "default": "join" if proposal.safe else f"leave out: {proposal.reason}",
    }


def _chosen_main(tables: Sequence[Reading], names: Sequence[str], answer: Answer, proposed: int) -> int:
    """The main table: as named, or the largest one that hangs from the proposed where every row is to stay."""
    named = answer.values.get("main")
    if named is not None:
        if str(named) not in names:
            raise InputError(f"There is no table {named!r}.", fix=f"They are {', '.join(names)}.", code="no-table")
        return names.index(str(named))
    if answer.choice != "every_row":
        return proposed
    proposals = propose_joins([table.frame for table in tables], names, proposed)
    several = [proposal for proposal in proposals if proposal.several and proposal.safe]
    return _largest(several).number if several else proposed


def _rules(answer: Answer) -> Sequence[JoinRule]:
    """What is kept of several rows.

    Raises:
        InputError: A rule is unknown.
    """
    known: tuple[JoinRule, ...] = ("first", "last", "mean", "min", "max", "count")
    said = answer.values.get("rules")
    if said is None:
        return RULES.get(answer.choice, RULES["join"])
    if not isinstance(said, list) or not said or not set(said) <= set(known):
        raise InputError(f"The rules {said!r} are not known.", fix=f"Name some of {', '.join(known)}.", code="bad-rule")
    return [rule for rule in known if rule in said]
