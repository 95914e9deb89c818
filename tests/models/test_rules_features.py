"""The rules on new columns: text is read before it is encoded, scores are offered, a trial decides on long lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import climbdc_taxonomy
from climbdc.agents.experts import AutoExpert
from climbdc.models import RulesPolicy, Situation
from climbdc.plan import Plan, PlannedStep, enforce, ordered, validate
from climbdc.registry import registry
from climbdc.sdk import Dictionary, Roles

TAXONOMY = climbdc_taxonomy.load()
COLUMNS = ("id", "age", "crea", "sex", "notes", "code", "died")
FEATURES = [{"name": "egfr", "operation": "egfr", "columns": ["crea", "age", "sex"]}]


def found(number: int, challenge: str, kind: str, tool: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    suggestion = {"tool": tool, "params": params, "why": "Because.", "confidence": 0.5, "backed_by": "rule"}
    return {
        "id": f"F{number:03d}", "challenge": challenge, "kind": kind, "severity": "info", "columns": [], "rows": None,
        "evidence": {}, "suggestions": [suggestion], "tool": "describe_columns", "status": "open",
        "answered_by": None, **more,
    }  # fmt: skip


TEXT = found(1, "structure/free-text", "free-text", "extract_text_features", {"columns": ["notes"]}, severity="minor")
SCORES = found(2, "features/engineering", "derivable", "derive_features", {"features": FEATURES})
LONG = found(
    3, "features/high-cardinality", "many-levels", "encode_high_cardinality", {"columns": ["code"], "group": 3}
)


def situation(plan: Plan | None, *findings: Mapping[str, Any], **more: Any) -> Situation:
    body: dict[str, Any] = {
        "columns": COLUMNS, "roles": Roles(kind="binary", target="died", patient="id"), "dictionary": Dictionary(),
        "taxonomy": TAXONOMY, "tools": registry(), "stage": "train", "rows": 100, **more,
    }  # fmt: skip
    return Situation(plan=plan or Plan(), findings=findings, **body)


def adopted(now: Situation) -> Plan:
    plan = ordered(enforce(now.plan, RulesPolicy().assess(now)), TAXONOMY)
    validate(plan, registry(), TAXONOMY)
    return plan


def told(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(step.tool, step.params.get("columns", [])) for step in plan.pending]


def test_known_mistake_text_encoded_before_it_is_read() -> None:
    """While it waits to be read, no encoding touches it; if a person does not want it read, its words are counted."""
    words = {"notes": "text", "sex": "text"}
    plan = adopted(situation(None, TEXT, unusable=words))
    assert told(plan) == [("extract_text_features", ["notes"]), ("encode_categories", ["sex"])]
    alone = adopted(situation(None, TEXT, unusable={"notes": "text"}))
    assert told(alone) == [("extract_text_features", ["notes"])]
    read = plan.with_status(plan.pending[0].id, "rejected")
    assert told(adopted(situation(read, TEXT, unusable=words))) == [("encode_categories", ["sex", "notes"])]


def test_text_is_not_read_before_the_split_nor_where_it_was_kept_apart() -> None:
    assert [step.tool for step in adopted(situation(None, TEXT, stage="rows")).pending] == ["split_data"]
    apart = Roles(kind="binary", target="died", patient="id", ignored=("notes",))
    assert not adopted(situation(None, TEXT, roles=apart)).pending


def test_scores_are_offered_though_they_answer_no_fault_and_before_their_parts_are_encoded() -> None:
    plan = adopted(situation(None, SCORES, unusable={"sex": "text"}))
    assert [step.tool for step in plan.pending] == ["derive_features", "encode_categories"]
    assert plan.pending[0].params["features"] == FEATURES
    gone = tuple(name for name in COLUMNS if name != "crea")
    assert not adopted(situation(None, SCORES, columns=gone)).pending


def test_a_score_stands_where_nobody_is_asked_only_if_it_was_measured_to_help() -> None:
    step = PlannedStep(
        id="S01", challenge="features/engineering", tool="derive_features", params={"features": FEATURES}
    )
    for low, choice in ((0.001, "approve"), (-0.001, "reject")):
        effect = {
            "metric": "auc",
            "better": "higher",
            "before": 0.7,
            "after": 0.71,
            "change": 0.01,
            "low": low,
            "high": 0.02,
        }
        assert answer(step, [effect]) == choice
    assert answer(step, []) == "reject"


def answer(step: PlannedStep, effect: list[dict[str, Any]]) -> str:
    from climbdc.agents import Checkpoint

    detail = {"step": step.model_dump(mode="json"), "effect": effect, "findings": [], "counts": {}}
    asked = Checkpoint(kind="change", title="A step", options=(), default="reject", detail=detail)
    return AutoExpert().answer(asked, "C001").choice


def test_a_long_list_is_encoded_apart_and_a_trial_puts_one_number_in_its_place() -> None:
    words = {"sex": "text", "code": "text"}
    plan = adopted(situation(None, LONG, unusable=words))
    assert [(step.challenge, *pair) for step, pair in zip(plan.pending, told(plan), strict=True)] == [
        ("features/engineering", "encode_categories", ["sex"]),
        ("features/high-cardinality", "encode_categories", ["code"]),
    ]
    for step in plan.pending:
        plan = plan.with_status(step.id, "applied")
    (trial,) = RulesPolicy().trials(situation(plan, LONG))
    assert trial.instead is not None and trial.instead.tool == "encode_high_cardinality"
    assert trial.instead.params == {"columns": ["code"], "group": 3}


def test_what_a_trial_put_in_place_stays() -> None:
    plan = adopted(situation(None, LONG, unusable={"code": "text"}))
    chosen = plan.pending[0].model_copy(update={"tool": "encode_high_cardinality", "params": {"columns": ["code"]}})
    plan = Plan(steps=(chosen,))
    again = adopted(situation(plan, LONG, unusable={"code": "text"}))
    assert told(again) == [("encode_high_cardinality", ["code"])]
