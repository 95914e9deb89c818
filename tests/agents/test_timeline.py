"""Edits beside the questions, on real patients: taken back, taken out, branched, planned and told otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint, head
from climbdc.copilot import Copilot, Session
from climbdc.errors import InputError, PlanError
from climbdc.sdk import Goal
from climbdc.settings import Settings

from .conftest import Made, answers, at_finish, go_on, leavings
from .test_resume import few_patients

pytestmark = pytest.mark.timeout(300)
GOAL = Goal(target="num")


@pytest.fixture(scope="module")
def pilots() -> Iterator[Callable[[Path], Copilot]]:
    """Opens stores whose sessions share one sandbox."""
    opened: list[Copilot] = []

    def open_store(folder: Path) -> Copilot:
        pilot = Copilot(Settings(data_dir=folder / "store"), share_sandbox=not opened)
        pilot.shared = pilot.shared or opened[0].shared
        opened.append(pilot)
        return pilot

    yield open_store
    for pilot in opened[1:]:
        pilot.store.close()
    if opened:
        opened[0].close()


@pytest.fixture(scope="module")
def whole(heart: Path, pilots: Callable[[Path], Copilot], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All changes approved, to the end."""
    folder = tmp_path_factory.mktemp("whole")
    session = pilots(folder).start([few_patients(heart, folder)], GOAL)
    return go_on(session, answers(folder))


@pytest.fixture
def mine(whole: Made, pilots: Callable[[Path], Copilot], tmp_path: Path) -> Session:
    """The same session in a store that may be changed."""
    shutil.copytree(whole.session.store.folder, tmp_path / "store", ignore=shutil.ignore_patterns("*.lock"))
    return pilots(tmp_path).session(whole.session.id)


def step_of(session: Session, tool: str, column: str = "") -> str:
    """The applied step of a tool, about a column where there are several."""
    return next(s.id for s in session.plan.applied if s.tool == tool and (not column or column in str(s.params)))


def made_by(session: Session) -> list[str]:
    """The steps that lead to the newest version."""
    return [body["step"]["id"] for _, body in session.stored.lineage(head(session.stored).id) if body["step"]]


def test_a_branch_goes_its_own_way_and_ends_alike_where_nothing_differs(
    mine: Session, whole: Made, tmp_path: Path
) -> None:
    before, plan = leavings(mine, tmp_path / "before"), mine.plan
    after = mine.plan.applied[2].id
    mine.want("branch", step=after, name="another try")
    made = go_on(mine, answers(tmp_path))
    assert mine.stored.branch == "b2" and mine.status == "finished"
    assert {name.partition(":")[0] for name in made.asked} == {"change", "finish"}, "goal and plan were settled before"
    assert leavings(mine, tmp_path / "after") == before
    told = {item["name"]: item for item in mine.branches()}
    assert (told["b2"]["title"], told["b2"]["current"], told["b2"]["parent"]) == ("another try", True, "main")
    assert told["main"]["head"] == told["b2"]["head"]
    kinds = [event["kind"] for event in mine.stored.events()]
    assert kinds.count("finished") == 1 and kinds.count("read") == 1, "it tells what led to it, and its own"
    undone = mine.plan.applied[-1].id
    mine.undo(undone)
    assert undone not in made_by(mine)
    assert mine.change("switch", branch="main") == "Work goes on with 'main'."
    assert mine.plan == plan == whole.session.plan and mine.status == "finished"
    assert go_on(mine, answers(tmp_path)).asked == []
    heads = {item["version"]: item["heads"] for item in mine.history() if item["heads"]}
    assert list(heads.values()) == [["b2"], ["main"]]
    assert [item["step"] for item in mine.history() if item["on_line"]] == ["", *made_by(mine)]


def test_a_branch_from_the_raw_rows_begins_anew(mine: Session, tmp_path: Path) -> None:
    before = leavings(mine, tmp_path / "before")
    mine.want("branch")
    made = go_on(mine, answers(tmp_path))
    assert "goal" not in made.asked and "plan:1" in made.asked
    assert leavings(mine, tmp_path / "after") == before
    assert mine.stored.looks("test") == 1, "the same look at the same rows counts once, on whichever branch"


def test_dropping_a_step_is_as_if_it_had_never_been_done(mine: Session, heart: Path, tmp_path: Path) -> None:
    never = Copilot(Settings(data_dir=tmp_path / "never"))
    never.shared = mine.shared
    refused = answers(tmp_path, "otherwise: approve\nsteps:\n- {tool: drop_columns, column: ca, choice: reject}\n")
    other = go_on(never.start([few_patients(heart, tmp_path)], GOAL), refused, at_finish).session
    step, encoding = step_of(mine, "drop_columns", "'ca'"), step_of(mine, "encode_categories")
    later = made_by(mine)[made_by(mine).index(step) + 1 :]
    mine.want("drop-step", step=step)
    made = go_on(mine, answers(tmp_path), at_finish)
    assert made.asked == [f"change:{encoding}:2"], "one column more is to be encoded: that is not the same"
    assert head(mine.stored).id == head(other.stored).id
    assert (mine.plan.get(step).status, made_by(mine)[-len(later) :]) == ("rejected", later)
    kept = next(event for event in mine.stored.events() if event["kind"] == "kept")
    assert (kept["without"], kept["kept"], kept["gone"]) == (step, later, [])
    for name in later[:-1]:
        decision = mine.stored.checkpoint(f"change:{name}:2")
        assert decision is not None and f"(change:{name}:1)" in decision["answer"]["rule"]


def test_a_later_step_that_no_longer_applies_is_named(mine: Session, tmp_path: Path) -> None:
    added = {"tool": "drop_columns", "params": {"columns": ["sex=Male"]}, "challenge": "features/selection"}
    mine.want("plan", add=added)
    go_on(mine, answers(tmp_path), at_finish)
    chosen = mine.plan.applied[-1]
    assert (chosen.tool, chosen.params) == ("drop_columns", {"columns": ["sex=Male"]})
    mine.want("drop-step", step=step_of(mine, "encode_categories"))
    made = go_on(mine, answers(tmp_path), at_finish)
    event = next(event for event in mine.stored.events() if event["kind"] == "kept")
    assert (event["kept"], [item["step"] for item in event["gone"]], made.asked) == ([], [chosen.id], [])
    assert f"{chosen.id} does not apply any more: None of its columns" in event["text"]


def stop_at_plan(checkpoint: Checkpoint) -> bool:
    """Stop where the plan of the training rows is put to the expert."""
    return checkpoint.kind == "plan" and len(checkpoint.detail["steps"]) > 2


@pytest.fixture(scope="module")
def planned(heart: Path, pilots: Callable[[Path], Copilot], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Stopped before the plan of the training rows was approved."""
    folder = tmp_path_factory.mktemp("planned")
    session = pilots(folder).start([few_patients(heart, folder)], GOAL)
    return go_on(session, answers(folder), stop_at_plan)


@pytest.fixture
def open_plan(planned: Made, pilots: Callable[[Path], Copilot], tmp_path: Path) -> Session:
    """The same in a store that may be changed."""
    shutil.copytree(planned.session.store.folder, tmp_path / "store", ignore=shutil.ignore_patterns("*.lock"))
    return pilots(tmp_path).session(planned.session.id)


def test_a_question_is_withdrawn_by_an_edit_and_asked_anew_as_things_stand(open_plan: Session, tmp_path: Path) -> None:
    stale = open_plan.stored.pending()
    assert stale is not None and stale["id"].startswith("plan:")
    gone = open_plan.plan.pending[0].id
    open_plan.want("plan", remove=[gone])
    assert open_plan.stored.pending() is None, "nothing stale may be answered"
    late = Answer(choice="approve").model_dump(mode="json")
    assert open_plan.stored.answer(stale["id"], late, "human") is False
    seen: list[Checkpoint] = []

    def first(checkpoint: Checkpoint) -> bool:
        seen.append(checkpoint)
        return True

    go_on(open_plan, answers(tmp_path), first)
    assert gone not in [step["id"] for step in seen[0].detail["steps"]] and seen[0].kind == "plan"
    new = open_plan.stored.pending()
    assert new is not None and new["id"] != stale["id"]
    withdrawn = open_plan.stored.checkpoint(stale["id"])
    assert withdrawn is not None and withdrawn["withdrawn"] and withdrawn["answer"] is None
    assert stale["id"] not in {item["id"] for item in open_plan.stored.decisions()}, "nobody decided it"


def test_the_plan_can_be_changed_within_the_rules(open_plan: Session, tmp_path: Path) -> None:
    pending = [step.id for step in open_plan.plan.pending]
    encode = next(step.id for step in open_plan.plan.pending if step.tool == "encode_categories")
    impute = next(step.id for step in open_plan.plan.pending if step.tool == "impute")
    refusals: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"order": [encode, impute]}, PlanError, "has to wait for"),
        ({"order": ["S99"]}, PlanError, "still to be done"),
        ({"remove": [open_plan.plan.applied[0].id]}, PlanError, "still to be done"),
        ({"add": {"tool": "missing_values"}}, PlanError, "changes nothing"),
        ({"add": {"tool": "impute", "params": {"nonsense": 1}}}, PlanError, "do not fit: nonsense"),
        ({"params": {impute: {"numeric": 7}}}, PlanError, "do not fit: numeric"),
        ({}, InputError, "Nothing"),
        ({"wish": 1}, InputError, "cannot be read"),
    ]
    for values, error, message in refusals:
        with pytest.raises(error, match=message):
            open_plan.want("plan", **values)
    assert open_plan.stored.edits() == [] and open_plan.stored.pending() is not None, "a refusal changes nothing"
    leak, sparse, *_, useless = (step.id for step in open_plan.plan.pending if step.tool == "drop_columns")
    params = {"columns": ["oldpeak"]}
    added = {"tool": "drop_columns", "params": params, "challenge": "features/uninformative", "before": useless}
    open_plan.want("plan", add=added, params={impute: {"numeric": "median"}})
    assert open_plan.change("plan", remove=[leak]).endswith("taken off the plan.")
    left = [step.id for step in open_plan.plan.pending]
    new = next(step.id for step in open_plan.plan.pending if step.params == params)
    assert sorted(left) == sorted({*pending, new} - {leak}) and left.index(new) == left.index(useless) - 1
    go_on(open_plan, answers(tmp_path), at_finish)
    done = [step.id for step in open_plan.plan.applied]
    assert done.index(new) < done.index(useless), "by itself the taxonomy would have taken the older one first"
    assert sparse in done and open_plan.plan.get(leak).status == "rejected"
    assert open_plan.plan.get(impute).params["numeric"] == "median"
    reasons = [plan["reason"] for plan in open_plan.stored.plans()]
    assert sum(reason.endswith("Changed by the expert.") for reason in reasons) == 2


def test_what_the_expert_tells_unasked_is_done_at_once_as_steps(open_plan: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'chol'"):
        open_plan.want("dictionary", columns={"chool": {"unit": "mg/dL"}})
    with pytest.raises(InputError, match="no row 99999"):
        open_plan.want("review", decisions=[{"do": "drop", "row": 99999}])
    frame = head(open_plan.stored).load()
    first, second, third = (int(row) for row in frame.index[:3])
    planned = [step.id for step in open_plan.plan.pending]
    open_plan.want("dictionary", columns={"chol": {"unit": "mmol/L", "meaning": "serum cholesterol"}})
    decisions = [
        {"do": "correct", "row": first, "column": "trestbps", "value": "121", "why": "As on paper."},
        {"do": "drop", "row": second}, {"do": "keep", "row": third},
    ]  # fmt: skip
    open_plan.want("review", decisions=decisions)
    made = go_on(open_plan, answers(tmp_path), lambda checkpoint: True)
    told, reviewed = open_plan.plan.applied[-2:]
    assert (told.tool, reviewed.tool, made.asked) == ("edit_dictionary", "apply_review", [])
    assert [step.id for step in open_plan.plan.pending][:3] == planned[:3], "what was planned comes after"
    version = head(open_plan.stored)
    assert version.dictionary["chol"].unit == "mmol/L" and version.dictionary["chol"].sources["unit"] == "person"
    expected = frame.drop(index=second).assign(trestbps=frame["trestbps"].where(frame.index != first, 121))
    pd.testing.assert_frame_equal(version.load(), expected.loc[version.load().index], check_dtype=False)
    decision = open_plan.stored.checkpoint(f"change:{reviewed.id}:1")
    assert decision is not None and (decision["expert"], decision["answer"]["choice"]) == ("human", "approve")


def test_before_the_first_version_the_dictionary_itself_is_changed(
    heart: Path, pilots: Callable[[Path], Copilot], tmp_path: Path
) -> None:
    session = pilots(tmp_path).start([few_patients(heart, tmp_path)], GOAL)
    with pytest.raises(InputError, match="not read yet"):
        session.want("dictionary", columns={"cp": {"meaning": "chest pain"}})
    go_on(session, answers(tmp_path), lambda checkpoint: checkpoint.kind == "question")
    asked = session.stored.pending()
    assert asked is not None and "ca" in asked["asked"]["text"].split(", ")
    session.want("dictionary", columns={"ca": {"meaning": "vessels seen", "known_at": "before"}})
    with pytest.raises(PlanError, match="nothing to branch from"):
        session.change("branch")
    go_on(session, answers(tmp_path), lambda checkpoint: checkpoint.kind == "question")
    again = session.stored.pending()
    assert again is not None and again["id"] == asked["id"] and "ca" not in again["asked"]["text"].split(", ")
    go_on(
        session,
        answers(tmp_path, "meanings: {thal: scan of the heart}\n"),
        lambda checkpoint: checkpoint.kind == "plan",
    )
    dictionary = head(session.stored).dictionary
    assert (dictionary["ca"].meaning, dictionary["ca"].known_at) == ("vessels seen", "before")
    assert dictionary["thal"].meaning == "scan of the heart"
