"""Plans, tools and trials as a model sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from climbdc.plan import Plan, PlannedStep
from climbdc.privacy._evidence import told_params
from climbdc.privacy._numbers import significant
from climbdc.registry import RegisteredTool, Registry, title

__all__ = ["Plans"]

_COLUMNS = 8
_TEXT = 160


class Plans:
    """Releases what is planned and what it could be planned with; never a param that may hold a value."""

    def __init__(
        self, tools: Registry, columns: Callable[[], frozenset[str]], shown: Callable[[str], str],
        words: Callable[[str, int], str], said: Callable[[str, int], str],
    ) -> None:  # fmt: skip
        self.tools = tools
        self.columns = columns
        self.shown = shown
        self.words = words
        self.said = said

    def step(self, step: PlannedStep) -> dict[str, Any]:
        """What is told of a step."""
        return {
            "id": step.id, "tool": step.tool, "challenge": step.challenge, "status": step.status,
            "columns": self._columns_of(step.params), "params": self._params(step),
            "answers": [name for name in step.answers if re.fullmatch(r"F\d{1,6}", name)],
            "why": self.words(step.why, _TEXT), "reason": self.words(step.reason, _TEXT),
            "doubt": self.said(step.doubt, _TEXT), "origin": "" if step.origin == "rules" else step.origin,
        }  # fmt: skip

    def done(self, plan: Plan) -> list[dict[str, Any]]:
        """All steps, the finished ones in short."""
        short = ("id", "tool", "status", "columns", "reason")
        lines = [self.step(step) for step in plan.steps]
        return [line if line["status"] == "pending" else {key: line[key] for key in short} for line in lines]

    def tool(self, name: str, *, params: bool) -> dict[str, Any]:
        """What a tool is for, and its params."""
        tool = self.tools[name]
        line: dict[str, Any] = {
            "name": name, "kind": tool.spec.kind, "does": self._does(tool),
            "addresses": list(tool.spec.addresses) if tool.origin == "built-in" else [],
            "rows": "" if tool.spec.rows == "keep" else tool.spec.rows,
        }  # fmt: skip
        return line | ({"params": self._schema(tool)} if params else {})

    def trial(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a trial measured."""
        trial = told.get("trial", told)
        instead = trial.get("instead")
        return {
            "step": self.words(str(trial.get("step", "")), 20), "why": self.words(str(trial.get("why", "")), _TEXT),
            "instead": self.words(str(instead.get("tool", "")), 60) if isinstance(instead, Mapping) else "",
            "metric": self.words(str(told.get("metric", "")), 40),
            **{key: significant(float(told[key]), 3) for key in ("gain", "low", "high") if _is_number(told.get(key))},
        }  # fmt: skip

    def _does(self, tool: RegisteredTool) -> str:
        if tool.origin == "built-in":
            return title(tool.spec.name)
        return self.words(tool.spec.doc.split("\n")[0], 120)

    def _schema(self, tool: RegisteredTool) -> Any:
        built_in = tool.origin == "built-in"
        told = _pruned(
            {key: tool.spec.schema[key] for key in ("properties", "required", "$defs") if key in tool.spec.schema}
        )
        return told if built_in else _each_text(told, lambda text: self.words(text, 200))

    def _columns_of(self, params: Mapping[str, Any]) -> list[str]:
        known = self.columns()
        named = [name for value in params.values() for name in _names_in(value) if name in known]
        shown = [self.shown(name) for name in dict.fromkeys(named)]
        return shown[:_COLUMNS] + ([f"and {len(shown) - _COLUMNS} more"] if len(shown) > _COLUMNS else [])

    def _params(self, step: PlannedStep) -> dict[str, Any]:
        if step.tool not in self.tools:
            return {}
        properties = self.tools[step.tool].spec.schema.get("properties", {})
        known = {key: value for key, value in step.params.items() if key in properties}
        own = {key: value for key, value in known.items() if value != properties[key].get("default")}
        return {key: value for key, value in own.items() if self._may_tell(key, value, properties[key])}

    def _may_tell(self, key: str, value: Any, schema: Mapping[str, Any]) -> bool:
        if isinstance(value, bool):
            return True
        if key not in told_params():
            return False
        if isinstance(value, str):
            return value in schema.get("enum", ())
        if isinstance(value, list):
            listed = schema.get("items", {}).get("enum", ())
            return all(item in listed for item in value)
        return _is_number(value)


def _names_in(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pruned(schema: Any) -> Any:
    """A schema without titles and the like."""
    if isinstance(schema, list):
        return [_pruned(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {key: _pruned(value) for key, value in schema.items() if key not in {"title", "examples", "format"}}


def _each_text(value: Any, words: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return words(value)
    if isinstance(value, list):
        return [_each_text(item, words) for item in value]
    return {words(key): _each_text(item, words) for key, item in value.items()} if isinstance(value, Mapping) else value
