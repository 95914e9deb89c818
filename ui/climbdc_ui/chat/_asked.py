"""Forms of the questions about goal and columns: their fields, and what was typed as the values of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from climbdc.agents import Checkpoint
from climbdc_ui.chat._leaves import Leaf
from climbdc_ui.chat._reading import NotRead, read_leaf
from climbdc_ui.chat._wording import words

__all__ = ["MOST_ROWS", "ColumnRow", "about_columns", "column_rows", "goal_leaves", "read_goal", "read_rows"]

GOAL_COLUMNS = ("target", "event", "time", "id", "visit_time", "group")
ROLE_OF = {"id": "patient", "time": "duration"}
MOST_ROWS = 100
LONGEST = 300


def goal_leaves(checkpoint: Checkpoint) -> list[Leaf]:
    """The fields of the goal as it is proposed."""
    detail = checkpoint.detail
    goal, roles, labels = detail["goal"], detail["roles"], words()["goal"]
    found = [
        Leaf(f"g-{name}", (name,), "column", labels[name], value=_proposed(name, goal, roles), optional=True)
        for name in GOAL_COLUMNS
    ]
    tasks = tuple((value, text) for value, text in words()["tasks"].items())
    task = Leaf("g-task", ("task",), "select", labels["task"], value=goal.get("task"), options=tasks, optional=True)
    return [found[0], task, *found[1:]]


def _proposed(name: str, goal: Mapping[str, Any], roles: Mapping[str, Any]) -> str | None:
    return goal.get(name) or roles.get(ROLE_OF.get(name, name)) or None


def read_goal(checkpoint: Checkpoint, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that differ from what was proposed, an emptied one as None, and what is wrong with which."""
    changed: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for leaf in goal_leaves(checkpoint):
        if leaf.name not in values:
            continue
        try:
            new = read_leaf(leaf, values, checkpoint.detail["columns"])
        except NotRead as error:
            errors[leaf.name] = str(error)
            continue
        if (new or None) != (leaf.value or None):
            changed[leaf.path[0]] = new or None
    if changed.get("task") in {"classification", "regression"} and not _target(checkpoint, changed):
        errors.setdefault("g-target", "Say which column is to be predicted.")
    return changed, errors


def _target(checkpoint: Checkpoint, changed: Mapping[str, Any]) -> Any:
    return changed["target"] if "target" in changed else checkpoint.detail["goal"].get("target")


def about_columns(checkpoint: Checkpoint) -> bool:
    """Whether a question has columns to be filled in; others are answered by a button or in one's own words."""
    return checkpoint.kind == "question" and "columns" in checkpoint.detail


class ColumnRow:
    """One column a question is about, with what is said of it so far.

    Args:
        number: Its place.
        item: As stored with the question.
        typed: What stands in the form already.
    """

    def __init__(self, number: int, item: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        self.number = number
        self.column = str(item["column"])
        self.because = str(item.get("because") or "")
        self.timing = "because" in item
        self.type = words()["types"].get(str(item.get("type")), "")
        self.known_meaning = str(item.get("meaning") or "")
        idea = item.get("idea") or {}
        because = str(idea.get("because") or "")[:LONGEST].strip().rstrip(".")
        self.idea_because = because[:1].upper() + because[1:]
        self.proposed = any(idea.get(field) not in {None, "", "unknown"} for field in ("meaning", "unit", "known_at"))
        begins = {field: str(idea.get(field) or "") for field in ("meaning", "unit", "known_at")} if not typed else {}
        self.meaning = str(typed.get(f"m-{number}", begins.get("meaning", "")))
        self.unit = str(typed.get(f"u-{number}", begins.get("unit", "")))
        when = "after" if self.timing else begins.get("known_at", "")
        self.known_at = str(typed.get(f"k-{number}", "" if when == "unknown" else when))


def column_rows(checkpoint: Checkpoint, typed: Mapping[str, Any]) -> list[ColumnRow]:
    """The columns in question, as many as a form can hold."""
    return [ColumnRow(number, item, typed) for number, item in enumerate(checkpoint.detail["columns"][:MOST_ROWS])]


def read_rows(checkpoint: Checkpoint, values: Mapping[str, Any]) -> dict[str, Any]:
    """Per column what was told: when it is known, or its meaning, unit and when."""
    found: dict[str, Any] = {}
    for row in column_rows(checkpoint, values):
        when = row.known_at if row.known_at in words()["known_at"] else ""
        if row.timing:
            found |= {row.column: when} if when else {}
            continue
        said = {"meaning": row.meaning.strip()[:LONGEST], "unit": row.unit.strip()[:LONGEST], "known_at": when}
        told = {key: text for key, text in said.items() if text and text != "unknown"}
        found |= {row.column: told} if told else {}
    return found
