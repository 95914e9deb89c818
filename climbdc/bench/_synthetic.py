"""A made-up clinical registry of any length, for measuring speed: the same seed gives the same file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

__all__ = ["clinical_table", "write_clinical_table"]

_FIRST_DAY = np.datetime64("2010-01-01")
_CHUNK = 100_000

Values = npt.NDArray[Any]


def clinical_table(rows: int, seed: int = 0) -> pd.DataFrame:
    """A table of patients with gaps, codes for missing, impossible zeros and spelling variants.

    Its 30 columns are described in `synthetic.yaml`; the outcome is `died`, 0 or 1. Rows are drawn in blocks of
    100,000 from a generator of their own, so that a longer table begins with a shorter one's full blocks.

    Args:
        rows: How many patients.
        seed: Of all draws.

    >>> clinical_table(3, seed=1).shape
    (3, 30)
    """
    parts = [
        _block(min(_CHUNK, rows - first), first, np.random.default_rng([seed, first]))
        for first in range(0, max(rows, 1), _CHUNK)
    ]
    return pd.concat(parts, ignore_index=True)


def write_clinical_table(path: Path, rows: int, seed: int = 0) -> Path:
    """Write such a table as CSV, block by block; a file that was cut short never carries the name.

    Args:
        path: The file to be.
        rows: How many patients.
        seed: Of all draws.
    """
    from pyarrow import Table, csv

    part = path.with_suffix(".part")
    with part.open("wb") as sink:
        for first in range(0, max(rows, 1), _CHUNK):
            block = _block(min(_CHUNK, rows - first), first, np.random.default_rng([seed, first]))
            table = Table.from_pandas(block, preserve_index=False)
            options = csv.WriteOptions(include_header=first == 0, quoting_style="needed")
            csv.write_csv(table, sink, options)
    return part.replace(path)


def _block(rows: int, first: int, generator: np.random.Generator) -> pd.DataFrame:
    described = yaml.safe_load(files("climbdc.bench").joinpath("synthetic.yaml").read_text(encoding="utf-8"))
    died = generator.random(rows) < described["outcome_share"]
    columns: dict[str, Any] = {}
    for name, column in described["columns"].items():
        match column["kind"]:
            case "serial":
                values = [f"{column['prefix']}{number:0{column['width']}d}" for number in range(first, first + rows)]
                columns[name] = np.array(values, dtype=object)
            case "outcome":
                columns[name] = died.astype("int64")
            case "number":
                columns[name] = _numbers(column, died, generator)
            case "category":
                columns[name] = _gaps(_levels(column, rows, generator), column, generator)
            case "date":
                columns[name] = _gaps(_dates(column, rows, generator), column, generator)
    return pd.DataFrame(columns)


def _numbers(column: dict[str, Any], died: Values, generator: np.random.Generator) -> Any:
    drawn = generator.standard_normal(len(died))
    mean = column["mean"] + column.get("shift_by_outcome", 0) * died
    if column.get("log"):
        spread = np.sqrt(np.log1p((column["sd"] / column["mean"]) ** 2))
        values = mean * np.exp(spread * drawn - spread**2 / 2)
    else:
        values = mean + column["sd"] * drawn
    values = np.round(np.clip(values, column["low"], column["high"]), column["decimals"])
    chance = generator.random(len(died))
    used = 0.0
    for code, share in [*column.get("sentinel", {}).items(), (0.0, column.get("zeros", 0.0))]:
        values[(chance >= used) & (chance < used + share)] = code
        used += share
    values[(chance >= used) & (chance < used + column.get("gaps", 0.0))] = np.nan
    return pd.Series(values).astype("Int64") if not column["decimals"] else values


def _levels(column: dict[str, Any], rows: int, generator: np.random.Generator) -> Values:
    names, shares = [], []
    for level, share in column["levels"].items():
        others = column.get("variants", {}).get(level, [])
        names += [level, *(spelling for spelling, _ in others)]
        shares += [share * (1 - sum(part for _, part in others)), *(share * part for _, part in others)]
    chosen = generator.choice(len(names), size=rows, p=np.array(shares) / sum(shares))
    return np.array([str(name) for name in names], dtype=object)[chosen]


def _dates(column: dict[str, Any], rows: int, generator: np.random.Generator) -> Values:
    days = pd.Series(_FIRST_DAY + np.arange(column["days"]))
    written = np.array([days.dt.strftime(form).to_numpy(dtype=object) for form in column["formats"]])
    shares = np.array(list(column["formats"].values()))
    form = generator.choice(len(shares), size=rows, p=shares / shares.sum())
    chosen: Values = written[form, generator.integers(0, column["days"], size=rows)]
    return chosen


def _gaps(values: Values, column: dict[str, Any], generator: np.random.Generator) -> Values:
    values[generator.random(len(values)) < column.get("gaps", 0.0)] = None
    return values
