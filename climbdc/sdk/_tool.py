"""What a tool author writes: a class with one or two methods, and a decorator that says what it is for."""

from __future__ import annotations

import inspect as _inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, get_args, get_origin

import pandas as pd
from pydantic import BaseModel, ConfigDict

from climbdc.sdk._column import Column
from climbdc.sdk._finding import Finding
from climbdc.sdk._goal import Roles

if TYPE_CHECKING:
    from climbdc.sdk._dataset import Dataset

__all__ = [
    "Difference",
    "Evaluation", "Inspection", "Metric", "NotApplicable", "Params", "Rows", "Stage", "State", "Tool", "ToolSpec",
    "Transform", "Treat", "evaluate", "inspect", "transform",
]  # fmt: skip

Rows = Literal["keep", "train-only", "all"]
"""keep: same rows out; train-only: drops or adds rows of train, skipped on new data; all: changes rows everywhere."""

Stage = Literal["rows", "train"]
"""rows: looks at all rows before the split and never at the target; train: looks at train rows only."""

State = dict[str, Any]
"""Fitted state: JSON values, with DataFrames and bytes (an opaque estimator) allowed as values at the top level."""

Treat = Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]
"""Refit the whole recipe on the first frame; return both frames treated."""


class Params(BaseModel):
    """Base of a tool's params: their JSON schema is what the model, the form and the docs page show."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NotApplicable(Exception):
    """The tool has nothing to look at or do here; return it from `look` or raise it from anywhere.

    >>> str(NotApplicable("There is no target."))
    'There is no target.'
    """

    not_applicable = True


class Metric(BaseModel):
    """One measured number: `value` with a 95 % interval, of `model` on `rows` rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    model: str
    value: float
    low: float
    high: float
    rows: int
    folds: int
    better: Literal["higher", "lower"] = "higher"
    detail: dict[str, Any] = {}


@dataclass(frozen=True)
class Difference:
    """A measure before and after on the same rows, and after minus before with its 95 % interval."""

    name: str
    before: float
    after: float
    change: float
    low: float
    high: float
    rows: int
    better: Literal["higher", "lower"]

    @property
    def verdict(self) -> Literal["better", "worse", "same"]:
        """What the interval allows to say; `same` means that it holds zero."""
        if self.low <= 0 <= self.high:
            return "same"
        return "better" if (self.low > 0) == (self.better == "higher") else "worse"


@dataclass(frozen=True)
class ToolSpec:
    """What a tool says about itself."""

    name: str
    kind: Literal["inspect", "transform", "evaluate"]
    addresses: tuple[str, ...]
    targets: tuple[str, ...]
    cost: Literal["cheap", "slow"]
    rows: Rows
    stage: Stage
    doc: str
    says: dict[str, str]
    schema: dict[str, Any]
    audit: bool = False
    """Whether it compares train with the features of the sealed part."""
    sealed: bool = False
    """Whether an evaluation also measures on the sealed rows, at the end, as part of the one counted look at them."""


P = TypeVar("P", bound=Params)


class Tool(Generic[P]):
    """Base of all tools: holds validated params."""

    spec: ClassVar[ToolSpec]
    says: ClassVar[dict[str, str]] = {}
    """Kind of finding -> its sentence, a format string over `columns`, `rows` and the evidence."""

    def __init__(self, params: P | dict[str, Any] | None = None) -> None:
        wanted = type(self).params_type()
        self.params: P = params if isinstance(params, wanted) else wanted.model_validate(params or {})  # type: ignore[assignment]

    @classmethod
    def warm(cls) -> None:
        """Load what every run of the tool needs; called once in the worker, before the sandbox closes around it."""

    @classmethod
    def params_type(cls) -> type[Params]:
        """The pydantic model named in the class's base, `Transform[MyParams]`."""
        for base in getattr(cls, "__orig_bases__", ()):
            if get_origin(base) is not None:
                for argument in get_args(base):
                    if _inspect.isclass(argument) and issubclass(argument, Params):
                        return argument
        return Params


class Inspection(Tool[P]):
    """Looks at a dataset and says what it found."""

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings, an empty list when all is well, or NotApplicable."""
        raise NotImplementedError


class Transform(Tool[P]):
    """Learns from train rows and treats any frame alike."""

    def fit(self, data: Dataset) -> State:
        """What is learnt from train; `data.test` is always None here."""
        raise NotImplementedError

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The treated frame; pure, and for any frame with the columns seen by `fit`."""
        raise NotImplementedError

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """Dictionary entries that change: for new columns, new types or units. `frame` is the treated train."""
        return []

    def lineage(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame | None:
        """Where rows are merged: a frame with `_row` and `source_row`; None otherwise."""
        return None


class Evaluation(Tool[P]):
    """Measures a dataset and its treatment."""

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """Metrics with intervals; `treat` refits the recipe, so nothing leaks between folds."""
        raise NotImplementedError

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """What the metrics mean, as findings with figures; runs right after `measure`, in the same sandbox.

        Args:
            data: What was measured.
            metrics: What `measure` gave; whatever else is needed belongs in their `detail`.
        """
        return []

    def compare(self, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
        """Paired differences of two measurements, from the `detail` of their metrics; empty without shared rows."""
        return []


def snake(name: str) -> str:
    """A class name as a tool name.

    >>> snake("DropMissingTarget")
    'drop_missing_target'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


T = TypeVar("T", bound=type[Tool[Any]])


def _declare(
    kind: Literal["inspect", "transform", "evaluate"],
    addresses: str | Sequence[str],
    targets: str | Sequence[str],
    cost: Literal["cheap", "slow"],
    rows: Rows = "keep",
    stage: Stage = "train",
    audit: bool = False,
    sealed: bool = False,
) -> Callable[[T], T]:
    def mark(cls: T) -> T:
        cls.spec = ToolSpec(
            name=snake(cls.__name__),
            kind=kind,
            addresses=(addresses,) if isinstance(addresses, str) else tuple(addresses),
            targets=(targets,) if isinstance(targets, str) else tuple(targets),
            cost=cost,
            rows=rows,
            stage=stage,
            doc=_inspect.cleandoc(cls.__doc__ or ""),
            says=dict(cls.says),
            schema=cls.params_type().model_json_schema(),
            audit=audit,
            sealed=sealed,
        )
        return cls

    return mark


def inspect(
    addresses: str | Sequence[str],
    *,
    targets: str | Sequence[str] = "any",
    cost: Literal["cheap", "slow"] = "cheap",
    stage: Stage = "train",
    audit: bool = False,
) -> Callable[[T], T]:
    """Declare an inspection: which challenges it screens for and what targets it understands.

    With `audit` it is also given the features of the sealed part, never its target, right after the split.
    """
    return _declare("inspect", addresses, targets, cost, stage=stage, audit=audit)


def transform(
    addresses: str | Sequence[str],
    *,
    rows: Rows = "keep",
    targets: str | Sequence[str] = "any",
    cost: Literal["cheap", "slow"] = "cheap",
    stage: Stage = "train",
) -> Callable[[T], T]:
    """Declare a transform: which challenges it treats and what it does to rows."""
    return _declare("transform", addresses, targets, cost, rows, stage)


def evaluate(
    addresses: str | Sequence[str],
    *,
    targets: str | Sequence[str] = "any",
    cost: Literal["cheap", "slow"] = "slow",
    sealed: bool = False,
) -> Callable[[T], T]:
    """Declare an evaluation.

    One that a challenge names under `screen` or `verify` runs once at the end of a session, over the treated rows that
    may be learnt from. With `sealed` it runs a second time, with the treated sealed rows as `data.test` and nothing
    left to treat; all such evaluations share the one counted look at them.
    """
    return _declare("evaluate", addresses, targets, cost, sealed=sealed)
