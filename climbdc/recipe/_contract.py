"""What a recipe expects of a file: columns, types, and which may be absent."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from climbdc.data import TEXT
from climbdc.errors import InputError

__all__ = ["Contract", "ContractColumn"]


class ContractColumn(BaseModel):
    """One column of the input; `quantiles` are those of the training rows, for the drift report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dtype: str
    required: bool
    missing: float
    quantiles: tuple[float, ...] = ()
    reached: tuple[float, ...] = ()
    """Share of the training rows' values up to each quantile: more than its nominal share where values are tied."""
    levels: dict[str, float] = {}
    """Share of each frequent text level."""


class Contract(BaseModel):
    """The input a recipe was made for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[ContractColumn, ...]

    @property
    def required(self) -> list[str]:
        """Columns that must be there."""
        return [column.name for column in self.columns if column.required]

    def fit_frame(self, frame: pd.DataFrame, *, partial: bool) -> tuple[pd.DataFrame, list[str]]:
        """The frame with exactly the contract's columns; absent ones, and cells that are no numbers, are missing.

        Returns:
            The frame, and the names of the required columns that were absent.

        Raises:
            InputError: A required column is absent, or holds no number where numbers are needed, and `partial` was
                not said.
        """
        absent = [name for name in self.required if name not in frame.columns]
        if absent and not partial:
            raise InputError(
                f"The new data lacks {len(absent)} column(s) the recipe needs: {', '.join(absent[:8])}.",
                fix="Add them, or use --partial to treat them as missing.",
                code="columns-absent",
            )
        data = {column.name: _column(frame, column) for column in self.columns}
        for column in self.columns:
            if column.required and not partial and column.name in unreadable_columns(self, frame):
                values = frame[column.name].dropna()
                if not pd.to_numeric(values, errors="coerce").notna().any():
                    raise InputError(
                        f"The column {column.name!r} holds {str(values.iloc[0])!r} where the recipe needs numbers.",
                        fix="Check that the columns are the same, or use --partial to treat it as missing.",
                        code="column-type",
                    )
        return pd.DataFrame(data, index=frame.index), absent


def unreadable_columns(contract: Contract, frame: pd.DataFrame) -> dict[str, int]:
    """Columns that should hold numbers but came as text, and how many of their cells are no numbers."""
    told = {}
    for column in contract.columns:
        if column.name in frame.columns and column.dtype.startswith(("int", "float")):
            values = frame[column.name]
            if values.dtype == TEXT:
                read = pd.to_numeric(values, errors="coerce")
                told[column.name] = int((values.notna() & read.isna()).sum())
    return {name: count for name, count in told.items() if count}


def _column(frame: pd.DataFrame, column: ContractColumn) -> pd.Series:
    """The column in the dtype the recipe was made for, where its values allow it."""
    if column.name not in frame.columns:
        return _blank(frame.index, column.dtype)
    values = frame[column.name]
    if str(values.dtype) == column.dtype:
        return values
    if column.dtype.startswith(("int", "float")):
        return pd.to_numeric(values, errors="coerce").astype("float64") if values.dtype == TEXT else values
    if column.dtype == "str" and values.isna().all():
        return _blank(frame.index, column.dtype)
    if column.dtype == "str":
        return pd.Series([_text(value) for value in values], index=frame.index, dtype=TEXT)
    return values


def _text(value: object) -> object:
    if isinstance(value, float):
        return np.nan if np.isnan(value) else f"{value:g}"
    return str(value)


def _blank(index: pd.Index, dtype: str) -> pd.Series:
    if dtype == "str":
        return pd.Series(np.nan, index=index, dtype=TEXT)
    if dtype.startswith("datetime"):
        return pd.Series(pd.NaT, index=index, dtype="datetime64[us]")
    return pd.Series(np.nan, index=index, dtype="float64")


QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
LEVELS = 30


def describe_input(
    train: pd.DataFrame, optional: Sequence[str], unlisted: Collection[str | None] = ()
) -> Contract:  # fmt: skip
    """The contract of the rows a recipe was fitted on.

    Args:
        train: The rows.
        optional: Columns that new data need not have.
        unlisted: Columns of which no value is named, as those that name persons.
    """
    return Contract(
        columns=tuple(
            _described(train[name], str(name) not in optional, listed=str(name) not in unlisted)
            for name in train.columns
        )
    )


def _described(values: pd.Series, required: bool, *, listed: bool) -> ContractColumn:
    numeric = pd.api.types.is_numeric_dtype(values)
    told = listed and not numeric and values.dtype == TEXT
    levels = values.value_counts(normalize=True).head(LEVELS).to_dict() if told else {}
    present = values.dropna()
    edges = present.quantile(QUANTILES) if numeric and len(present) else pd.Series([], dtype="float64")
    return ContractColumn(
        name=str(values.name),
        dtype=str(values.dtype),
        required=required,
        missing=round(float(values.isna().mean()), 6) if len(values) else 0.0,
        quantiles=tuple(float(edge) for edge in edges),
        reached=tuple(round(float((present <= edge).mean()), 6) for edge in edges),
        levels={str(key): round(float(share), 6) for key, share in levels.items()},
    )
