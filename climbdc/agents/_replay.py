"""Steps that the expert has approved already: done again, or for the first time, without asking for the same twice."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from climbdc.agents._pause import Answer
from climbdc.agents._plans import current_plan
from climbdc.agents._versions import Version, head
from climbdc.plan import Plan, PlannedStep
from climbdc.store import SessionStore

__all__ = ["NOTES", "REPLAY", "add_replay", "approved_from", "end_replay", "granted", "leave_reviewed", "replaying"]

REPLAY = "replay"
NOTES = ("edit_dictionary", "apply_review")
"""Tools that write down what the expert said: worth doing even where no cell changes."""
SETS_ASIDE = ("split_data",)
"""Tools that take rows away without losing them."""


def add_replay(session: SessionStore, steps: list[dict[str, Any]], without: str = "") -> None:
    """Remember approvals.

    Args:
        session: The session.
        steps: Each names the step (`id`) with its `tool` and `params`, and either when it was approved (`attempt`,
            `parent` and `version`) or that the expert `wanted` it.
        without: The step that was taken out.
    """
    before = session.get(REPLAY) or {"steps": [], "without": ""}
    ids = {step["id"] for step in steps}
    kept = [step for step in before["steps"] if step["id"] not in ids]
    session.put(REPLAY, {"steps": [*kept, *steps], "without": without or before["without"]})


def approved_from(session: SessionStore, step: str) -> list[dict[str, Any]]:
    """An applied step and those after it, each as it was approved; empty where it is not in the newest version."""
    plan = current_plan(session)
    attempts = {each.id: each.attempt for each in plan.steps}
    done = [
        {"tool": body["step"]["tool"], "params": body["step"]["params"], "id": body["step"]["id"],
         "attempt": attempts[body["step"]["id"]], "parent": before, "version": version}
        for (before, _), (version, body) in pairwise(session.lineage(head(session).id))
    ]  # fmt: skip
    at = next((number for number, item in enumerate(done) if item["id"] == step), len(done))
    return done[at:]


def replaying(session: SessionStore, plan: Plan) -> list[str]:
    """Ids of the approved steps that are still to be done."""
    pending = {step.id for step in plan.pending}
    return [step["id"] for step in (session.get(REPLAY) or {"steps": []})["steps"] if step["id"] in pending]


def end_replay(session: SessionStore) -> None:
    """Once all were tried: say which were kept and which no longer apply, and why."""
    replay = session.get(REPLAY)
    if replay is None:
        return
    if replay["without"]:
        known = {step.id: step for step in current_plan(session).steps}
        again = [known[step["id"]] for step in replay["steps"] if step["id"] in known and "version" in step]
        kept = [step.id for step in again if step.status == "applied"]
        gone = [(step.id, step.status, step.reason) for step in again if step.status != "applied"]
        told = "".join(f" {name} does not apply any more: {reason}" for name, _, reason in gone)
        session.say(
            "kept",
            {
                "text": f"Without {replay['without']}, these were kept: {', '.join(kept) or 'none'}.{told}",
                "without": replay["without"], "kept": kept,
                "gone": [{"step": name, "status": status, "reason": reason} for name, status, reason in gone],
            },
        )  # fmt: skip
    session.drop_results(REPLAY)


def granted(
    session: SessionStore, step: PlannedStep, tried: dict[str, Any], parent: Version
) -> tuple[Answer, str] | None:
    """The approval that a tried step has already, and who gave it; None where it must be asked about.

    An earlier approval stands for the same step with the same params, as long as no row and no column goes that did
    not go then.
    """
    replay = session.get(REPLAY) or {"steps": []}
    known = next((item for item in replay["steps"] if item["id"] == step.id), None)
    done = tried["step"]
    if known is None or (done["tool"], done["params"]) != (known["tool"], known["params"]):
        return None
    if known.get("wanted"):
        return Answer(choice="approve", note="Done as the expert wanted it."), "human"
    name = f"change:{step.id}:{known['attempt']}"
    before = session.checkpoint(name)
    if before is None or (before["answer"] or {}).get("choice") != "approve":
        return None
    if _takes_more(session, known, tried, parent):
        return None
    rule = f"Approved before ({name}); the same step with the same values."
    return Answer(choice="approve", rule=rule), before["expert"]


def leave_reviewed(session: SessionStore, step: PlannedStep) -> None:
    """What is still found, but in rows that the expert looked at each, is left as it is."""
    if step.tool != "apply_review":
        return
    seen = [item["row"] for name in ("cells", "drop", "kept") for item in step.params.get(name, [])]
    for finding in session.findings():
        if finding["id"] in step.answers and finding["status"] == "open":
            rows = session.finding_rows(finding["id"])
            if rows is not None and bool(np.isin(rows, seen).all()):
                session.set_finding(finding["id"], "left", step.id)


def _takes_more(session: SessionStore, known: dict[str, Any], tried: dict[str, Any], parent: Version) -> bool:
    """Whether rows or columns would go that did not go when it was approved."""
    if known["tool"] in SETS_ASIDE:
        return False
    old = [session.version(known[name])["frame"] for name in ("parent", "version")]
    rows, columns = _gone(session, parent.frame, tried["body"]["frame"])
    old_rows, old_columns = _gone(session, *old)
    return not (bool(np.isin(rows, old_rows).all()) and columns <= old_columns)


def _gone(session: SessionStore, before: str, after: str) -> tuple[np.ndarray[Any, np.dtype[np.int64]], set[str]]:
    old, new = session.objects.table(before), session.objects.table(after)
    rows: np.ndarray[Any, np.dtype[np.int64]] = old["_row"].to_numpy()
    return rows[~np.isin(rows, new["_row"].to_numpy())], set(old.schema.names) - set(new.schema.names)
