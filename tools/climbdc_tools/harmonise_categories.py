"""Spellings of one category become one value."""

from __future__ import annotations

import pandas as pd

from climbdc.sdk import Dataset, Field, Params, Roles, State, Transform, transform

__all__ = ["HarmoniseCategories", "HarmoniseCategoriesParams"]


class HarmoniseCategoriesParams(Params):
    """Which value replaces which, column by column."""

    maps: dict[str, dict[str, str]] = Field(
        default={},
        description="Column -> value as it stands -> value to write; numbers compare by value.",
        json_schema_extra={"each": "maps"},
    )


@transform(addresses="structure/inconsistent-values")
class HarmoniseCategories(Transform[HarmoniseCategoriesParams]):
    """Write one category in one way, such as "Male ", "male" and "M" all as "male".

    Only cells that equal a listed value exactly, spaces and case included, are rewritten. A spelling that was not seen
    when the map was made stays as it is.
    """

    def fit(self, data: Dataset) -> State:
        """Count the cells that change; the maps themselves come from the params."""
        cells = {
            name: int(_replaced(data.train[name], pairs).ne(data.train[name]).where(data.train[name].notna()).sum())
            for name, pairs in self.params.maps.items()
            if name in data.train.columns
        }
        return {"cells": cells}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with its categories in one spelling."""
        maps = {name: pairs for name, pairs in self.params.maps.items() if name in frame.columns}
        return frame.assign(**{name: _replaced(frame[name], pairs) for name, pairs in maps.items()})


def _replaced(column: pd.Series, pairs: dict[str, str]) -> pd.Series:
    """The column with its values looked up in the map; those that are not in it stay."""
    if column.dtype.kind == "M":
        return column
    if column.dtype.kind not in "if":
        codes, values = pd.factorize(column)
        written = pd.Series([pairs.get(value, value) for value in values], dtype=column.dtype)
        return pd.Series(written.array.take(codes, allow_fill=True), index=column.index, name=column.name)
    numbers = {float(old): float(new) for old, new in pairs.items() if _is_number(old) and _is_number(new)}
    result = column.astype("float64").replace(numbers)
    return result if column.dtype.kind == "f" or (result % 1).any() else result.astype("int64")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
