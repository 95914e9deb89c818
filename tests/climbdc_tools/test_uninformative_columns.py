"""Columns that add nothing."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.uninformative_columns import UninformativeColumns


def look(frame: pd.DataFrame, roles: Roles | None = None) -> list[Finding]:
    found = UninformativeColumns().look(Dataset(canonical(frame), roles or Roles()))
    assert not isinstance(found, NotApplicable)
    return found


def test_a_trial_where_all_had_been_treated_before() -> None:
    with resources.files("lifelines.datasets").joinpath("ACTG175.csv").open() as file:
        frame = pd.read_csv(file)
    (constant,) = [one for one in look(frame, Roles(identifiers=("Unnamed: 0", "pidnum"))) if one.kind == "constant"]
    assert constant.columns == ("zprior",) and constant.suggestions[0].confidence > 0.9


def test_the_more_complete_of_two_is_kept(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    (pair,) = look(frame, Roles(kind="binary", target="hospdead"))
    assert (pair.kind, pair.columns, pair.evidence["other"]) == ("collinear", ("adls",), "adlsc")
    assert pair.suggestions[0].confidence < 0.5


def test_each_kind() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=1000)
    frame = pd.DataFrame(
        {
            "x": x,
            "noch einmal": x,
            "in pounds": x * 2.2 + generator.normal(0, 0.01, 1000),
            "free": generator.normal(size=1000),
            "ward": ["A"] * 998 + ["B"] * 2,
            "country": "XY",
            "ticked": [1.0] * 300 + [np.nan] * 700,
            "empty": np.nan,
            "word": generator.choice(["a", "b"], 1000),
        }
    )
    found = {one.columns[0]: (one.kind, one.suggestions[0].confidence) for one in look(frame)}
    assert {name: kind for name, (kind, _) in found.items()} == {
        "noch einmal": "duplicate-column",
        "in pounds": "collinear",
        "ward": "near-constant",
        "country": "constant",
        "ticked": "constant",
    }
    assert found["ticked"][1] < 0.5 < found["country"][1]


def test_repeats_need_the_same_gaps() -> None:
    x = np.arange(50.0)
    frame = pd.DataFrame({"x": x, "y": np.where(x < 5, np.nan, x), "z": x[::-1]})
    assert "duplicate-column" not in [one.kind for one in look(frame)]


def test_one_row() -> None:
    data = Dataset(canonical(pd.DataFrame({"x": [1]})))
    assert isinstance(UninformativeColumns().look(data), NotApplicable)
