"""What the columns mean and when each is known: put to the expert before anything is judged.

Where the session has a language model, its ideas come with the question. Nothing of them is taken over unless the
expert says so, and then as what a model said, which is less sure than what a person or a file said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._ideas import column_ideas
from climbdc.agents._pause import Checkpoint, answer_of, count, options, wait_for
from climbdc.agents._versions import add_version, set_head
from climbdc.data import ColumnLabel
from climbdc.describe import describe
from climbdc.models import ColumnIdea
from climbdc.sdk import Column, Dictionary, KnownAt, Roles
from climbdc.store import SessionStore

__all__ = ["TOLD", "ask_meanings", "settle_meanings", "settle_timing", "with_told"]

TOLD = "told"
"""Result that keeps what the expert said of columns before the first version, without being asked."""

WHEN: tuple[str, ...] = get_args(KnownAt)
MODEL = "model"
"""In `Column.sources`: a language model said so, and nobody else."""
SAID = ("file", "person", MODEL)
"""What was said of columns, and not concluded."""
PROPOSED = "proposed"


def ask_meanings(state: GraphState, runtime: Runtime[RunContext]) -> Command[Any]:
    """Ask what the columns mean that neither a dictionary nor the knowledge pack explains.

    Names, record numbers and what else was seen to name persons needs no meaning.
    """
    context = runtime.context
    session = context.session
    reading = session.need("reading")
    dictionary = Dictionary.from_json(reading["dictionary"])
    roles = Roles.model_validate(session.need("goal")["roles"])
    clear = {*roles.reserved, *reading.get("naming", ())}
    unknown = [c for c in dictionary.values() if not c.meaning and not c.variable and c.name not in clear]
    if not unknown or roles.kind == "none":
        return _ask_timing(session, dictionary)
    ideas = {idea.column: idea for idea in column_ideas(context, [column.name for column in unknown])}
    proposed = (PROPOSED, "Take what the model proposes", "It is noted as what a model said, and doubted like a guess.")
    checkpoint = Checkpoint(
        kind="question",
        title="What does this column mean?" if len(unknown) == 1 else f"What do {count(unknown, 'column')} mean?",
        text=", ".join(column.name for column in unknown),
        why="A meaning tells when a value is known, its unit and what it can be; without it only statistics decide.",
        options=options(
            ("unknown", "I do not know", "The columns are judged by their names and values."),
            ("change", "Tell", "Say in a few words what each one is, and when it is known."),
            *([proposed] if ideas else []),
        ),
        default="unknown",
        detail={"columns": [_asked(column, ideas.get(column.name)) for column in unknown]},
    )
    return wait_for(session, "meanings", checkpoint, "settle_meanings")


def _asked(column: Column, idea: ColumnIdea | None) -> dict[str, Any]:
    """A column that is asked about, with what a model thinks of it."""
    told: dict[str, Any] = {"column": column.name, "type": column.type}
    return told if idea is None else {**told, "idea": idea.model_dump(mode="json", exclude={"column"})}


def settle_meanings(state: GraphState, runtime: Runtime[RunContext]) -> Command[Any]:
    """Describe the columns again with what the expert told, and with the model's ideas where they are wanted."""
    session = runtime.context.session
    reading = session.need("reading")
    answer = answer_of(session, "meanings")
    dictionary = Dictionary.from_json(reading["dictionary"])
    said = [_told(name, value) for name, value in answer.values.items() if name in dictionary]
    if answer.choice == PROPOSED:
        said += _adopted(session)
    if said:
        dictionary = with_told(session, reading, said)
        session.put("reading", {**reading, "dictionary": dictionary.to_json()})
    return _ask_timing(session, dictionary)


def _adopted(session: SessionStore) -> list[Column]:
    """The ideas that came with the question, as entries of the dictionary."""
    stored = session.checkpoint("meanings")
    assert stored is not None
    asked = [item for item in stored["asked"]["detail"]["columns"] if item.get("idea")]
    return [
        _by_model(item["column"], ColumnIdea.model_validate({"column": item["column"], **item["idea"]}))
        for item in asked
    ]


def _by_model(name: str, idea: ColumnIdea) -> Column:
    """An entry from a model's idea; what it does not know is left out."""
    fields: dict[str, Any] = idea.model_dump(include={"meaning", "unit", "known_at", "missing_codes"})
    fields["known_because"] = idea.because or "the language model reads its name and values so"
    unsaid = {"known_at", "known_because"} if idea.known_at == "unknown" else set()
    kept = {field: value for field, value in fields.items() if value and field not in unsaid}
    return Column.model_validate({"name": idea.column, **kept, "sources": dict.fromkeys(kept, MODEL)})


def with_told(session: SessionStore, reading: dict[str, Any], people: Sequence[Column] = ()) -> Dictionary:
    """The columns described again: first what the expert said unasked stands, then what they answered."""
    dictionary = Dictionary.from_json(reading["dictionary"])
    unasked = (session.get(TOLD) or {"columns": {}})["columns"]
    edits = [
        Column.model_validate({"name": name, **fields, "sources": dict.fromkeys(fields, "person")})
        for name, fields in unasked.items()
    ]
    given = [
        _said_of(column) if column.name in unasked else column
        for column in dictionary.values()
        if {*SAID} & {*column.sources.values()}
    ]
    labels = {name: ColumnLabel.model_validate(label) for name, label in reading["labels"].items()}
    return describe(session.objects.frame(reading["frame"]), labels, [*edits, *people, *given])


def _said_of(column: Column) -> Column:
    """What a person, the dictionary file or a model said of a column, without what was concluded from it."""
    said = {field: source for field, source in column.sources.items() if source in SAID}
    return Column.model_validate(
        {"name": column.name, **{field: getattr(column, field) for field in said}, "sources": said}
    )


def _told(name: str, value: Any) -> Column:
    """An entry from a person's words: the meaning alone, or its fields."""
    fields = value if isinstance(value, dict) else {"meaning": str(value)}
    kept = {key: str(text) for key, text in fields.items() if key in {"meaning", "unit", "known_at"}}
    if kept.get("known_at") not in WHEN:
        kept.pop("known_at", None)
    return Column.model_validate({"name": name, **kept, "sources": dict.fromkeys(kept, "person")})


def _ask_timing(session: SessionStore, dictionary: Dictionary) -> Command[Any]:
    """Ask for confirmation of what was only inferred to be known later."""
    roles = Roles.model_validate(session.need("goal")["roles"])
    later = [column for column in dictionary.values() if column.known_at == "after"]
    doubtful = [
        column
        for column in later
        if column.sources.get("known_at") not in {"file", "person"} and column.name not in roles.reserved
    ]
    if roles.kind == "none" or not doubtful:
        return _root(session, roles, dictionary)
    checkpoint = Checkpoint(
        kind="question",
        title="Are these known only after the moment of prediction?",
        text=", ".join(column.name for column in doubtful),
        why="A model must not use what nobody knows yet when it is asked.",
        options=options(
            ("after", "Yes, all of them", "They are treated as known later."),
            ("change", "Not all", "Say for each column when it is known: before, at, after or unknown."),
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
    dictionary = Dictionary.from_json(session.need("reading")["dictionary"])
    answer = answer_of(session, "timing")
    stored = session.checkpoint("timing")
    assert stored is not None
    who = "person" if stored["expert"] in {"human", "file"} else "inferred"
    changed: list[Column] = []
    for item in stored["asked"]["detail"]["columns"]:
        column = dictionary[item["column"]]
        when = str(answer.values.get(column.name, "unknown" if answer.choice == "unknown" else "after"))
        when = when if when in WHEN else "unknown"
        later = column.later_kind if when == "after" else ""
        sources = {**column.sources, "known_at": who}
        changed.append(column.model_copy(update={"known_at": when, "later_kind": later, "sources": sources}))
    roles = Roles.model_validate(session.need("goal")["roles"])
    return _root(session, roles, dictionary.replace(*changed))


def _root(session: SessionStore, roles: Roles, dictionary: Dictionary) -> Command[Literal["screen"]]:
    """The first version: the raw rows with settled roles and dictionary."""
    body = {
        "state": {},
        "state_tables": {},
        "blobs": {},
        "frame": session.need("reading")["frame"],
        "lineage": None,
        "dictionary": dictionary.to_json(),
        "roles": roles.model_dump(mode="json"),
    }
    set_head(session, add_version(session, None, None, body))
    return Command(goto="screen")
