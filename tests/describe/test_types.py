"""Semantic types on made columns and on real files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.describe import infer_type
from climbdc.sdk import SemanticType


def _typed(name: str, values: list[Any]) -> SemanticType:
    return infer_type(name, canonical(pd.DataFrame({name: values}))[name])


CASES: list[tuple[str, list[Any], SemanticType]] = [
    ("dead", [0, 1] * 20, "binary"),
    ("sex", [1, 2, 2, None] * 10, "binary"),
    ("sex", ["m", "f", "f", None] * 10, "binary"),
    ("smoker", ["Yes", "yes ", "No", "NO"] * 10, "binary"),
    ("site", ["a"] * 30, "constant"),
    ("empty", [None] * 30, "constant"),
    ("weight", [70.5, 81.2, None, 66.0] * 10, "continuous"),
    ("num.co", [0, 1, 2, 3, 0, 9] * 10, "integer"),
    ("platelets", list(range(100, 400, 7)) * 2, "integer"),
    ("year_of_birth", list(range(1920, 1990)), "integer"),
    ("histologic", [1, 2, 3, 4] * 10, "ordinal"),
    ("NYHA", [0, 1, 3] * 10, "ordinal"),
    ("pain", ["low", "High", "medium"] * 10, "ordinal"),
    ("tumour", ["Stage I", "Stage III", "Stage IIb"] * 10, "ordinal"),
    ("income", ["under $11k", "$11-$25k", "$25-$50k", ">$50k"] * 10, "ordinal"),
    ("alter_gruppe", ["18-29", "30-44", "65+"] * 10, "ordinal"),
    ("blood", ["A", "B", "AB", "0"] * 10, "categorical"),
    ("site_id", [3, 7, 9, 12] * 10, "categorical"),
    ("patient_id", list(range(500, 540)) * 3, "identifier"),
    ("Fallnummer", [91_000 + 37 * i % 1000 for i in range(60)], "identifier"),
    ("sno.", list(range(1, 61)), "identifier"),
    ("anything", [f"A{i:05d}" for i in range(60)], "identifier"),
    ("zip", [f"0{i}" for i in range(1000, 1060)], "identifier"),
    ("futime", [12, 400, 88, 31, 7] * 8, "duration"),
    ("survival_months", [1.5, 4.0, 8.25] * 10, "duration"),
    ("age", [41.5, 60.0, 77.25] * 10, "continuous"),
    ("admitted", ["2020-01-03", "2021-11-30", "2020-07-09"] * 10, "date"),
    ("admitted", ["03.01.2020", "30.11.2021", None] * 10, "date"),
    ("crp", ["<5", "12.1", "7,5", "pending", "88", "5.2"] * 10, "continuous"),
    ("dose", ["12.0 oz", "16.0 oz.", "16 OZ"] * 10, "continuous"),
]


@pytest.mark.parametrize(("name", "values", "expected"), CASES)
def test_a_column_gets_the_type_of_its_values(name: str, values: list[Any], expected: SemanticType) -> None:
    assert _typed(name, values) == expected


def test_notes_are_free_text() -> None:
    notes = [f"patient {i} was seen at the ward and felt better today" for i in range(40)]
    assert _typed("notes", notes) == "text"


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], "continuous"), ([3], "integer"), ([3.5], "continuous"), (["x"], "categorical"), ([60, 71], "integer")],
)
def test_a_row_or_two_do_not_make_a_constant_or_a_yes_and_no(values: list[Any], expected: SemanticType) -> None:
    series = pd.Series(values, dtype="float64") if not values else pd.Series(values)
    assert infer_type("x", series) == expected


def test_names_in_other_alphabets_are_no_obstacle() -> None:
    assert _typed("患者番号", list(range(900, 960))) == "identifier"
    assert _typed("βαθμός", [1.5, 2.5, 9.25] * 10) == "continuous"
    assert _typed("", [1.5, 2.5, 9.25] * 10) == "continuous"


def test_infinity_is_neither_whole_nor_an_error() -> None:
    assert infer_type("x", pd.Series([1.0, float("inf"), 3.0, 4.5])) == "continuous"


def test_real_visits(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/pbc2.csv"]).frame
    types = {str(name): infer_type(str(name), frame[name]) for name in frame}
    assert types["sno."] == types["id"] == "identifier"
    assert types["years"] == types["year"] == "duration"
    assert types["histologic"] == "ordinal"
    assert types["status"] == "categorical"
    assert {types[name] for name in ("drug", "sex", "ascites", "status2")} == {"binary"}
    assert {types[name] for name in ("age", "serBilir", "albumin", "prothrombin")} == {"continuous"}


def test_a_large_table_is_typed_fast() -> None:
    rng, rows = np.random.default_rng(0), 1_000_000
    columns: dict[str, Any] = {f"lab{i}": rng.normal(size=rows) for i in range(15)}
    columns |= {f"count{i}": rng.integers(0, 100, rows) for i in range(10)}
    columns |= {f"level{i}": rng.choice(["red", "blue", "green"], rows) for i in range(3)}
    columns |= {"row": np.arange(rows), "pid": rng.integers(0, 200_000, rows)}
    frame = canonical(pd.DataFrame(columns))
    start = time.perf_counter()
    types = {str(name): infer_type(str(name), frame[name]) for name in frame}
    assert time.perf_counter() - start < 6  # 0.2 s when nothing else runs; the bound is for a busy machine
    assert types["row"] == types["pid"] == "identifier"
    assert types["level0"] == "categorical"


def test_a_rare_third_value_is_not_overlooked() -> None:
    values = np.zeros(100_000, dtype="int64")
    values[::2] = 1
    values[54_321] = 7
    assert infer_type("flag", pd.Series(values)) == "integer"
