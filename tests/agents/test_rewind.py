"""Going back reopens what the steps that are taken back had answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from climbdc.agents import head, save_plan
from climbdc.agents._rewind import go_back
from climbdc.agents._versions import add_version, set_head
from climbdc.data import canonical
from climbdc.plan import Plan, PlannedStep
from climbdc.recipe import StepSpec
from climbdc.sdk import Roles
from climbdc.store import Store


def test_findings_of_a_step_that_is_taken_back_are_open_again(tmp_path: Path) -> None:
    session = Store(tmp_path).create("two steps", {})
    frame = session.objects.put_frame(canonical(pd.DataFrame({"a": [1.0, 2.0]})))
    body: dict[str, Any] = {
        "state": {}, "state_tables": {}, "blobs": {}, "frame": frame, "dictionary": [], "lineage": None,
        "roles": Roles().model_dump(mode="json"),
    }  # fmt: skip
    at = add_version(session, None, None, body)
    for name in ("S01", "S02"):
        at = add_version(session, at, StepSpec(id=name, tool="drop_columns"), body)
    set_head(session, at)
    steps = [
        PlannedStep(id=name, challenge="features/uninformative", tool="drop_columns", status="applied")
        for name in ("S01", "S02")
    ]
    save_plan(session, Plan(steps=tuple(steps)), "two steps")
    found = {"challenge": "features/uninformative", "kind": "constant", "columns": ["a"]}
    for step in ("S01", "S02"):
        [stored] = session.add_findings([(found, None)], tool="uninformative_columns", screening="first")
        session.set_finding(stored["id"], "answered", step)
    plan = go_back(session, "S02", "taken back")
    assert [(item["status"], item["answered_by"]) for item in session.findings()] == [
        ("answered", "S01"),
        ("open", None),
    ]
    assert [step.status for step in plan.steps] == ["applied", "pending"]
    assert (done := head(session).step) is not None and done.id == "S01"
