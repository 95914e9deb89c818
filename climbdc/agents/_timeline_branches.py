"""Another line of work from an earlier state, and going from one line to another."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from climbdc.agents._context import RunContext
from climbdc.agents._findings import reconcile
from climbdc.agents._plans import ARRANGED, current_plan
from climbdc.agents._replay import REPLAY
from climbdc.agents._screening import look_at, stage_of
from climbdc.agents._timeline_steps import UNFINISHED, applied_or_refused, next_epoch
from climbdc.agents._versions import head
from climbdc.errors import PlanError
from climbdc.plan import Plan
from climbdc.store import STARTED, Cut, SessionStore

__all__ = ["NewBranch", "OtherBranch", "begin_branch", "begin_switch", "carry_branch", "carry_switch"]

OWN = (*UNFINISHED, REPLAY, "epoch", "out", "trouble")
"""Results that say how one line of work stands: no other begins with them."""
AT_THE_START = ("screened/", "known-before", "unsplit", ARRANGED)
"""Results that nothing has led to yet where a line begins with the raw rows."""


class NewBranch(BaseModel):
    """A new line of work just after a step."""

    model_config = ConfigDict(extra="forbid")

    step: str = ""
    """Empty for the raw rows."""
    name: str = Field(default="", max_length=200)
    """What the expert calls it."""
    branch: str = ""
    """The line that is left; the present one when empty."""


class OtherBranch(BaseModel):
    """The line of work to go on with."""

    model_config = ConfigDict(extra="forbid")

    branch: str


def begin_branch(context: RunContext, values: NewBranch) -> dict[str, Any]:
    """All that the new line begins with.

    Raises:
        PlanError: There is no such line or step.
    """
    source = context.session
    if values.branch:
        source = source.on(_named(source, values.branch))
    if source.get("head") is None:
        raise PlanError("There is nothing to branch from yet.", fix="Answer the first questions.", code="no-plan")
    number = max((_number(row["name"]) for row in source.branch_rows()), default=1) + 1
    told = {"branch": f"b{number}", "title": values.name or _title(values.step)}
    return {**told, **(_after(source, values.step) if values.step else _raw(source))}


def _after(source: SessionStore, step: str) -> dict[str, Any]:
    """The state just after a step: what was planned, asked and found later is left behind."""
    plans, plan = source.plans(), current_plan(source)
    applied_or_refused(plan, step)
    chain = source.lineage(head(source).id)
    made_by = [body["step"]["id"] if body["step"] else "" for _, body in chain]
    at = made_by.index(step)
    revision = plans[-1]["revision"]
    for item in reversed(plans):
        if step not in {done.id for done in Plan.model_validate(item["plan"]).applied}:
            break
        revision = item["revision"]
    then = Plan.model_validate(next(item["plan"] for item in plans if item["revision"] == revision))
    later = made_by[at + 1 :]
    known = (source.get("known-before") or {}).get(later[0]) if later else None
    split = next((item for item in then.steps if item.tool == "split_data"), None)
    unsplit = source.get("unsplit") is not None and split is not None and split.status not in {"pending", "applied"}
    done = split is not None and split.status == "applied"
    sealed = source.need("reading")["test"] is not None or source.need("goal")["roles"]["kind"] == "none"
    without = [*OWN, *([] if unsplit else ["unsplit"]), *([] if unsplit or done or sealed else ["screened/train"])]
    return {
        "from": source.branch, "version": chain[at][0], "revision": revision, "without": without,
        "checkpoint": _question(source, step, then.get(step).attempt), "findings": known, "undone": later,
        "until": source.told_until("applied", step=step),
    }  # fmt: skip


def _raw(source: SessionStore) -> dict[str, Any]:
    """The raw rows with the goal that was settled: everything after that is left behind."""
    first = next((item["key"] for item in source.question_keys() if item["id"].startswith(("plan:", "change:"))), None)
    keys = [item["key"] for item in source.question_keys() if first is None or item["key"] < first]
    root = source.lineage(head(source).id)[0][0]
    return {
        "from": source.branch, "version": root, "revision": 0, "checkpoint": max(keys, default=0), "findings": [],
        "undone": [], "without": [*OWN, *AT_THE_START], "until": source.told_until("read"),
    }  # fmt: skip


def carry_branch(context: RunContext, values: NewBranch, state: dict[str, Any]) -> str:
    """Make the line, whole or not at all, and look at the rows as they are there."""
    session = context.session
    cut = Cut(
        branch=state["from"], version=state["version"], revision=state["revision"], checkpoint=state["checkpoint"],
        findings=state["findings"], without=state["without"],
        results={
            "head": {"version": state["version"]},
            STARTED: {"branch": state["from"], "until": state["until"]},
        },
    )  # fmt: skip
    session.add_branch(state["branch"], state["title"], cut)
    for finding in session.findings():
        if finding["answered_by"] in state["undone"]:
            session.set_finding(finding["id"], "open", None)
    if state["revision"]:
        reconcile(session, look_at(context, head(session), stage_of(session)), step=None)
    session.set_status("stopped")
    where = f"after {values.step}" if values.step else "at the raw rows"
    return f"A new branch, {state['title']!r}, begins {where}. The other one stays as it is."


def begin_switch(context: RunContext, values: OtherBranch) -> dict[str, Any]:
    """The line, and from where it goes on.

    Raises:
        PlanError: There is no such line.
    """
    name = _named(context.session, values.branch)
    other = context.session.on(name)
    finished = other.get("finished") is not None
    return {"branch": name, "epoch": None if finished else next_epoch(other)}


def carry_switch(context: RunContext, values: OtherBranch, state: dict[str, Any]) -> str:
    """Go on with the other line where it was left."""
    session = context.session
    session.use_branch(state["branch"])
    if state["epoch"] is None:
        session.set_status("finished")
    else:
        session.put("epoch", {"count": state["epoch"]})
        session.set_status("stopped")
    row = next(row for row in session.branch_rows() if row["name"] == state["branch"])
    return f"Work goes on with {row['title'] or row['name']!r}."


def _named(session: SessionStore, name: str) -> str:
    """A branch by its name or title.

    Raises:
        PlanError: There is none.
    """
    for row in session.branch_rows():
        if name in {row["name"], row["title"]}:
            return str(row["name"])
    there = ", ".join(row["name"] for row in session.branch_rows())
    raise PlanError(f"There is no branch {name!r}.", fix=f"There are {there}.", code="no-such-branch")


def _number(name: str) -> int:
    return int(name[1:]) if name[1:].isdigit() else 1


def _title(step: str) -> str:
    return f"after {step}" if step else "from the start"


def _question(source: SessionStore, step: str, attempt: int) -> int:
    """Key of the question that led to a step; of the newest one where it is not known."""
    keys = {item["id"]: item["key"] for item in source.question_keys()}
    return int(keys.get(f"change:{step}:{attempt}", max(keys.values(), default=0)))
