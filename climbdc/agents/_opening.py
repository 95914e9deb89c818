"""The opening: read the files, describe the columns, settle what is to be predicted and what is known when."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._pause import Checkpoint, answer_of, options, wait_for
from climbdc.agents._versions import add_version, set_head
from climbdc.data import read
from climbdc.describe import check_goal, describe, guess_target, propose_roles, read_dictionary
from climbdc.errors import InputError
from climbdc.sdk import Column, Dictionary, Goal, Roles
from climbdc.store import SessionStore

__all__ = ["ask_goal", "read_files", "settle_goal", "settle_timing"]

ROLE_FIELDS = ("patient", "visit_time", "index_date", "group", "site", "identifiers")


def read_files(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["ask_goal"]]:
    """Read the files and describe every column; done once."""
    context = runtime.context
    session, asked = context.session, context.options
    if session.get("reading") is None:
        reading = read(asked.files, verbatim=True)
        frame = reading.frame
        given = read_dictionary(asked.dictionary) if asked.dictionary else []
        _check_named(frame.columns.tolist(), given)
        dictionary = describe(frame, reading.labels, given)
        body: dict[str, Any] = {
            "options": reading.options.model_dump(mode="json"),
            "decisions": [decision.model_dump(mode="json") for decision in reading.decisions],
            "sources": [source.model_dump(mode="json") for source in reading.sources],
            "rows": len(frame),
            "columns": frame.columns.tolist(),
            "frame": session.objects.put_frame(frame),
            "verbatim": None if reading.verbatim is None else session.objects.put_table(reading.verbatim),
            "dictionary": dictionary.to_json(),
            "test": _read_test(session, asked.test, reading.options, len(frame)),
        }
        session.put("reading", body)
        session.say("read", {"rows": len(frame), "columns": len(frame.columns)})
    return Command(goto="ask_goal")


def _check_named(columns: list[str], given: list[Column]) -> None:
    """A dictionary that names none of the columns belongs to another file."""
    if given and not {column.name for column in given} & set(columns):
        raise InputError(
            f"The dictionary describes {given[0].name!r} and {len(given) - 1} other columns, but none of this file's.",
            fix=f"The file has columns such as {', '.join(map(repr, columns[:3]))}.",
            code="dictionary-mismatch",
        )


def _read_test(session: SessionStore, test: str | None, reading_options: Any, first: int) -> dict[str, Any] | None:
    """A test file is sealed at once; its rows are numbered after those of the first file."""
    if test is None:
        return None
    reading = read([test], reading_options)
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


def settle_goal(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["pause", "screen"]]:
    """Turn the answer into roles, and ask what is known when."""
    context = runtime.context
    session = context.session
    reading = session.need("reading")
    frame = session.objects.frame(reading["frame"])
    dictionary = Dictionary.from_json(reading["dictionary"])
    answer = answer_of(session, "goal")
    goal = context.options.goal
    if answer.choice == "none":
        goal = Goal(task="none", id=goal.id, group=goal.group, visit_time=goal.visit_time, notes=goal.notes)
    elif answer.choice == "change":
        known = {key: value for key, value in answer.values.items() if key in Goal.model_fields}
        goal = goal.model_copy(update=known)
    roles = _settled_roles(check_goal(frame, dictionary, goal), propose_roles(frame, dictionary, goal).roles)
    session.put("goal", {"goal": goal.model_dump(mode="json"), "roles": roles.model_dump(mode="json")})
    later = [dictionary[name] for name in frame.columns if name in dictionary and dictionary[name].known_at == "after"]
    doubtful = [column for column in later if column.sources.get("known_at") not in {"file", "person"}]
    doubtful = [column for column in doubtful if column.name not in roles.reserved]
    if roles.kind == "none" or not doubtful:
        _root(session, reading, roles, dictionary)
        return Command(goto="screen")
    checkpoint = Checkpoint(
        kind="question",
        title="Are these known only after the moment of prediction?",
        text=", ".join(column.name for column in doubtful),
        why="A model must not use what nobody knows yet when it is asked.",
        options=options(
            ("after", "Yes, all of them", "They are treated as known later."),
            ("change", "Not all", "Say for each column when it is known."),
            ("unknown", "I do not know", "Only the statistics decide."),
        ),
        default="after",
        detail={
            "columns": [
                {"column": c.name, "because": c.known_because, "meaning": c.meaning, "kind": c.later_kind}
                for c in doubtful
            ]
        },
    )
    return wait_for(session, "timing", checkpoint, "settle_timing")


def settle_timing(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["screen"]]:
    """Write what is known when into the dictionary."""
    session = runtime.context.session
    reading = session.need("reading")
    dictionary = Dictionary.from_json(reading["dictionary"])
    answer = answer_of(session, "timing")
    stored = session.checkpoint("timing")
    assert stored is not None
    who = "person" if stored["expert"] in {"human", "file"} else "inferred"
    changed: list[Column] = []
    for item in stored["asked"]["detail"]["columns"]:
        column = dictionary[item["column"]]
        when = answer.values.get(column.name, "unknown" if answer.choice == "unknown" else "after")
        sources = {**column.sources, "known_at": who}
        later = column.later_kind if when == "after" else ""
        changed.append(column.model_copy(update={"known_at": when, "later_kind": later, "sources": sources}))
    roles = Roles.model_validate(session.need("goal")["roles"])
    _root(session, reading, roles, dictionary.replace(*changed))
    return Command(goto="screen")


def _settled_roles(checked: Roles, proposed: Roles) -> Roles:
    """What the goal says, completed by what was proposed."""
    added = {
        name: getattr(proposed, name)
        for name in ROLE_FIELDS
        if not getattr(checked, name) and getattr(proposed, name) not in (*checked.outcomes, None)
    }
    return checked.model_copy(update={**added, "reasons": {**proposed.reasons, **checked.reasons}})


def _root(session: SessionStore, reading: dict[str, Any], roles: Roles, dictionary: Dictionary) -> None:
    body = {
        "state": {}, "state_tables": {}, "blobs": {}, "frame": reading["frame"], "lineage": None,
        "dictionary": dictionary.to_json(), "roles": roles.model_dump(mode="json"),
    }  # fmt: skip
    set_head(session, add_version(session, None, None, body))


def absolute(path: str | Path) -> str:
    """A path that stays true when the working folder changes."""
    return str(Path(path).expanduser().absolute())
