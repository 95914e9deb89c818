"""Single cells put right: what is listed, what the row tells, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Roles
from climbdc_tools.find_cell_errors import FindCellErrors
from climbdc_tools.repair_values import RepairValues


def repaired(frame: pd.DataFrame, params: dict[str, Any], new: pd.DataFrame | None = None) -> pd.DataFrame:
    tool, train = RepairValues(params), canonical(frame)
    state = tool.fit(Dataset(train))
    return tool.apply(train if new is None else canonical(new), state, Roles())


def wards() -> pd.DataFrame:
    """Ten rows each of three wards, told by their number, phone and floor."""
    each: dict[str, list[Any]] = {
        "ward": ["A", "B", "C"],
        "number": [11, 12, 13],
        "phone": ["5551", "5552", "5553"],
        "floor": [1, 2, 3],
    }
    return pd.DataFrame({name: np.repeat(values, 10) for name, values in each.items()})


BY = {"columns": {"ward": {"by": ["number", "phone", "floor"]}}}


def test_listed_values_are_written_and_others_stay() -> None:
    frame = pd.DataFrame(
        {"x": ["femle", "male", "femle ", None], "n": [2013, 2246, 2013, 2013], "f": [1.5, 2, 3, None]}
    )
    params = {
        "maps": {"x": {"femle": "female", "male": ""}, "n": {"2246": "2013"}, "f": {"1.50": "2"}, "gone": {"a": "b"}}
    }
    after = repaired(frame, params)
    assert after["x"].fillna("-").tolist() == ["female", "-", "femle ", "-"]
    assert after["n"].tolist() == [2013] * 4 and after["n"].dtype == "int64"
    assert after["f"].tolist()[:3] == [2.0, 2.0, 3.0]


def test_a_cell_is_told_by_three_columns() -> None:
    frame = wards()
    frame.loc[4, "ward"] = "Q"
    assert repaired(frame, BY)["ward"].tolist() == wards()["ward"].tolist()


def test_known_mistake_forced_repair() -> None:
    """Nothing is written where the evidence does not suffice."""
    frame = wards()
    frame.loc[4, "ward"] = "Q"
    frame.loc[4, "phone"] = "5552"  # the row contradicts itself
    frame.loc[5, "ward"] = None  # a gap is not an error
    frame.loc[[14, 15, 16], "ward"] = "C"  # three rows agree: may be true
    assert repaired(frame, BY)["ward"].fillna("-").tolist() == frame["ward"].fillna("-").tolist()
    few = wards().groupby("ward").head(2).reset_index(drop=True)
    few.loc[0, "ward"] = "Q"
    assert repaired(few, BY)["ward"].tolist() == few["ward"].tolist()


def test_new_rows_are_judged_by_what_train_rows_said() -> None:
    new = pd.DataFrame(
        {"ward": ["X", "X", "B"], "number": [12, 99, 11], "phone": ["5552", "9999", "5551"], "floor": [2, 9, 1]}
    )
    after = repaired(wards(), BY, new)
    assert after["ward"].tolist() == ["B", "X", "B"]
    assert repaired(wards(), BY, new.iloc[:1])["ward"].tolist() == ["B"]


def test_numbers_are_told_too() -> None:
    frame = wards()
    frame.loc[12, "number"] = 99
    after = repaired(frame, {"columns": {"number": {"by": ["ward", "phone", "floor"]}}})
    assert after["number"].tolist() == wards()["number"].tolist() and after["number"].dtype == "int64"


def test_a_value_that_spilled_over_goes_to_its_column() -> None:
    frame = pd.DataFrame({"city": ["Bend OR", "Gary", "Reno", "Leiden NL"], "state": [None, "IN", "OR", None]})
    frame = pd.concat(
        [frame, pd.DataFrame({"city": ["Salem", "South Bend"], "state": ["OR", "IN"]})], ignore_index=True
    )
    after = repaired(frame, {"columns": {"city": {"spills_into": "state"}}})
    assert after["city"].tolist() == ["Bend", "Gary", "Reno", "Leiden NL", "Salem", "South Bend"]
    assert after["state"].fillna("-").tolist() == ["OR", "IN", "OR", "-", "OR", "IN"]


def test_the_state_is_json_beside_its_table() -> None:
    state = RepairValues(BY).fit(Dataset(canonical(wards())))
    assert set(state["votes"].columns) == {"column", "by", "key", "value", "agreeing", "rows"}
    json.dumps({key: value for key, value in state.items() if key != "votes"})


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_no_and_one_row(rows: int) -> None:
    frame = wards().iloc[:rows]
    assert repaired(frame, BY).equals(canonical(frame))
    assert repaired(pd.DataFrame({"所": [None] * 3}), BY).shape == (3, 1)


def test_hospital_is_repaired_by_its_own_findings(bench_data: Path) -> None:
    folder = bench_data / "repair" / "quintet" / "hospital"
    dirty, clean = (
        pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("dirty", "clean")
    )
    found = FindCellErrors({}).look(Dataset(canonical(dirty)))
    assert isinstance(found, list)
    params: dict[str, Any] = {"maps": {}, "columns": {}}
    for finding in found:
        for step in finding.suggestions:
            if step.tool == "repair_values" and step.confidence >= 0.9:
                for part, columns in step.params.items():
                    params[part].update(columns)
    after = repaired(dirty, params).to_numpy()
    wrong, changed = dirty.to_numpy() != clean.to_numpy(), dirty.to_numpy() != after
    right = changed & (after == clean.to_numpy())
    assert right.sum() >= 0.98 * changed.sum()
    assert right.sum() >= 0.9 * wrong.sum()
