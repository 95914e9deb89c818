"""Running steps: fit on train, apply to any frame, refit a whole recipe inside a fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from climbdc.data import canonical
from climbdc.describe import column_from
from climbdc.errors import ToolError
from climbdc.recipe._state import PackedState, pack, unpack
from climbdc.registry import Registry
from climbdc.sdk import Dataset, Dictionary, NotApplicable, Roles, State, Tool, Transform

__all__ = ["Fitted", "Part", "StepSpec", "apply_step", "fit_step", "refit"]

Part = Literal["train", "new"]


class StepSpec(BaseModel):
    """A step to run: tool, params, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    tool: str
    params: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    answers: tuple[str, ...] = ()
    """Ids of the findings it answers."""


class Fitted(NamedTuple):
    """A step that was fitted and applied to the rows it was fitted on."""

    data: Dataset
    state: State
    packed: PackedState
    lineage: pd.DataFrame | None


def _transform(registry: Registry, step: StepSpec) -> Transform[Any]:
    tool: Tool[Any] = registry.create(step.tool, step.params)
    if not isinstance(tool, Transform):
        raise ToolError(f"{step.tool!r} looks but does not change anything.", code="not-a-transform")
    return tool


def _checked(tool: Transform[Any], before: pd.DataFrame, after: pd.DataFrame, roles: Roles, part: Part) -> pd.DataFrame:
    """The output in canonical form; refuses what the tool's declaration forbids."""
    after = canonical(after)
    name = tool.spec.name
    if tool.spec.rows == "keep" and not after.index.equals(before.index):
        raise ToolError(f"{name!r} says that it keeps all rows, but rows changed.", code="rows-changed")
    if tool.spec.rows == "train-only" and not after.index.isin(before.index).all() and part == "new":
        raise ToolError(f"{name!r} made rows on new data.", code="rows-changed")
    lost = [column for column in roles.outcomes if column in before.columns and column not in after.columns]
    if lost:
        raise ToolError(f"{name!r} removed the outcome column {lost[0]!r}.", code="outcome-removed")
    return after


def _described(tool: Transform[Any], data: Dataset, frame: pd.DataFrame, state: State) -> Dictionary:
    """The dictionary after a step: entries of the tool, and a plain one for any column left undescribed."""
    dictionary = data.dictionary.replace(*tool.describe(data, frame, state))
    names = [str(name) for name in frame.columns]
    new = [column_from(name, frame[name]) for name in names if name not in dictionary]
    return dictionary.replace(*new).restrict(names)


def _learnt(tool: Transform[Any], data: Dataset) -> tuple[pd.DataFrame | None, State]:
    """What a tool learns; with the training rows treated where it cross-fits them, as it must if it uses the target."""
    crossed: Callable[[Dataset], tuple[pd.DataFrame, State]] | None = getattr(tool, "fit_apply", None)
    return (None, tool.fit(data)) if crossed is None else crossed(data)


def fit_step(registry: Registry, data: Dataset, step: StepSpec) -> Fitted:
    """Fit a step on train rows and treat them.

    Raises:
        NotApplicable: There is nothing for it to do.
        ToolError: It broke a rule of its declaration.
    """
    tool = _transform(registry, step)
    data = replace(data, test=None, audit=None)
    treated_train, learnt = _learnt(tool, data)
    packed = pack(learnt)
    state = unpack(packed)
    frame = tool.apply(data.train, state, data.roles) if treated_train is None else treated_train
    frame = _checked(tool, data.train, frame, data.roles, "train")
    lineage = tool.lineage(data.train, state, data.roles)
    treated = replace(data, train=frame, dictionary=_described(tool, data, frame, state))
    return Fitted(treated, state, packed, lineage)


def apply_step(
    registry: Registry, frame: pd.DataFrame, step: StepSpec, state: State, roles: Roles, part: Part
) -> pd.DataFrame:
    """Treat a frame with fitted state; steps on train rows only pass new data by."""
    tool = _transform(registry, step)
    if part == "new" and tool.spec.rows == "train-only":
        return frame
    return _checked(tool, frame, tool.apply(frame, state, roles), roles, part)


def refit(
    registry: Registry, data: Dataset, steps: Sequence[StepSpec], valid: Mapping[str, pd.DataFrame]
) -> tuple[Dataset, dict[str, pd.DataFrame]]:
    """Fit all steps on `data.train` and treat the other frames as new data; steps that do not apply are passed over."""
    others = dict(valid)
    for step in steps:
        try:
            fitted = fit_step(registry, data, step)
        except NotApplicable:
            continue
        others = {
            name: apply_step(registry, frame, step, fitted.state, data.roles, "new") for name, frame in others.items()
        }
        data = fitted.data
    return data, others
