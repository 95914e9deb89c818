"""Jobs by which the sandbox is timed; they run inside it, in every backend, and need nothing that an image lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.errors import ToolError
from climbdc.sandbox import Reply

__all__ = ["HANDLER", "handle", "write_numbers"]

HANDLER = "climbdc.bench._sandbox_jobs:handle"
_FLOATS, _INTEGERS, _CATEGORIES, _LEVELS = 20, 6, 4, 20
_FIT_ROWS, _FIT_COLUMNS, _NOISE = 20_000, 10, 0.1

Tables = dict[str, pa.Table]


def write_numbers(path: Path, rows: int, seed: int) -> Path:
    """Write a made-up table of 30 columns for the jobs, as a job takes it: an Arrow file, not compressed.

    Args:
        path: The file to be.
        rows: How many.
        seed: Of all draws.
    """
    generator = np.random.default_rng(seed)
    levels = pa.array([f"level {number}" for number in range(_LEVELS)])
    columns: dict[str, pa.Array] = {}
    for number in range(_FLOATS):
        columns[f"f{number}"] = pa.array(generator.random(rows))
    for number in range(_INTEGERS):
        columns[f"i{number}"] = pa.array(generator.integers(0, 1000, rows))
    for number in range(_CATEGORIES):
        codes = pa.array(generator.integers(0, _LEVELS, rows, dtype=np.int8))
        columns[f"c{number}"] = pa.DictionaryArray.from_arrays(codes, levels)
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path


def _groupby(tables: Tables) -> Reply:
    frame = tables["numbers"].to_pandas(split_blocks=True, use_threads=False)
    means = frame.groupby("c0", observed=True)[["f0", "f1"]].mean().reset_index()
    return Reply({}, {"means": pa.Table.from_pandas(pd.DataFrame(means), preserve_index=False)})


def _fit(seed: int) -> Reply:
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(seed)
    x = generator.random((_FIT_ROWS, _FIT_COLUMNS))
    y = x[:, 0] + _NOISE * generator.standard_normal(_FIT_ROWS) > x[:, 1]
    return Reply({"score": float(LogisticRegression().fit(x, y).score(x, y))})


def _loop() -> NoReturn:
    while True:
        pass


def handle(verb: str, payload: dict[str, Any], tables: Tables, progress: Callable[[float, str], None]) -> Reply:
    """Run one job: `empty`, `groupby`, `fit`, `table` (give back what came) or `loop` (for ever).

    Raises:
        ToolError: There is no such job.
    """
    match verb:
        case "empty":
            return Reply({})
        case "groupby":
            return _groupby(tables)
        case "fit":
            return _fit(int(payload["seed"]))
        case "table":
            return Reply({}, dict(tables))
        case "loop":
            _loop()
        case _:
            raise ToolError(f"There is no job named {verb!r}.", code="unknown-job")
