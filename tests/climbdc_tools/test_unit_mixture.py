"""Two populations in one column that differ by a known change of unit, planted in real columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.knowledge import knowledge
from climbdc.sdk import Conversion, Limits
from climbdc_tools.unit_mixture import converted, foreign_cells, mixtures

PLANTED = [
    ("support2", "temp", "temperature", "F"),
    ("support2", "glucose", "glucose", "mmol/L"),
    ("support2", "crea", "creatinine", "umol/L"),
    ("support2", "alb", "albumin", "g/L"),
    ("support2", "wblc", "white_cells", "/uL"),
    ("pbc2", "serChol", "total_cholesterol", "mmol/L"),
    ("pbc2", "albumin", "albumin", "g/L"),
    ("pbc2", "platelets", "platelets", "/uL"),
]


def column(folder: Path, table: str, name: str) -> np.ndarray[Any, Any]:
    return canonical(pd.read_csv(folder / "clinical" / f"{table}.csv"))[name].to_numpy(dtype="float64")


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize(("table", "name", "variable", "unit"), PLANTED, ids=[f"{case[1]}" for case in PLANTED])
def test_planted_units_are_found_and_little_else_is_touched(
    bench_data: Path, table: str, name: str, variable: str, unit: str, share: float
) -> None:
    limits = knowledge().variables[variable].limits
    way = next(each for each in limits.conversions if each.unit == unit)
    values = column(bench_data, table, name)
    planted = (np.random.default_rng(11).random(len(values)) < share) & (values > 0)
    mixed = np.where(planted, np.round((values - way.offset) / way.factor, 2), values)
    (found,) = mixtures(mixed, limits)
    cells = foreign_cells(mixed, found)
    hit, wrong, missed = (cells & planted).sum(), (cells & ~planted).sum(), (planted & ~cells).sum()
    assert found.clean and found.conversion.unit == unit
    assert 2 * hit / (2 * hit + wrong + missed) >= 0.95
    assert wrong / len(values) <= 0.001
    back = converted(mixed[cells & planted], found.conversion)
    assert np.allclose(back, values[cells & planted], rtol=0.03)


@pytest.mark.parametrize("table", ["support2", "pbc2"])
def test_no_real_column_is_taken_for_two_units(bench_data: Path, table: str) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / f"{table}.csv"))
    looked = 0
    for name in frame.columns:
        match = knowledge().match(str(name))
        if match is not None and match.variable.conversions and frame[name].dtype.kind in "if":
            looked += 1
            assert mixtures(frame[name].to_numpy(dtype="float64"), match.variable.limits) == []
    assert looked >= 4


@pytest.mark.parametrize(
    ("variable", "spread"), [("bilirubin", 1.4), ("alkaline_phosphatase", 1.0), ("creatinine", 0.8)]
)
def test_a_wide_skewed_quantity_is_one_population(variable: str, spread: float) -> None:
    limits = knowledge().variables[variable].limits
    for seed in range(20):
        middle = {"bilirubin": 1.2, "alkaline_phosphatase": 110.0, "creatinine": 1.2}[variable]
        assert mixtures(np.random.default_rng(seed).lognormal(np.log(middle), spread, 5000), limits) == []


def test_two_real_humps_are_left_alone() -> None:
    limits = Limits(typical_low=30, typical_high=400, conversions=(Conversion(unit="mmol/L", factor=18.0),))
    rng = np.random.default_rng(0)
    low, high = rng.normal(40, 4, 300), rng.normal(300, 20, 700)
    assert mixtures(np.concatenate([low, high]), limits) == []


def test_units_that_overlap_are_not_guessed() -> None:
    limits = knowledge().variables["weight"].limits
    rng = np.random.default_rng(0)
    weight = rng.normal(75, 15, 2000)
    assert mixtures(np.where(rng.random(2000) < 0.3, weight / 0.45359237, weight), limits) == []


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 40, [37.0] * 40, [0.0] * 40, [37.0] * 40 + [98.6] * 3])
def test_too_little_to_say(values: list[float]) -> None:
    assert mixtures(np.array(values, dtype="float64"), knowledge().variables["temperature"].limits) == []


def test_metres_and_inches_beside_centimetres() -> None:
    limits = knowledge().variables["height"].limits
    height = np.random.default_rng(4).normal(170, 9, 900)
    mixed = height.copy()
    mixed[:200] = np.round(height[:200] / 100, 2)
    (metres,) = mixtures(mixed, limits)
    assert metres.conversion.unit == "m" and foreign_cells(mixed, metres).sum() == 200
