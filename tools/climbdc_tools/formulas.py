"""Clinical formulas: data, made of a few operations, each with its units and its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from importlib.resources import files
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict

__all__ = ["Formula", "FormulaPart", "formulas", "value_of"]

Array = np.ndarray[Any, Any]
Expression = str | float | list[Any]


class FormulaPart(BaseModel):
    """One variable of a formula."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variable: str
    units: dict[str, float] = {}
    """Unit -> what its values are multiplied by."""
    female: bool = False
    """It is the sex: 1 for women and 0 for men."""


class Formula(BaseModel):
    """One formula."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    told: str
    unit: str = ""
    makes: str = ""
    bounded: bool = False
    parts: tuple[FormulaPart, ...]
    formula: Any
    source: str


_MANY: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "plus": np.add, "minus": np.subtract, "times": np.multiply, "divide": np.divide, "power": np.power,
    "least": np.minimum, "most": np.maximum,
}  # fmt: skip
_ONE: Final[dict[str, Callable[[Array], Array]]] = {"log": np.log, "root": np.sqrt}


@cache
def formulas() -> Mapping[str, Formula]:
    """Every formula by its id, in the order of the file."""
    import yaml

    told = yaml.safe_load(files("climbdc_tools").joinpath("formulas.yaml").read_text("utf-8"))
    return {each["id"]: Formula.model_validate(each) for each in told}


def value_of(expression: Expression, parts: Mapping[str, Array]) -> Array:
    """What an expression comes to; what cannot be worked out is infinite or not a number.

    >>> parts = {"weight": np.array([81.0]), "height": np.array([1.8])}
    >>> value_of(["divide", "weight", ["times", "height", "height"]], parts).tolist()
    [25.0]
    """
    if isinstance(expression, str):
        return parts[expression]
    if isinstance(expression, int | float):
        return np.asarray(expression, dtype="float64")
    name, *rest = expression
    values = [value_of(each, parts) for each in rest]
    if name in _ONE:
        return np.asarray(_ONE[name](values[0]))
    if name == "choose":
        return np.asarray(np.where(np.isnan(values[0]), np.nan, np.where(values[0] > 0, values[1], values[2])))
    return np.asarray(reduce(_MANY[name], values))
