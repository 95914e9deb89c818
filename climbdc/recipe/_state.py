"""Fitted state on its way: JSON, named Arrow tables and opaque bytes, never a pickle."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.data import from_arrow, to_arrow
from climbdc.errors import ToolError
from climbdc.sdk import State

__all__ = ["PackedState", "canonical_json", "pack", "unpack"]


@dataclass(frozen=True)
class PackedState:
    """A state taken apart: `values` is JSON; tables and blobs are named after the state's keys."""

    values: dict[str, Any]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as JSON values; NaN as null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare blanks: equal values, equal bytes.

    >>> canonical_json({"b": 1, "a": [1.0, None]})
    '{"a":[1.0,null],"b":1}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def pack(state: State) -> PackedState:
    """Take a state apart.

    Raises:
        ToolError: It holds something that is neither JSON, a DataFrame nor bytes.
    """
    tables = {key: to_arrow(value) for key, value in state.items() if isinstance(value, pd.DataFrame)}
    blobs = {key: value for key, value in state.items() if isinstance(value, bytes)}
    values = {key: value for key, value in state.items() if key not in tables and key not in blobs}
    try:
        return PackedState(json.loads(canonical_json(values)), tables, blobs)
    except (TypeError, ValueError) as error:
        raise ToolError(
            f"The fitted state cannot be kept: {error}.",
            fix="Use JSON values, DataFrames and bytes only.",
            code="bad-state",
        ) from error


def unpack(packed: PackedState) -> State:
    """Put a state together again."""
    tables = {name: from_arrow(table) for name, table in packed.tables.items()}
    return {**packed.values, **tables, **packed.blobs}
