"""The automatic expert: takes the taxonomy's defaults and approves what is safe by rule, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from climbdc.agents._pause import Answer, Checkpoint
from climbdc.agents._several import surely
from climbdc.plan import PlannedStep

__all__ = ["AutoExpert"]

CONFIDENT = 0.9
GROUNDS = ("knowledge", "dictionary")


def _sure(step: PlannedStep) -> bool:
    return step.confidence >= CONFIDENCE_OF.get(step.tool, CONFIDENT) or step.backed_by in GROUNDS


CONFIDENCE_OF = {"fix_types": 0.8}
"""A column whose values are read as numbers or dates loses nothing that cannot be read."""


def _rewrite(step: PlannedStep, detail: dict[str, Any]) -> str:
    return f"{step.tool} is sure ({step.confidence:.2f}, {step.backed_by or 'statistics'})" if _sure(step) else ""


def _drop(step: PlannedStep, detail: dict[str, Any]) -> str:
    serious = {finding["severity"] for finding in detail["findings"]} & {"major", "critical"}
    if step.challenge.startswith("leakage/") and serious:
        return "drop a leak found major or critical"
    if step.challenge == "leakage/identifiers" and _sure(step):
        return "drop what only names the row"
    if step.challenge == "privacy/personal-data" and _sure(step):
        return "leave out what names persons"
    if step.challenge == "features/uninformative" and _sure(step):
        return "drop a column that carries nothing, or the same as another"
    return ""


def _duplicates(step: PlannedStep, detail: dict[str, Any]) -> str:
    return "drop exact duplicates" if {finding["kind"] for finding in detail["findings"]} == {"exact"} else ""


def _always(rule: str) -> Callable[[PlannedStep, dict[str, Any]], str]:
    return lambda step, detail: rule


def _measured(step: PlannedStep, detail: dict[str, Any]) -> str:
    """New columns stand where they help on rows they were not made from."""
    for effect in detail["effect"][:1]:
        sign = 1.0 if effect["better"] == "higher" else -1.0
        low = min(sign * effect["low"], sign * effect["high"])
        if surely(sign * effect["change"], low, detail.get("tries", 1)) > 0:
            return f"new columns that were measured to help: {effect['metric']} {sign * effect['change']:+.4f}"
    return ""


RULES: dict[str, Callable[[PlannedStep, dict[str, Any]], str]] = {
    "fix_types": _rewrite,
    "mark_missing": _rewrite,
    "harmonise_categories": _rewrite,
    "correct_implausible": _rewrite,
    "repair_values": _rewrite,
    "convert_units": _rewrite,
    "extract_text_features": _measured,
    "derive_features": _measured,
    "encode_high_cardinality": _always("one number a category, in place of columns that a trial measured to do worse"),
    "drop_columns": _drop,
    "drop_duplicates": _duplicates,
    "drop_missing_target": _always("drop rows without the target"),
    "impute": _always("impute without the target"),
    "split_data": _always("seal a test part"),
    "encode_categories": _always("turn text and dates into numbers"),
}
"""Tool -> the rule by which its change is safe, or an empty text where it is not."""


NOT_DONE = {
    "privacy/personal-data": "what may name persons, and is not sure to, is changed by no rule",
    "features/engineering": "new columns that were not measured to help",
    "structure/free-text": "what the text says was not measured to help",
}
"""Challenge -> why a change that no rule calls safe is not made."""


def _proposed_by_a_model(detail: dict[str, Any]) -> Answer:
    """Approve what only a model proposes where it was measured to help; of several tries each has to help more."""
    if detail["counts"]["dropped_rows"] or detail["counts"]["added_rows"]:
        return Answer(choice="reject", rule="a model's step that takes or makes rows is never done without a person")
    for effect in detail["effect"][:1]:
        sign = 1.0 if effect["better"] == "higher" else -1.0
        low = min(sign * effect["low"], sign * effect["high"])
        gain = sign * effect["change"]
        sure = surely(gain, low, detail.get("tries", 1))
        if sure > 0:
            rule = f"a model's step that was measured to help: {effect['metric']} {gain:+.4f}, at least {sure:+.4f}"
            return Answer(choice="approve", rule=rule)
    return Answer(choice="reject", rule="a model's step that was not measured to help")


class AutoExpert:
    """Approves by rule and says by which; rejects the rest. It never relabels."""

    name = "auto"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The default, except for a change that no rule calls safe."""
        if checkpoint.kind != "change":
            return Answer(choice=checkpoint.default, rule="the default where nobody answers")
        step = PlannedStep.model_validate(checkpoint.detail["step"])
        if step.origin == "model":
            return _proposed_by_a_model(checkpoint.detail)
        rule = RULES.get(step.tool, _always(""))(step, checkpoint.detail)
        if rule:
            return Answer(choice="approve", rule=rule)
        return Answer(choice="reject", rule=NOT_DONE.get(step.challenge, "the rules never do this without a person"))
