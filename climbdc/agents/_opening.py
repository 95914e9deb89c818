"""The opening: read the files, describe the columns, settle what is to be predicted and what is known when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import ValidationError

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._joining import ask_how, join_as_answered
from climbdc.agents._pause import Checkpoint, answer_of, options, wait_for
from climbdc.agents._reading import keep_findings, reading_findings
from climbdc.data import Reading, ReadOptions, read, read_tables
from climbdc.describe import check_goal, describe, guess_target, propose_roles, read_dictionary
from climbdc.errors import InputError
from climbdc.privacy import scan_columns, tell_personal_data
from climbdc.sdk import Dictionary, Finding, Goal, Roles
from climbdc.store import SessionStore

__all__ = ["absolute", "ask_goal", "read_files", "settle_goal", "settle_join"]

TRIES = 3
FIELD_OF = {"id": "patient"}
"""Fields of the goal that have another name among the roles."""
ROLE_FIELDS = ("patient", "visit_time", "index_date", "group", "site", "identifiers")


def read_files(state: GraphState, runtime: Runtime[RunContext]) -> Command[Any]:
    """Read the files and describe every column; done once. Several tables are asked about before they are joined."""
    context = runtime.context
    session, asked = context.session, context.options
    if session.get("reading") is None:
        tables = read_tables(asked.files, verbatim=not asked.screen_only)
        if len(tables) > 1:
            return ask_how(context, tables)
        _keep(context, tables[0], [], [])
    return Command(goto="ask_goal")


def settle_join(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["ask_goal"]]:
    """Join the tables as the answer says; done once."""
    context = runtime.context
    if context.session.get("reading") is None:
        joined = join_as_answered(context)
        _keep(context, joined.reading, joined.found, joined.others)
    return Command(goto="ask_goal")


def _keep(context: RunContext, reading: Reading, joined: Sequence[Finding], others: Sequence[str]) -> None:
    """Describe the table and store it with how it was read; `others` are the files of the joined tables."""
    session, asked = context.session, context.options
    frame = reading.frame
    given = read_dictionary(asked.dictionary) if asked.dictionary else []
    dictionary = describe(frame, reading.labels, given)
    personal = scan_columns(frame, dictionary, _as_said(asked.goal))
    body: dict[str, Any] = {
        "options": reading.options.model_dump(mode="json"),
        "decisions": [decision.model_dump(mode="json") for decision in reading.decisions],
        "sources": [source.model_dump(mode="json") for source in reading.sources],
        "rows": len(frame),
        "columns": frame.columns.tolist(),
        "frame": session.objects.put_frame(frame),
        "verbatim": None if reading.verbatim is None else session.objects.put_table(reading.verbatim),
        "lineage": None
        if reading.lineage is None
        else session.objects.put_table(pa.Table.from_pandas(reading.lineage, preserve_index=False)),
        "dictionary": dictionary.to_json(),
        "labels": {name: label.model_dump(mode="json") for name, label in reading.labels.items()},
        "naming": [one.column for one in personal if one.direct],
        "test": _read_test(session, asked.test, reading.options, len(frame), others),
    }
    matter = keep_findings(session, reading_findings(reading.decisions, body["columns"]), joined)
    session.put("reading", body)
    seen = tell_personal_data(personal)
    told = {"personal": seen} if seen else {}
    session.say("read", {"rows": len(frame), "columns": len(frame.columns), **told})
    for name in matter:
        session.say("found", {"finding": name})


def _as_said(goal: Goal) -> Roles:
    """The roles that were named, before any is proposed."""
    return Roles(target=goal.target, duration=goal.time, event=goal.event, patient=goal.id, visit_time=goal.visit_time)


def _read_test(
    session: SessionStore, test: str | None, reading_options: ReadOptions, first: int, others: Sequence[str]
) -> dict[str, Any] | None:
    """A test file is sealed at once; its rows are numbered after those of the first file."""
    if test is None:
        return None
    reading = read([test, *others], reading_options)
    frame = reading.frame.copy(deep=False)
    frame.index = frame.index + first
    frame.index.name = reading.frame.index.name
    return {
        "frame": session.objects.put_frame(frame),
        "sources": [source.model_dump(mode="json") for source in reading.sources],
        "rows": len(frame),
    }


def ask_goal(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["pause"]]:
    """Put the goal and the proposed roles to the expert."""
    context = runtime.context
    session, goal = context.session, context.options.goal
    reading = session.need("reading")
    frame = session.objects.frame(reading["frame"])
    dictionary = Dictionary.from_json(reading["dictionary"])
    candidates = [] if goal.target or goal.event or goal.task == "none" else guess_target(frame, dictionary)
    if goal.target or goal.event or goal.task == "none":
        check_goal(frame, dictionary, goal)
    proposal = propose_roles(frame, dictionary, goal)
    detail = {
        "goal": goal.model_dump(mode="json"),
        "roles": proposal.roles.model_dump(mode="json"),
        "targets": [{"column": c.column, "score": c.score, "because": c.because} for c in candidates[:5]],
        "questions": list(proposal.questions),
        "columns": reading["columns"],
        "rows": reading["rows"],
    }
    named = goal.target or goal.event
    text = (
        f"Predict {named!r}." if named
        else "Nothing is to be predicted; only values are made right." if goal.task == "none"
        else "Which column is to be predicted? Nobody said."
    )  # fmt: skip
    checkpoint = Checkpoint(
        kind="goal",
        title="What is the goal?",
        text=text,
        why="What counts as a leak, how rows are split and what is measured all follow from it.",
        options=options(
            ("accept", "Yes", "Go on with this goal and these roles."),
            ("change", "Change it", "Name the target, the task or the roles."),
            ("none", "No target", "Make the values right and nothing else."),
        ),
        default="accept" if named or goal.task == "none" else "none",
        detail=detail,
    )
    return wait_for(session, "goal", checkpoint, "settle_goal")


def settle_goal(state: GraphState, runtime: Runtime[RunContext]) -> Command[Any]:
    """Turn the answer into roles; an answer that does not fit the table is asked for again, with the reason."""
    context = runtime.context
    session = context.session
    reading = session.need("reading")
    frame = session.objects.frame(reading["frame"])
    dictionary = Dictionary.from_json(reading["dictionary"])
    answer = answer_of(session, state["checkpoint"])
    goal = context.options.goal
    if answer.choice == "none":
        goal = Goal(task="none", id=goal.id, group=goal.group, visit_time=goal.visit_time, notes=goal.notes)
    try:
        if answer.choice == "change":
            goal = _changed(goal, answer.values)
        checked = check_goal(frame, dictionary, goal)
    except InputError as error:
        return _again(session, state["checkpoint"], error)
    unwanted = {FIELD_OF.get(name, name) for name, value in answer.values.items() if value is None}
    roles = _settled_roles(checked, propose_roles(frame, dictionary, goal).roles, unwanted)
    session.put("goal", {"goal": goal.model_dump(mode="json"), "roles": roles.model_dump(mode="json")})
    return Command(goto="ask_meanings")


def _changed(goal: Goal, values: dict[str, Any]) -> Goal:
    """The goal with the expert's changes.

    Raises:
        InputError: A field is unknown or its value does not fit.
    """
    try:
        return Goal.model_validate({**goal.model_dump(), **values})
    except ValidationError as error:
        raise InputError(
            f"The goal has no such field or value: {error.errors()[0]['loc'][0]}.",
            fix=f"It has {', '.join(Goal.model_fields)}.",
            code="bad-goal",
        ) from error


def _again(session: SessionStore, name: str, error: InputError) -> Command[Any]:
    """Ask for the goal once more, saying what was wrong; a third wrong answer ends the session.

    Raises:
        InputError: It was asked often enough.
    """
    tried = int(name.partition(":")[2] or 1)
    stored = session.checkpoint(name)
    if tried >= TRIES or stored is None:
        raise error
    checkpoint = Checkpoint.model_validate({**stored["asked"], "text": f"{error} {stored['asked']['text']}"})
    return wait_for(session, f"goal:{tried + 1}", checkpoint, "settle_goal")


def _settled_roles(checked: Roles, proposed: Roles, unwanted: Collection[str] = ()) -> Roles:
    """What the goal says, completed by what was proposed and not said to be wrong."""
    added = {
        name: getattr(proposed, name)
        for name in ROLE_FIELDS
        if name not in unwanted
        and not getattr(checked, name)
        and getattr(proposed, name) not in (*checked.outcomes, None)
    }
    return checked.model_copy(update={**added, "reasons": {**proposed.reasons, **checked.reasons}})


def absolute(path: str | Path) -> str:
    """A path that stays true when the working folder changes."""
    return str(Path(path).expanduser().absolute())
