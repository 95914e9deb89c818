"""Consent to show a model the values of a column: asked for by the model, given or taken back by the expert alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel, ConfigDict

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._pause import Checkpoint, answer_of, options, wait_for
from climbdc.agents._timeline_steps import next_epoch
from climbdc.agents._versions import head
from climbdc.errors import InputError
from climbdc.options import RunOptions
from climbdc.plan import Assessment
from climbdc.privacy import PrivacyError
from climbdc.sdk import Roles
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from climbdc.privacy import Gate

__all__ = ["OneColumn", "ask_reveals", "begin_reveal", "begin_revoke", "carry_reveal", "carry_revoke", "settle_reveal"]

MOST = 8
"""Columns that a model may ask for in a session: whatever it wants, nobody is asked without end."""
WAITING = "reveals"
"""Result that keeps the columns still to be asked about, so that one turn of the model is enough for all of them."""
LONGEST = 300


class OneColumn(BaseModel):
    """An edit about one column."""

    model_config = ConfigDict(extra="forbid")

    column: str


def ask_reveals(context: RunContext, assessment: Assessment) -> Command[Any] | None:
    """Put the columns that were not asked about to the expert, one after another; None where there is none."""
    if context.gate is None or context.options.disclosure != "values":
        return None
    wanted = [item.model_dump() for item in assessment.reveal if _may_ask(context, item.column)]
    context.session.put(WAITING, {"columns": wanted})
    return _next(context)


def settle_reveal(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["pause", "assess"]]:
    """Let the gate show the column where the expert agrees; then the next question, or the model's turn anew."""
    context = runtime.context
    session = context.session
    name = state["checkpoint"]
    column = name.partition(":")[2]
    if answer_of(session, name).choice == "yes" and context.gate is not None:
        try:
            context.gate.consent(column)
        except PrivacyError as error:
            session.say("mind", {"text": f"The values of {column} are not shown. {error}"})
    return _next(context) or Command(goto="assess")


def _next(context: RunContext) -> Command[Any] | None:
    session = context.session
    for item in (session.get(WAITING) or {"columns": []})["columns"]:
        if _may_ask(context, item["column"]):
            question = _question(context, item["column"], item["why"])
            return wait_for(session, f"reveal:{item['column']}", question, "settle_reveal")
    session.drop_results(WAITING)
    return None


def _may_ask(context: RunContext, column: str) -> bool:
    """Whether the column is there, names nobody, and the expert did not decide about it yet."""
    session, gate = context.session, context.gate
    version = head(session)
    asked = [item["id"] for item in session.decisions() if item["id"].startswith("reveal:")]
    return (
        gate is not None and len(asked) < MOST and f"reveal:{column}" not in asked and column not in gate.revealed
        and column in _columns(session) and not _names_somebody(version.roles, column)
    )  # fmt: skip


def _columns(session: SessionStore) -> list[str]:
    return [name for name in session.objects.table(head(session).frame).schema.names if name != "_row"]


def _names_somebody(roles: Roles, column: str) -> bool:
    return column in {roles.patient, *roles.identifiers}


def _question(context: RunContext, column: str, why: str) -> Checkpoint:
    where = _host(context.options)
    counts = head(context.session).load()[column].value_counts()
    rare = int((counts < (context.gate.k if context.gate else 0)).sum())
    return Checkpoint(
        kind="reveal",
        title=f"May the language model see values of {column}?",
        text=f"{context.options.model} at {where} asks to see how the values of {column} are written.",
        why="So far it sees names, types, counts and shares. Values can say more about a person than they seem to. "
        "What was sent cannot be taken back; from the moment you take your consent back, no more is sent.",
        options=options(
            ("no", "No", "It goes on with what it sees now."),
            ("yes", f"Show it values of {column}", "The most frequent ones, 40 at most, without counts."),
        ),
        default="no",
        detail={"column": column, "reason": " ".join(why.split())[:LONGEST], "model": context.options.model,
                "where": where, "asked_by": "model", "different": len(counts), "rare": rare},
    )  # fmt: skip


def _host(options: RunOptions) -> str:
    """Where the model is.

    >>> _host(RunOptions(files=(), base_url="http://127.0.0.1:8790/v1")), _host(RunOptions(files=()))
    ('this machine', 'api.openai.com')
    """
    host = urlsplit(options.base_url).hostname if options.base_url else "api.openai.com"
    return "this machine" if host in {"127.0.0.1", "localhost", "::1"} else str(host)


def begin_reveal(context: RunContext, values: OneColumn) -> dict[str, Any]:
    """Consent without being asked.

    Raises:
        InputError: The session has no model, or one that is never shown values, or there is no such column.
    """
    asked = context.options
    if asked.policy == "rules" or asked.disclosure != "values":
        raise InputError(
            "In this session no model is shown any values.",
            fix="Start a new session, and choose that the model may ask for values.",
            code="no-values",
        )
    session = context.session
    if session.get("head") is None or values.column not in _columns(session):
        raise InputError(
            f"There is no column {values.column!r}.", fix="Look at the list of columns.", code="no-such-column"
        )
    if _names_somebody(head(session).roles, values.column):
        raise InputError(f"{values.column} names a person.", fix="It is never shown.", code="names-a-person")
    return {"epoch": next_epoch(session)}


def carry_reveal(context: RunContext, values: OneColumn, state: dict[str, Any]) -> str:
    """Let the gate show it."""
    _gate(context).consent(values.column)
    _go_on(context.session, state["epoch"])
    return f"The language model may see values of {values.column}. You can take that back at any time."


def begin_revoke(context: RunContext, values: OneColumn) -> dict[str, Any]:
    """Take a consent back.

    Raises:
        InputError: There is none.
    """
    if values.column not in _gate(context).revealed:
        raise InputError(
            f"The language model may not see values of {values.column!r}.",
            fix="There is nothing to take back.",
            code="not-revealed",
        )
    return {"epoch": next_epoch(context.session)}


def carry_revoke(context: RunContext, values: OneColumn, state: dict[str, Any]) -> str:
    """Let the gate show it no more."""
    _gate(context).revoke(values.column)
    _go_on(context.session, state["epoch"])
    return f"No more values of {values.column} are shown to the language model. What it was sent before, it has."


def _gate(context: RunContext) -> Gate:
    from climbdc.privacy import Gate

    return context.gate or Gate(context.session, context.bench.registry, level=context.options.disclosure)


def _go_on(session: SessionStore, epoch: int) -> None:
    """Ask anew what was withdrawn; a finished session stays as it is."""
    if session.get("finished") is None:
        session.put("epoch", {"count": epoch})
