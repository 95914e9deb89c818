"""Branches, edits and withdrawn questions in the store."""

from __future__ import annotations

import pytest

from climbdc.store import STARTED, Cut, SessionStore, Store


@pytest.fixture
def session(store: Store) -> SessionStore:
    """A session with some of everything, on either database."""
    made = store.create("table.csv", {})
    made.put("head", {"version": "v2"})
    made.put("trials/done", {"n": 1})
    made.put("goal", {"target": "died"})
    for number in (1, 2, 3):
        made.put_plan({"steps": [number]}, f"r{number}")
        made.put_attempt(f"S0{number}", 1, "v0", {"n": number})
        made.ask(f"change:S0{number}:1", {"title": str(number)})
        made.add_findings([({"kind": str(number)}, None)], tool="look", screening="first")
        made.say("applied", {"step": f"S0{number}"})
    made.answer("change:S01:1", {"choice": "approve"}, "human")
    made.answer("change:S02:1", {"choice": "approve"}, "human")
    return made


def cut_after_two(session: SessionStore) -> Cut:
    """What led to the second step."""
    keys = {item["id"]: item["key"] for item in session.question_keys()}
    until = session.told_until("applied", step="S02")
    return Cut(
        branch="main", version="v1", revision=2, checkpoint=keys["change:S02:1"], findings=["F001"],
        without=["trials/"], results={"head": {"version": "v1"}, STARTED: {"branch": "main", "until": until}},
    )  # fmt: skip


def test_a_branch_begins_with_what_led_to_it_and_goes_its_own_way(session: SessionStore) -> None:
    session.add_branch("b2", "another try", cut_after_two(session))
    assert session.branch == "b2" and session.need("head") == {"version": "v1"}
    assert (session.get("trials/done"), session.need("goal")) == (None, {"target": "died"})
    assert [plan["revision"] for plan in session.plans()] == [1, 2]
    assert [item["id"] for item in session.decisions(answered=False)] == ["change:S01:1", "change:S02:1"]
    assert [finding["id"] for finding in session.findings()] == ["F001"] and session.attempt("S03", 1, "v0") == {"n": 3}
    assert [event["step"] for event in session.events()] == ["S01", "S02"]
    session.say("applied", {"step": "mine"})
    session.put("goal", {"target": "lived"})
    main = session.on("main")
    assert main.need("goal") == {"target": "died"} and main.need("head") == {"version": "v2"}
    assert [event["step"] for event in main.events()] == ["S01", "S02", "S03"]
    assert [event["step"] for event in session.events()] == ["S01", "S02", "mine"]
    assert [(row["name"], row["title"], row["parent"], row["version"]) for row in session.branch_rows()] == [
        ("main", "", None, None), ("b2", "another try", "main", "v1"),
    ]  # fmt: skip


def test_making_a_branch_again_changes_nothing(session: SessionStore) -> None:
    cut = cut_after_two(session)
    session.add_branch("b2", "once", cut)
    session.put("head", {"version": "v9"})
    session.use_branch("main")
    session.add_branch("b2", "twice", cut)
    assert session.need("head") == {"version": "v9"} and len(session.branch_rows()) == 2
    other = session.on("main")
    other.refresh_branch()
    assert other.branch == "b2", "all who look later see it"


def test_an_edit_withdraws_the_question_until_it_is_asked_anew(session: SessionStore) -> None:
    waiting = session.pending()
    assert waiting is not None and waiting["id"] == "change:S03:1"
    key = session.add_edit("undo", {"step": "S01"}, "ada")
    assert session.pending() is None
    assert session.answer("change:S03:1", {"choice": "approve"}, "human") is False
    assert [item["id"] for item in session.decisions()] == ["change:S01:1", "change:S02:1"]
    stored = session.checkpoint("change:S03:1")
    assert stored is not None and stored["withdrawn"] and stored["answer"] is None
    session.ask("change:S03:1", {"title": "as things are now"})
    asked = session.pending()
    assert asked is not None and asked["asked"] == {"title": "as things are now"} and asked["withdrawn"] is None
    assert session.answer("change:S03:1", {"choice": "approve"}, "human") is True
    session.withdraw("too late")
    kept = session.checkpoint("change:S03:1")
    assert kept is not None and kept["withdrawn"] is None, "what was answered stays answered"
    session.set_edit(key, {"epoch": 3})
    session.end_edit(key, "done", "S01 is undone.")
    [edit] = session.edits()
    assert (edit["status"], edit["person"], edit["state"]) == ("done", "ada", {"epoch": 3, "text": "S01 is undone."})
    assert session.edits("wanted") == []
    assert session.events()[-1]["text"] == "S01 is undone." and session.events()[-1]["kind"] == "edited"


def test_looks_at_the_sealed_rows_count_on_whichever_branch(session: SessionStore) -> None:
    assert session.count_look("test", "v2") == 1
    session.add_branch("b2", "", cut_after_two(session))
    assert session.count_look("test", "v2") == 1
    assert session.count_look("test", "v3") == 2 == session.on("main").looks("test")


def test_versions_are_told_without_what_they_hold(session: SessionStore) -> None:
    session.put_version("v0", None, {"step": None, "frame": "f0"})
    session.put_version("v1", "v0", {"step": {"id": "S01", "tool": "impute"}, "frame": "f1"})
    told = [(row["version"], row["parent"], row["step"]) for row in session.version_steps()]
    assert told == [("v0", None, None), ("v1", "v0", {"id": "S01", "tool": "impute"})]
    assert [event["step"] for event in session.applied_events()] == ["S01", "S02", "S03"]
