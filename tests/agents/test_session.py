"""A session on the heart data: every verdict and a backtrack for a reason; data, plan and recipe go back together."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint, head, held_out, load_version
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.data import read
from climbdc.errors import InputError, PlanError
from climbdc.plan import Plan
from climbdc.sdk import Goal
from climbdc.settings import Settings

from .conftest import SEVERITY, Made, answers, at_finish, go_on, leavings, make


def copied(made: Made, folder: Path) -> Session:
    """The same session in a store that may be changed."""
    shutil.copytree(made.session.store.folder, folder / "store", ignore=shutil.ignore_patterns("*.lock"))
    return Copilot(Settings(data_dir=folder / "store")).session(made.session.id)


def chain(session: Session) -> list[str]:
    """The steps that lead to the newest version."""
    return [body["step"]["id"] for _, body in session.stored.lineage(head(session.stored).id) if body["step"]]


def plan_at(made: Made, revision: int) -> Plan:
    """A revision of the plan."""
    return Plan.model_validate(made.session.stored.plans()[revision - 1]["plan"])


def test_every_kind_of_verdict_is_given(severity: Made) -> None:
    assert {verdict["verdict"] for verdict in severity.verdicts} == {"keep", "replace", "remove", "insert_before"}
    assert all(verdict["reason"] for verdict in severity.verdicts)


def test_a_leak_that_turns_up_late_is_inserted_before(severity: Made) -> None:
    """Once zeros are gaps, that cholesterol is missing tells the outcome: nobody could see it before."""
    (verdict,) = (item for item in severity.verdicts if item["verdict"] == "insert_before")
    assert verdict["new"]["challenge"] == "leakage/missingness-leak" and verdict["new"]["params"]["columns"] == ["chol"]
    before, after = plan_at(severity, verdict["revision"] - 1), plan_at(severity, verdict["revision"])
    marked = [step for step in before.applied if step.tool == "mark_missing"]
    assert "chol" in marked[0].params["codes"]
    assert "leakage/missingness-leak:chol" not in {f"{s.challenge}:{','.join(s.params['columns'])}"
                                                   for s in before.steps if "columns" in s.params}  # fmt: skip
    ids = [step.id for step in after.pending]
    new = next(step for step in after.pending if step.params.get("columns") == ["chol"])
    assert ids.index(new.id) < ids.index(verdict["step"]) and new.id not in {step.id for step in before.steps}


def test_what_was_dropped_is_replaced_in_later_steps(severity: Made) -> None:
    replaced = [item for item in severity.verdicts if item["verdict"] == "replace"]
    assert any("without ca, thal" in item["reason"] for item in replaced)
    assert any("also ca, thal" in item["reason"] for item in replaced), "after the backtrack they are back"
    for item in replaced:
        assert plan_at(severity, item["revision"]).get(item["step"]).params == item["new"]["params"]


def test_a_trial_takes_a_step_back_and_it_is_not_done_again(severity: Made) -> None:
    stored = severity.session.stored
    (back,) = (plan for plan in stored.plans() if plan["assessment"] and plan["assessment"]["backtrack"])
    undone = back["assessment"]["backtrack"]["before_step"]
    step = severity.session.plan.get(undone)
    assert (step.challenge, step.status) == ("completeness/sparse-columns", "undone")
    gains = [item for item in stored.need("metrics")["trials"] if item["trial"]["step"] == undone]
    assert [item["low"] > 0 for item in gains] == [True] and f"{gains[0]['gain']:+.4f}" in step.reason
    kept = set(severity.session.dataset.train.columns)
    assert "ca" in kept and any(name.startswith("thal") for name in kept)
    again = [item for item in severity.session.plan.applied if item.challenge == "completeness/sparse-columns"]
    assert not again and severity.told.count("backtracked") == 1


def test_data_plan_and_recipe_agree(severity: Made) -> None:
    session = severity.session
    applied = [step.id for step in session.plan.applied]
    assert chain(session) == applied == [item.step.id for item in session.recipe.steps]
    assert not session.plan.pending
    versions = [load_version(session.stored, name) for name, _ in session.stored.lineage(head(session.stored).id)]
    assert [version.step.tool for version in versions[1:] if version.step] == [s.tool for s in session.plan.applied]
    for before, after in pairwise(versions):
        assert after.parent == before.id


def test_every_change_was_approved_by_someone(severity: Made) -> None:
    answered = {item["id"]: item for item in severity.session.stored.decisions()}
    for step in severity.session.plan.applied:
        decision = answered[f"change:{step.id}:{step.attempt}"]
        assert decision["answer"]["choice"] == "approve" and decision["expert"] == "file"
    assert len(severity.asked) == len(set(severity.asked)), "nobody is asked twice"
    assert set(severity.asked) == set(answered)


def test_the_test_part_is_looked_at_once_and_counted(severity: Made) -> None:
    test = severity.session.stored.need("metrics")["test"]
    assert test["looks"] == 1 and test["failed"] == "" and test["rows"] == 184
    assert {metric["name"] for metric in test["metrics"]}


def test_the_recipe_treats_the_held_out_rows_as_the_session_did(severity: Made) -> None:
    raw = held_out(severity.session.stored)
    stored = severity.session.dataset.test
    assert raw is not None and stored is not None
    assert not raw.index.isin(severity.session.dataset.train.index).any()
    pd.testing.assert_frame_equal(severity.session.recipe.apply(raw).frame, stored)


def test_the_recipe_names_neither_path_nor_session(severity: Made, heart: Path, tmp_path: Path) -> None:
    severity.session.recipe.save(tmp_path / "recipe.json")
    text = (tmp_path / "recipe.json").read_text("utf-8")
    folder = severity.session.store.folder
    for secret in (severity.session.id, str(folder), folder.parent.name, str(heart.parent)):
        assert secret not in text


def test_the_raw_file_and_every_version_are_kept(severity: Made, heart: Path) -> None:
    stored = severity.session.stored
    root = stored.lineage(head(stored).id)[0][1]
    pd.testing.assert_frame_equal(stored.objects.frame(root["frame"]), read([heart]).frame)


def test_running_a_finished_session_changes_nothing(severity: Made, tmp_path: Path) -> None:
    session = copied(severity, tmp_path)
    before = session.stored.plans()
    again = go_on(session, AutoExpert())
    assert again.asked == [] and again.told == [] and session.stored.plans() == before
    assert session.status == "finished"


def test_undo_restores_data_plan_and_recipe_and_the_run_goes_on(severity: Made, tmp_path: Path) -> None:
    session = copied(severity, tmp_path)
    applied = severity.session.plan.applied
    impute = next(step for step in applied if step.tool == "impute")
    at = applied.index(impute)
    lineage = session.stored.lineage(head(session.stored).id)
    session.undo(impute.id)
    assert head(session.stored).id == lineage[at][0]
    assert chain(session) == [step.id for step in applied[:at]] == [item.step.id for item in session.recipe.steps]
    assert session.plan.get(impute.id).status == "rejected" and session.status == "stopped"
    assert {step.id for step in session.plan.pending} == {step.id for step in applied[at + 1 :]}
    again = go_on(session, answers(tmp_path), at_finish)
    assert not {"goal", "plan:1"} & set(again.asked) and not set(again.asked) & set(severity.asked)
    assert impute.id not in chain(session)
    assert session.dataset.train.isna().any().any(), "gaps that were filled are gaps again"


def test_undo_of_a_finished_session_does_no_other_step_again(severity: Made, tmp_path: Path) -> None:
    """What the last screening found is no news to the coordinator: it asks for nothing that was settled before."""
    session = copied(severity, tmp_path)
    assert any(finding["screening"] == "last" for finding in session.findings)
    last = session.plan.applied[-1]
    session.undo(last.id)
    assert session.stored.get("metrics") is None and session.dataset.test is None
    again = go_on(session, answers(tmp_path), at_finish)
    assert [name for name in again.asked if name.startswith("change:")] == []
    assert session.plan.applied == severity.session.plan.applied[:-1]


def test_only_what_was_applied_can_be_undone(severity: Made, tmp_path: Path) -> None:
    session = copied(severity, tmp_path)
    undone = next(step.id for step in session.plan.steps if step.status == "undone")
    for name in (undone, "S99"):
        with pytest.raises(PlanError, match="not an applied step"):
            session.undo(name)
    assert leavings(session, tmp_path / "a") == leavings(severity.session, tmp_path / "b")


def test_an_undo_cut_short_is_taken_up_by_the_next_run(
    severity: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = copied(severity, tmp_path)
    last = session.plan.applied[-1].id

    def killed(*anything: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("climbdc.agents._timeline_steps.save_plan", killed)
        with pytest.raises(SystemExit):
            session.undo(last)
    assert last in {step.id for step in session.plan.applied} and last not in chain(session)
    go_on(session, answers(tmp_path), at_finish)
    assert session.plan.get(last).status == "rejected" and last not in chain(session)


def test_what_test_rows_hold_changes_nothing_of_train(severity: Made, heart: Path, tmp_path: Path) -> None:
    """The features of held-out patients change places; train rows, fitted state and plan are the same to the byte."""
    raw = pd.read_csv(heart, dtype=str, keep_default_na=False)
    features = [name for name in raw.columns if name not in {"id", "num"}]
    sealed = held_out(severity.session.stored)
    assert sealed is not None
    twins = raw.duplicated([*features, "num"], keep=False)
    rows = sealed.index[~twins.loc[sealed.index]]
    raw.loc[rows, features] = raw.loc[rows[::-1], features].to_numpy()
    raw.to_csv(tmp_path / heart.name, index=False)
    other = make(tmp_path, tmp_path / heart.name, SEVERITY, stop_at=at_finish).session
    mine, theirs = (
        [body for _, body in session.stored.lineage(head(session.stored).id)] for session in (severity.session, other)
    )
    sealing = next(n for n, body in enumerate(mine) if body["step"] and body["step"]["tool"] == "split_data")
    assert mine[0]["frame"] != theirs[0]["frame"] and len(rows) > 150
    for one, two in zip(mine[sealing:], theirs[sealing:], strict=True):
        for part in ("step", "state", "state_tables", "blobs", "frame", "dictionary"):
            assert one[part] == two[part], f"{part} of {one['step']['id']}"


def test_the_target_is_never_imputed(heart: Path, tmp_path: Path) -> None:
    """The number of narrowed vessels is missing for two thirds of the patients: those leave, none is made up."""
    made = make(tmp_path, heart, Goal(target="ca"), stop_at=at_finish)
    train = made.session.dataset.train
    known = read([heart]).frame["ca"]
    assert train["ca"].notna().all() and (train["ca"] == known.loc[train.index]).all()
    assert 200 < len(train) <= known.notna().sum()
    for item in made.session.recipe.steps:
        if item.step.tool == "impute":
            assert "ca" not in str(item.step.params["columns"]).replace("'", " ").split()
            assert "'ca'" not in str(item.state)


def test_visits_of_one_patient_are_never_on_both_sides(bench_data: Path, tmp_path: Path) -> None:
    """With the visits kept as rows, whole patients are sealed."""
    text = "otherwise: approve\nsteps:\n  - {tool: aggregate_visits, choice: reject}\n"
    made = make(
        tmp_path, bench_data / "clinical" / "pbc2.csv", Goal(target="status2", id="id"), answers(tmp_path, text),
        stop_at=lambda checkpoint: checkpoint.detail.get("step", {}).get("tool", "") == "drop_columns",
    )  # fmt: skip
    sealed, train = held_out(made.session.stored), made.session.dataset.train
    assert sealed is not None and len(sealed) + len(train) == 1945
    assert not set(sealed["id"]) & set(train["id"])
    assert 0.1 < sealed["id"].nunique() / 312 < 0.3


def test_an_expert_that_says_no_leaves_everything_as_it_was(heart: Path, tmp_path: Path) -> None:
    made = make(tmp_path, heart, SEVERITY, answers(tmp_path, "otherwise: reject\n"), stop_at=at_finish)
    session = made.session
    pd.testing.assert_frame_equal(session.dataset.train, read([heart]).frame)
    assert session.recipe.steps == () and chain(session) == []
    assert {step.status for step in session.plan.steps} <= {"rejected", "not-applicable", "removed"}
    assert "applied" not in made.told and [f for f in session.findings if f["status"] == "open"]


class Says:
    """An expert with one answer for everything."""

    name = "simulated"

    def __init__(self, answer: Answer) -> None:
        self.said = answer

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The answer."""
        return self.said


@pytest.mark.parametrize("choice", ["perhaps", "", "approve", "APPROVE; DROP"])
def test_an_answer_that_is_no_option_is_refused(heart: Path, tmp_path: Path, choice: str) -> None:
    session = Copilot(Settings(data_dir=tmp_path)).start([heart], SEVERITY)
    with pytest.raises(PlanError, match="not an answer to") as raised:
        list(session.run(Says(Answer(choice=choice))))
    assert raised.value.code == "bad-answer"
    waiting = session.stored.pending()
    assert waiting is not None and waiting["id"] == "goal" and session.stored.get("head") is None


@pytest.mark.parametrize("values", [{"target": "nmu"}, {"traget": "num"}, {"target": 7}])
def test_a_goal_that_never_fits_ends_the_session(heart: Path, tmp_path: Path, values: dict[str, Any]) -> None:
    session = Copilot(Settings(data_dir=tmp_path)).start([heart], SEVERITY)
    with pytest.raises(InputError):
        list(session.run(Says(Answer(choice="change", values=values))))
    assert session.status == "failed" and len(session.stored.decisions()) <= 3


@pytest.mark.full
def test_a_step_may_be_edited_and_the_edit_outlasts_revisions(heart: Path, tmp_path: Path) -> None:
    """A column that is not there any more does not make the file ask for its change for ever."""
    text = (
        "otherwise: approve\nsteps:\n"
        "  - {tool: impute, choice: change, params: {columns: [trestbps, oldpeak, nowhere]}}\n"
        "  - {challenge: completeness/sparse-columns, choice: reject}\n"
    )
    made = make(tmp_path, heart, SEVERITY, answers(tmp_path, text), stop_at=at_finish)
    step = next(step for step in made.session.plan.steps if step.tool == "impute")
    assert step.status == "applied" and step.params["columns"] == ["trestbps", "oldpeak"]
    train = made.session.dataset.train
    assert train[["trestbps", "oldpeak"]].notna().all().all() and train["ca"].isna().any()
    assert [name for name in made.asked if name.startswith(f"change:{step.id}:")] == [
        f"change:{step.id}:1", f"change:{step.id}:2",
    ]  # fmt: skip
