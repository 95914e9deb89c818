"""Impossible values go or are rescaled; possible ones stay to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset
from climbdc_tools.correct_implausible import CorrectImplausible


def corrected(values: list[Any], **wanted: Any) -> list[float | None]:
    data = Dataset(canonical(pd.DataFrame({"x": values})))
    tool = CorrectImplausible({"columns": {"x": wanted}})
    seen = tool.apply(data.train, tool.fit(data), data.roles)["x"]
    return [None if pd.isna(value) else value for value in seen]


@pytest.mark.parametrize(
    ("values", "wanted", "seen"),
    [
        ([0, 70, 300], {"low": 20, "high": 300}, [None, 70, 300]),
        ([0.0, 1.0], {"zero_is_missing": True}, [None, 1.0]),
        ([0, 5], {}, [0, 5]),
        ([1.7, 170.0, 99999.0], {"low": 1, "high": 2.5, "action": "rescale", "factor": 0.01}, [1.7, 1.7, None]),
        ([98.6, 37.0, 0.0], {"low": 30, "high": 45, "action": "rescale", "factor": 5 / 9, "offset": -160 / 9}, None),
        (["high", "low"], {"low": 3}, ["high", "low"]),
    ],
)
def test_each_way(values: list[Any], wanted: dict[str, Any], seen: list[Any] | None) -> None:
    assert corrected(values, **wanted) == pytest.approx(seen if seen is not None else [37.0, 37.0, None])


def test_what_holds_no_numbers_is_named() -> None:
    data = Dataset(canonical(pd.DataFrame({"x": ["a"]})))
    assert CorrectImplausible({"columns": {"x": {"low": 1}}}).fit(data) == {
        "cells": {},
        "left": {"x": "holds no numbers"},
    }


def test_impossible_zeros_of_a_real_table(bench_data: Path) -> None:
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")))
    columns = {name: {"zero_is_missing": True} for name in ("meanbp", "hrt", "resp")}
    tool = CorrectImplausible({"columns": columns})
    state = tool.fit(data)
    seen = tool.apply(data.train, state, data.roles)
    for name in columns:
        assert state["cells"][name] == (data.train[name] == 0).sum() > 0
        assert not (seen[name] == 0).any()
        kept = data.train[name] != 0
        assert seen.loc[kept, name].equals(data.train.loc[kept, name])
