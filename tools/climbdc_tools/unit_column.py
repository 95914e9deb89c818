"""Columns that say in which unit the number beside them is, and how to get from one unit to another."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Conversion, Limits
from climbdc_tools.vocabulary import counts, distinct, is_text

__all__ = ["between", "known_units", "unit_columns"]

_ENDINGS: Final = ("units", "unit", "uom", "einheit", "unite", "unidad")
_MOST: Final = 20


def unit_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Column of numbers -> the column that holds the unit of each.

    It is named like the other with `unit` behind it, or is called `unit` alone and stands right behind it.

    >>> from climbdc.data import canonical
    >>> unit_columns(canonical(pd.DataFrame({"weight": [70.0], "weight_unit": ["kg"]})))
    {'weight': 'weight_unit'}
    """
    numbers = {_plain(str(name)): str(name) for name in frame.columns if frame[name].dtype.kind in "if"}
    found: dict[str, str] = {}
    names = [str(name) for name in frame.columns]
    for place, name in enumerate(names):
        base = _base(name)
        if base is None or not is_text(frame[name]) or not known_units(frame[name]):
            continue
        before = names[place - 1] if place and frame[names[place - 1]].dtype.kind in "if" else None
        owner = numbers.get(base) if base else before
        if owner is not None:
            found.setdefault(owner, name)
    return found


def known_units(column: pd.Series) -> dict[str, str]:
    """Text of a cell -> the usual spelling of its unit; empty where any text is no unit that is known."""
    if distinct(column) > _MOST:
        return {}
    told = {text: knowledge().units.known(text) for text in counts(column)}
    known = {text: unit for text, unit in told.items() if unit is not None}
    return known if len(known) == len(told) else {}


def between(unit: str, other: str, limits: Limits | None) -> Conversion | None:
    """From `other` to `unit`, by the substance where it is known, else by physics; None where neither tells.

    >>> between("kg", "lb", None)
    Conversion(unit='lb', factor=0.45359237, offset=0.0)
    >>> between("mg/dL", "mmol/L", None) is None
    True
    """
    if limits is not None and limits.unit:
        scale = {limits.unit: Conversion(unit=limits.unit, factor=1.0), **{one.unit: one for one in limits.conversions}}
        if unit in scale and other in scale:
            return _through(scale[other], scale[unit], other)
    for quantity in _physical():
        if unit in quantity and other in quantity:
            return _through(quantity[other], quantity[unit], other)
    return None


def _through(one: Conversion, into: Conversion, name: str) -> Conversion:
    offset = (one.offset - into.offset) / into.factor
    return Conversion(unit=name, factor=float(f"{one.factor / into.factor:.10g}"), offset=float(f"{offset:.10g}"))


@cache
def _physical() -> tuple[dict[str, Conversion], ...]:
    import yaml

    told = yaml.safe_load(files("climbdc_tools").joinpath("units.yaml").read_text("utf-8"))
    return tuple({unit: Conversion(unit=unit, **{"factor": 1.0, **how}) for unit, how in each.items()} for each in told)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _base(name: str) -> str | None:
    """The name without its word for unit; None where it has none."""
    plain = _plain(name)
    parts = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold())
    if not parts or parts[-1] not in _ENDINGS:
        return None
    return plain.removesuffix(parts[-1])
