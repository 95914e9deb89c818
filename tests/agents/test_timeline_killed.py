"""An edit that is killed between any two writes is taken up again and done once."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from climbdc.agents import _rewind, _timeline_branches, carry_out, head
from climbdc.agents._context import RunContext
from climbdc.agents._versions import Version
from climbdc.agents._workbench import Look
from climbdc.copilot import Copilot, Session
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc.store import SessionStore

from .conftest import Made, answers, go_on
from .test_resume import few_patients

pytestmark = pytest.mark.timeout(300)

WRITES = (
    "put", "put_plan", "put_version", "put_attempt", "add_findings", "set_finding", "refresh_finding", "ask", "answer",
    "drop_results", "drop_findings", "set_status", "add_branch", "use_branch", "set_edit", "end_edit", "say",
)  # fmt: skip
RESULTS = ("epoch", "replay", "arranged", "finished", "started", "unsplit", "known-before", "told")


class Killed(BaseException):
    """The process would have been killed here."""


def dying(patch: pytest.MonkeyPatch, after: int) -> None:
    """Let the store write this often, and then never again."""
    left = Counter(writes=after)

    def counted(name: str) -> Any:
        real = getattr(SessionStore, name)

        def write(self: SessionStore, *args: Any, **kwargs: Any) -> Any:
            left["writes"] -= 1
            if left["writes"] < 0:
                raise Killed
            return real(self, *args, **kwargs)

        return write

    for name in WRITES:
        patch.setattr(SessionStore, name, counted(name))


@pytest.fixture(scope="module")
def begun(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Some steps applied, and the imputation asked about."""
    folder = tmp_path_factory.mktemp("begun")
    session = Copilot(Settings(data_dir=folder / "store")).start([few_patients(heart, folder)], Goal(target="num"))
    return go_on(
        session, answers(folder), lambda asked: asked.kind == "change" and "impute" in str(asked.detail["step"])
    )


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look finds what is known: no tool runs, and what is written is written."""

    def look_at(context: RunContext, version: Version, stage: Any, *, cheap: bool = True) -> list[Look]:
        by_tool: dict[str, Look] = {}
        for finding in context.session.findings():
            look = by_tool.setdefault(finding["tool"], Look(finding["tool"]))
            look.found.append((finding, context.session.finding_rows(finding["id"])))
        return list(by_tool.values())

    for module in (_rewind, _timeline_branches):
        monkeypatch.setattr(module, "look_at", look_at)


def carried_out(session: Session) -> None:
    """Do what waits, without a sandbox."""
    session.stored.refresh_branch()
    with session.context() as context:
        carry_out(context)


def state_of(session: Session) -> dict[str, Any]:
    """Everything that an edit may change."""
    stored = session.store.session(session.id)
    return {
        "branch": stored.branch, "status": stored.status, "head": head(stored).id,
        "plans": [(plan["revision"], plan["reason"], plan["plan"]) for plan in stored.plans()],
        "findings": stored.findings(),
        "questions": [(item["id"], item["withdrawn"]) for item in stored.decisions(answered=False)],
        "edits": [(edit["kind"], edit["status"], edit["state"]) for edit in stored.edits()],
        "told": [event["text"] for event in stored.events() if event["kind"] == "edited"],
        "results": {name: stored.get(name) for name in RESULTS},
        "branches": [(row["name"], row["version"]) for row in stored.branch_rows()],
    }  # fmt: skip


def edits_of(session: Session) -> dict[str, dict[str, Any]]:
    """One edit of each kind."""
    steps = [step.id for step in session.plan.applied]
    rows = head(session.stored).load().index
    pending = [step.id for step in session.plan.pending]
    return {
        "undo": {"step": steps[-1]},
        "drop-step": {"step": steps[0]},
        "branch": {"step": steps[1], "name": "elsewhere"},
        "plan": {"remove": pending[:1], "add": {"tool": "drop_columns", "params": {"columns": ["oldpeak"]}}},
        "dictionary": {"columns": {"chol": {"unit": "mg/dL"}}},
        "review": {"decisions": [{"do": "drop", "row": int(rows[0])}]},
    }


KINDS = ("undo", "drop-step", "branch", "plan", "dictionary", "review")


@pytest.mark.parametrize("kind", KINDS)
def test_killed_between_any_two_writes_an_edit_is_done_once(
    begun: Made, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = begun.session.store.folder
    states = []
    for name, every in (("whole", 10_000), ("killed", 1)):
        shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("*.lock"))
        session = Copilot(Settings(data_dir=tmp_path / name)).session(begun.session.id)
        session.want(kind, **edits_of(session)[kind])
        assert session.stored.pending() is None
        deaths = 0
        while session.stored.edits("wanted"):
            with monkeypatch.context() as patch:
                dying(patch, every + deaths)  # ever later, so that the longest stretch is passed in the end
                try:
                    carried_out(session)
                except Killed:
                    deaths += 1
        states.append(state_of(session))
    assert deaths > 4 and states[0] == states[1]
    assert [state["text"] for _, _, state in states[1]["edits"]] == states[1]["told"], "told once"


def test_edits_are_carried_out_in_order_and_what_became_impossible_is_refused(begun: Made, tmp_path: Path) -> None:
    shutil.copytree(begun.session.store.folder, tmp_path / "store", ignore=shutil.ignore_patterns("*.lock"))
    session = Copilot(Settings(data_dir=tmp_path / "store")).session(begun.session.id)
    first, second = session.plan.applied[:2]
    before = session.stored.get("epoch")
    session.want("undo", step=first.id)
    session.want("undo", step=second.id)
    session.want("branch")
    session.want("switch", branch="main")
    carried_out(session)
    told = session.stored.edits()
    assert [(edit["kind"], edit["status"]) for edit in told] == [
        ("undo", "done"), ("undo", "refused"), ("branch", "done"), ("switch", "done"),
    ]  # fmt: skip
    assert told[1]["state"]["text"] == f"{second.id} is not an applied step. Choose one that was done."
    assert session.plan.applied == () and session.stored.branch == "main" and session.stored.get("epoch") != before
    assert [row["name"] for row in session.branches()] == ["main", "b2"]
    assert session.stored.on("b2").plans() == [] and session.stored.on("b2").findings() == []
    asked = [item["id"] for item in session.stored.on("b2").decisions()]
    assert asked and not [name for name in asked if name.startswith(("plan:", "change:"))]
