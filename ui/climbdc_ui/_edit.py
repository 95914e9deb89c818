"""Values that a person edits in a text box: what stands there first, and whether what they wrote can be used."""

from __future__ import annotations

from typing import Any

import yaml

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import edited_answer, example_of
from climbdc.errors import InputError
from climbdc.registry import registry

__all__ = ["checked", "prefilled"]


def prefilled(checkpoint: Checkpoint) -> str:
    """What is so far, as YAML to be edited."""
    return yaml.safe_dump(_values(checkpoint), sort_keys=False, allow_unicode=True, width=100).strip()


def _values(checkpoint: Checkpoint) -> dict[str, Any]:
    detail = checkpoint.detail
    if checkpoint.kind == "goal":
        said = {key: value for key, value in detail["goal"].items() if value}
        return {"target": None, **said}
    if checkpoint.kind == "question":
        return {item["column"]: "after" if "because" in item else "" for item in detail["columns"]}
    if checkpoint.kind == "plan":
        return {"without": []}
    return dict(detail["step"]["params"]) if checkpoint.kind == "change" else {}


def checked(checkpoint: Checkpoint, said: str) -> Answer:
    """The answer meant by edited values.

    Raises:
        InputError: They are not of the form wanted, or name what is not there.
        PlanError: They are not params of the step's tool.
    """
    answer = edited_answer(checkpoint, said)
    values = {key: value for key, value in answer.values.items() if value not in ("", None)}
    if checkpoint.kind == "change":
        step = checkpoint.detail["step"]
        registry().check(step["tool"], {**step["params"], **values["params"]})
    if checkpoint.kind == "question":
        _known(set(values), {item["column"] for item in checkpoint.detail["columns"]}, "column", checkpoint)
    if checkpoint.kind == "plan":
        without = values.get("without", [])
        steps = {step["id"] for step in checkpoint.detail["steps"]}
        _known(set(map(str, without)) if isinstance(without, list) else {str(without)}, steps, "step", checkpoint)
    return answer.model_copy(update={"values": values})


def _known(named: set[str], there: set[str], what: str, checkpoint: Checkpoint) -> None:
    strange = sorted(named - there)
    if strange:
        raise InputError(f"There is no {what} {strange[0]!r} here.", fix=example_of(checkpoint), code="bad-values")
