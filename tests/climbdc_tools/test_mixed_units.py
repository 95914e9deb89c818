"""Columns part of which is in another unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets

from climbdc.data import canonical, read
from climbdc.describe import describe
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.convert_units import ConvertUnits
from climbdc_tools.impossible_values import ImpossibleValues
from climbdc_tools.mixed_units import MixedUnits


def dataset(frame: pd.DataFrame, roles: Roles | None = None) -> Dataset:
    frame = canonical(frame)
    return Dataset(frame, roles or Roles(), describe(frame))


def look(data: Dataset) -> list[Finding]:
    found = MixedUnits({}).look(data)
    return [] if isinstance(found, NotApplicable) else found


@pytest.fixture
def support2(bench_data: Path) -> pd.DataFrame:
    return pd.read_csv(bench_data / "clinical" / "support2.csv")


def planted(frame: pd.DataFrame, name: str, factor: float, offset: float = 0.0, share: float = 0.2) -> Any:
    chosen = np.random.default_rng(5).random(len(frame)) < share
    values = np.where(chosen, np.round((frame[name] - offset) / factor, 1), frame[name])
    return frame.assign(**{name: values}), chosen & frame[name].gt(0).to_numpy()


def test_nothing_is_said_of_clean_clinical_tables(support2: pd.DataFrame, bench_data: Path, heart: Path) -> None:
    tables = [support2, pd.read_csv(bench_data / "clinical" / "pbc2.csv"), read([str(heart)]).frame]
    tables += [
        datasets.load_lung(),
        datasets.load_rossi(),
        datasets.load_gbsg2(),
        datasets.load_stanford_heart_transplants(),
    ]
    for frame in tables:
        assert look(dataset(frame)) == []


@pytest.mark.parametrize(
    ("name", "factor", "offset", "unit"),
    [
        ("temp", 5 / 9, -160 / 9, "F"),
        ("glucose", 18.016, 0, "mmol/L"),
        ("crea", 0.011312, 0, "umol/L"),
        ("alb", 0.1, 0, "g/L"),
    ],
)
def test_what_is_found_is_put_right(support2: pd.DataFrame, name: str, factor: float, offset: float, unit: str) -> None:
    """Also where the mixture kept the column from being recognised by its values."""
    mixed, cells = planted(support2, name, factor, offset)
    data = dataset(mixed)
    (finding,) = look(data)
    step = finding.suggestions[0]
    assert (finding.kind, finding.severity, finding.evidence["other_unit"]) == ("two-units", "major", unit)
    assert step.confidence >= 0.9 and step.backed_by == "knowledge"
    tool = ConvertUnits(step.params)
    after = tool.apply(data.train, tool.fit(data), data.roles)
    right = np.isclose(after[name], support2[name], rtol=0.05, equal_nan=True)
    assert right[cells].mean() >= 0.97 and (~right[~cells]).sum() <= 0.001 * len(support2)
    assert look(dataset(after)) == []


def test_it_is_not_told_twice(support2: pd.DataFrame) -> None:
    mixed, _ = planted(support2, "temp", 5 / 9, -160 / 9)
    limits = describe(canonical(support2))["temp"]
    data = Dataset(canonical(mixed), dictionary=describe(canonical(mixed), given=[limits]))
    assert [finding.columns for finding in look(data)] == [("temp",)]
    others = ImpossibleValues({}).look(data)
    assert not isinstance(others, NotApplicable) and all(finding.columns != ("temp",) for finding in others)


def test_a_column_of_units_decides() -> None:
    rng = np.random.default_rng(0)
    kilos = rng.normal(75, 15, 300).round(1)
    pounds = rng.random(300) < 0.3
    frame = pd.DataFrame(
        {
            "weight": np.where(pounds, kilos / 0.45359237, kilos),
            "weight_unit": np.where(pounds, "lbs", "kg"),
            "age": 50.0,
        }
    )
    data = dataset(frame)
    (finding,) = look(data)
    assert finding.kind == "unit-column" and finding.evidence["column"] == "weight_unit"
    assert finding.rows is not None and finding.rows.tolist() == np.flatnonzero(pounds).tolist()
    tool = ConvertUnits(finding.suggestions[0].params)
    after = tool.apply(data.train, tool.fit(data), data.roles)
    assert np.allclose(after["weight"], kilos) and set(after["weight_unit"]) == {"kg"}
    assert look(dataset(after)) == []


@pytest.mark.parametrize("units", [["kg", "stone"], ["kg", "mmol/L"], ["kg", "kg"]])
def test_units_that_are_one_or_cannot_be_converted_are_left(units: list[str]) -> None:
    frame = pd.DataFrame({"weight": [70.0, 80.0] * 20, "weight unit": units * 20})
    assert look(dataset(frame)) == []


def test_the_outcome_is_not_looked_at(support2: pd.DataFrame) -> None:
    mixed, _ = planted(support2, "glucose", 18.016)
    assert look(dataset(mixed, Roles(kind="numeric", target="glucose"))) == []


@pytest.mark.parametrize("rows", [0, 1])
def test_small_tables_say_nothing(rows: int) -> None:
    assert look(dataset(pd.DataFrame({"glucose": [90.0], "glucose_unit": ["mg/dL"]}).iloc[:rows])) == []


def test_without_numbers_it_does_not_apply() -> None:
    assert isinstance(MixedUnits({}).look(dataset(pd.DataFrame({"a": ["x", "y"]}))), NotApplicable)


def test_a_million_rows_take_no_time() -> None:
    import time

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(100, 10, 1_000_000) for name in ("glucose", "cholesterol", "albumin")})
    data = dataset(frame)
    start = time.perf_counter()
    look(data)
    assert time.perf_counter() - start < 3
