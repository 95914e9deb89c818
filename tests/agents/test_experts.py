"""Experts: the rules of the automatic one, the answers file, and a person at a terminal."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from climbdc.agents import Answer, Checkpoint, Choice
from climbdc.agents.experts import AutoExpert, FileExpert, TerminalExpert
from climbdc.errors import InputError, Stopped

LEAK, GAPS = "leakage/known-later", "completeness/missing-values"
CHANGE = ("approve", "change", "reject", "stop")


def change(
    tool: str, challenge: str = GAPS, *, findings: list[dict[str, Any]] | None = None, **step: Any
) -> Checkpoint:
    """The question about one change."""
    body = {"id": "S01", "challenge": challenge, "tool": tool, "params": {"columns": ["a"]}, "confidence": 0.5, **step}
    found = [{"severity": "major", "kind": "exact"}] if findings is None else findings
    return Checkpoint(
        kind="change", title="Impute [a]: 3 cells changed", text="Because.", why="It matters.",
        options=tuple(Choice(value=value, label=value) for value in CHANGE), default="approve",
        detail={"step": {"settled": (), **body}, "findings": found, "mappings": []},
    )  # fmt: skip


def goal(default: str = "none") -> Checkpoint:
    """The question about the goal."""
    options = tuple(Choice(value=value, label=value) for value in ("accept", "change", "none"))
    detail = {"questions": ["Is id the patient?"], "targets": [{"column": "died", "because": "Its name says so."}]}
    return Checkpoint(kind="goal", title="What is the goal?", options=options, default=default, detail=detail)


def plan() -> Checkpoint:
    """The question about the plan."""
    rows = [
        {"id": "S01", "challenge": LEAK, "title": "Known later", "tool": "drop_columns", "why": "Leak."},
        {"id": "S02", "challenge": GAPS, "title": "Gaps", "tool": "impute", "why": "Gaps."},
    ]
    options = tuple(Choice(value=value, label=value) for value in ("approve", "change", "stop"))
    return Checkpoint(kind="plan", title="Go on?", options=options, default="approve", detail={"steps": rows})


def auto(checkpoint: Checkpoint) -> Answer:
    """What the automatic expert says."""
    return AutoExpert().answer(checkpoint, "change:S01:1")


REWRITES = ("fix_types", "mark_missing", "harmonise_categories", "correct_implausible")


@pytest.mark.parametrize("tool", REWRITES)
def test_a_rewriting_needs_to_be_sure_or_to_rest_on_knowledge(tool: str) -> None:
    assert auto(change(tool, confidence=0.5)).choice == "reject"
    assert auto(change(tool, confidence=0.95)).choice == "approve"
    for ground in ("knowledge", "dictionary"):
        answer = auto(change(tool, confidence=0.5, backed_by=ground))
        assert answer.choice == "approve" and ground in answer.rule
    assert auto(change(tool, confidence=0.5, backed_by="statistics")).choice == "reject"


def test_types_need_to_be_less_sure_than_values() -> None:
    assert auto(change("fix_types", confidence=0.8)).choice == "approve"
    assert auto(change("mark_missing", confidence=0.89)).choice == "reject"


@pytest.mark.parametrize(
    ("challenge", "severity", "confidence", "choice"),
    [
        (LEAK, "major", 0.5, "approve"),
        (LEAK, "critical", 0.5, "approve"),
        (LEAK, "minor", 1.0, "reject"),
        ("leakage/identifiers", "minor", 0.95, "approve"),
        ("leakage/identifiers", "minor", 0.5, "reject"),
        ("features/uninformative", "minor", 0.95, "approve"),
        ("features/uninformative", "minor", 0.5, "reject"),
        ("completeness/sparse-columns", "critical", 1.0, "reject"),
        ("structure/free-text", "major", 1.0, "reject"),
    ],
)
def test_a_column_is_dropped_only_where_a_rule_says_so(
    challenge: str, severity: str, confidence: float, choice: str
) -> None:
    found = [{"severity": severity, "kind": "x"}]
    answer = auto(change("drop_columns", challenge, findings=found, confidence=confidence))
    assert answer.choice == choice and answer.rule


@pytest.mark.parametrize(
    ("kinds", "choice"), [(["exact"], "approve"), (["exact", "near"], "reject"), (["near"], "reject"), ([], "reject")]
)
def test_only_exact_duplicates_are_dropped(kinds: list[str], choice: str) -> None:
    found = [{"severity": "minor", "kind": kind} for kind in kinds]
    assert auto(change("drop_duplicates", "plausibility/duplicates", findings=found, confidence=1.0)).choice == choice


@pytest.mark.parametrize("tool", ["drop_missing_target", "impute", "split_data", "encode_categories"])
def test_what_is_always_safe_names_its_rule(tool: str) -> None:
    answer = auto(change(tool, confidence=0.1))
    assert answer.choice == "approve" and answer.rule


def test_what_no_rule_knows_is_rejected() -> None:
    assert auto(change("some_foreign_tool", confidence=1.0, backed_by="knowledge")).choice == "reject"


def test_elsewhere_the_default_is_taken() -> None:
    assert auto(goal("none")).choice == "none" and auto(goal("accept")).choice == "accept"
    assert auto(plan()).choice == "approve"


def file(folder: Path, text: str) -> FileExpert:
    """An expert that answers from this text."""
    (folder / "answers.yaml").write_text(text, "utf-8")
    return FileExpert(folder / "answers.yaml")


def test_an_empty_file_answers_as_the_automatic_expert(tmp_path: Path) -> None:
    expert = file(tmp_path, "")
    for checkpoint in (goal(), plan(), change("impute"), change("mark_missing")):
        assert expert.answer(checkpoint, "x") == auto(checkpoint)


def test_a_file_says_goal_timing_and_what_is_left_out(tmp_path: Path) -> None:
    expert = file(tmp_path, f"goal: {{target: died}}\nknown_at: {{dnr: after}}\nwithout: [{LEAK}]\n")
    assert expert.answer(goal(), "goal") == Answer(choice="change", values={"target": "died"})
    assert expert.answer(plan(), "plan:1").values == {"without": ["S01"]}
    timing = Checkpoint(kind="question", title="When?", options=goal().options, default="none")
    assert expert.answer(timing, "timing").values == {"dnr": "after"}


def test_the_first_answer_that_fits_decides(tmp_path: Path) -> None:
    text = (
        "otherwise: reject\nsteps:\n"
        "  - {tool: impute, column: bmi, choice: approve, note: checked}\n"
        f"  - {{tool: impute, challenge: {GAPS}, choice: change, params: {{numeric: median}}}}\n"
        "  - {tool: impute, choice: approve}\n"
        "  - {tool: split_data, choice: stop}\n"
    )
    expert = file(tmp_path, text)
    by_column = expert.answer(change("impute", params={"columns": ["bmi"]}), "x")
    assert (by_column.choice, by_column.note) == ("approve", "checked")
    changed = expert.answer(change("impute"), "x")
    assert (changed.choice, changed.values) == ("change", {"params": {"numeric": "median"}})
    assert expert.answer(change("impute", params={"numeric": "median"}), "x").choice == "approve"
    assert expert.answer(change("impute", settled=("numeric",)), "x").choice == "approve"
    assert expert.answer(change("impute", "evaluation/split"), "x").choice == "approve"
    assert expert.answer(change("mark_missing", confidence=1.0), "x").choice == "reject"
    with pytest.raises(Stopped, match="says to stop"):
        expert.answer(change("split_data"), "x")


def test_a_column_is_fitted_by_its_whole_name(tmp_path: Path) -> None:
    expert = file(tmp_path, "otherwise: reject\nsteps:\n  - {column: age, choice: approve}\n")
    assert expert.answer(change("impute", params={"columns": ["age"]}), "x").choice == "approve"
    assert expert.answer(change("impute", params={"columns": ["stage", "age_2"]}), "x").choice == "reject"


@pytest.mark.parametrize(
    "text", ["otherwise: perhaps", "stepps: []", "steps: [{choice: maybe}]", "- a", "{", "known_at: {a: someday}", "7"]
)
def test_what_is_not_an_answers_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"answers\.yaml is not an answers file") as raised:
        file(tmp_path, text)
    assert raised.value.code == "bad-answers"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        FileExpert(tmp_path / "gone.yaml")
    (tmp_path / "latin.yaml").write_bytes("note: für".encode("latin-1"))
    with pytest.raises(InputError, match="not an answers file"):
        FileExpert(tmp_path / "latin.yaml")


def typed(monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint, *lines: str) -> tuple[Answer, str]:
    """What comes of typing these lines, and what was on the screen."""
    screen = io.StringIO()
    console = Console(file=screen, width=200, force_terminal=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return TerminalExpert(console).answer(checkpoint, "x"), screen.getvalue()


def test_enter_takes_what_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, change("impute"), "")
    assert answer == Answer(choice="approve")
    assert "Impute [a]: 3 cells changed" in screen, "a name in brackets is shown as it is"
    assert screen.index("approve") < screen.index("reject")


@pytest.mark.parametrize(
    ("said", "choice"), [("reject", "reject"), ("REJ", "reject"), ("n", "reject"), ("y", "approve"), ("a", "approve")]
)
def test_an_answer_may_be_short(monkeypatch: pytest.MonkeyPatch, said: str, choice: str) -> None:
    assert typed(monkeypatch, change("impute"), said)[0].choice == choice


def test_why_and_show_explain_and_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, change("impute"), "why", "show me", "reject")
    assert answer.choice == "reject" and "It matters." in screen and "impute" in screen


def test_nonsense_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, change("impute"), "perhaps [bold]", "x", "reject")
    assert answer.choice == "reject" and "did not understand 'perhaps [bold]'" in screen


@pytest.mark.parametrize("said", ["stop", "quit", "q", "STOP"])
def test_stop_stops(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    with pytest.raises(Stopped, match="as you asked") as raised:
        typed(monkeypatch, change("impute"), said)
    assert "resume" in raised.value.fix


def test_no_is_not_an_answer_to_a_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, goal("accept"), "no", "none")
    assert answer.choice in {"none"} and "perhaps died" in screen and "Is id the patient?" in screen


def test_values_are_edited_as_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, change("impute"), "change", "[1, 2", "nonsense", "{columns: [a, b]}")
    assert answer == Answer(choice="change", values={"params": {"columns": ["a", "b"]}})
    assert screen.count("not of the form wanted") == 2
    assert typed(monkeypatch, goal(), "change", "{target: died}")[0].values == {"target": "died"}


def test_steps_are_left_out_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, screen = typed(monkeypatch, plan(), "change", "{without: [S02]}")
    assert answer == Answer(choice="approve", values={"without": ["S02"]})
    assert "S01 Known later (drop_columns)" in screen


def test_the_end_of_the_input_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed terminal is nobody's approval."""
    with pytest.raises(Stopped):
        typed(monkeypatch, change("impute"))


def _proposed(change: float, low: float, high: float, *, tries: int = 1, dropped: int = 0) -> Checkpoint:
    step = {"id": "S09", "challenge": "features/engineering", "tool": "impute", "origin": "model"}
    effect = {"metric": "AUC", "change": change, "low": low, "high": high, "better": "higher"}
    detail = {
        "step": step, "findings": [], "counts": {"dropped_rows": dropped, "added_rows": 0}, "effect": [effect],
        "tries": tries,
    }  # fmt: skip
    return Checkpoint(kind="change", title="", options=(), default="approve", detail=detail)


def test_auto_approves_of_a_models_steps_only_what_was_measured_to_help() -> None:
    auto = AutoExpert()
    assert auto.answer(_proposed(0.02, 0.005, 0.035), "x").choice == "approve"
    assert auto.answer(_proposed(0.02, -0.001, 0.041), "x").choice == "reject"
    assert auto.answer(_proposed(0.02, 0.005, 0.035, dropped=1), "x").choice == "reject"
    assert auto.answer(_proposed(0.02, 0.005, 0.035, tries=12), "x").choice == "reject", "the best of twelve"
    lower = _proposed(-0.02, -0.035, -0.005)
    lower.detail["effect"][0]["better"] = "lower"
    assert auto.answer(lower, "x").choice == "approve"
    lower.detail["effect"] = []
    assert auto.answer(lower, "x").choice == "reject"
