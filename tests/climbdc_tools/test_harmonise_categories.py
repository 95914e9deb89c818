"""Spellings become one value."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from climbdc.data import TEXT, canonical
from climbdc.sdk import Dataset
from climbdc_tools.harmonise_categories import HarmoniseCategories


def test_only_listed_spellings_change_and_gaps_stay() -> None:
    data = Dataset(canonical(pd.DataFrame({"sex": ["Male ", "male", None, "Männlich"], "code": [1, 2, 3, 1]})))
    tool = HarmoniseCategories({"maps": {"sex": {"Male ": "male"}, "code": {"3": "2"}, "none": {"a": "b"}}})
    state = tool.fit(data)
    seen = tool.apply(data.train, state, data.roles)
    assert seen["sex"].fillna("gap").tolist() == ["male", "male", "gap", "Männlich"]
    assert seen["sex"].dtype == TEXT and seen["code"].tolist() == [1, 2, 2, 1]
    assert state == {"cells": {"sex": 1, "code": 1}}


def test_maps_are_not_followed_twice() -> None:
    data = Dataset(canonical(pd.DataFrame({"a": ["x", "y"]})))
    tool = HarmoniseCategories({"maps": {"a": {"x": "y", "y": "x"}}})
    assert tool.apply(data.train, tool.fit(data), data.roles)["a"].tolist() == ["y", "x"]


def test_real_categories(bench_data: Path) -> None:
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv")))
    tool = HarmoniseCategories({"maps": {"edema": {"edema despite diuretics": "edema", "edema no diuretics": "edema"}}})
    seen = tool.apply(data.train, tool.fit(data), data.roles)["edema"]
    assert set(seen.dropna()) == {"No edema", "edema"} and seen.isna().equals(data.train["edema"].isna())
