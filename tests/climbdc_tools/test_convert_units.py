"""Values of a column brought into one unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.describe import describe
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.convert_units import ConvertUnits

FAHRENHEIT = {"factor": 5 / 9, "offset": -160 / 9, "above": 60.0}


def dataset(frame: pd.DataFrame) -> Dataset:
    frame = canonical(frame)
    return Dataset(frame, dictionary=describe(frame))


def run(params: dict[str, object], frame: pd.DataFrame, new: pd.DataFrame | None = None) -> pd.DataFrame:
    data = dataset(frame)
    tool = ConvertUnits(params)
    return tool.apply(data.train if new is None else canonical(new), tool.fit(data), Roles())


def test_each_value_is_judged_by_its_border() -> None:
    frame = pd.DataFrame({"temp": [36.6, 98.6, np.nan, 0.0, 101.3]})
    after = run({"columns": {"temp": {"unit": "C", "others": {"F": FAHRENHEIT}}}}, frame)
    assert after["temp"].round(2).tolist()[:2] == [36.6, 37.0] and after["temp"][3] == 0.0
    assert np.isnan(after["temp"][2]) and round(after["temp"][4], 2) == 38.5


def test_the_border_learnt_on_train_stands_for_new_rows_all_in_the_other_unit() -> None:
    rng = np.random.default_rng(1)
    mg = rng.normal(110, 25, 600).clip(50)
    frame = pd.DataFrame({"glucose": np.where(np.arange(600) % 4 == 0, mg / 18.016, mg)})
    new = pd.DataFrame({"glucose": [5.0, 6.1, 7.2, 8.8]})
    after = run({"columns": {"glucose": {}}}, frame, new)
    assert np.allclose(after["glucose"], new["glucose"] * 18.016)


def test_a_column_of_units_is_read_in_any_spelling() -> None:
    frame = pd.DataFrame({"crea": [1.0, 88.4, 88.4], "u": ["mg/dl", "µmol/L", None]})
    rule = {"unit": "mg/dL", "by": "u", "others": {"umol/L": {"factor": 0.011312}}}
    after = run({"columns": {"crea": rule}}, frame)
    assert after["crea"].round(2).tolist() == [1.0, 1.0, 88.4]
    assert after["u"].tolist()[:2] == ["mg/dl", "mg/dL"] and after["u"].isna()[2]


def test_the_unit_is_told_in_the_dictionary() -> None:
    data = dataset(pd.DataFrame({"alb": [3.5, 4.0, 35.0, 40.0] * 20}))
    tool = ConvertUnits({"columns": {"alb": {"unit": "g/dL", "others": {"g/L": {"factor": 0.1, "above": 8}}}}})
    state = tool.fit(data)
    (column,) = tool.describe(data, tool.apply(data.train, state, data.roles), state)
    assert column.unit == "g/dL" and column.limits is not None and column.limits.high == 8
    assert state["cells"] == {"alb": 40}


@pytest.mark.parametrize("columns", [{}, {"glucose": {}}, {"gone": {}}, {"sex": {"others": {"F": FAHRENHEIT}}}])
def test_with_nothing_to_convert_it_does_not_apply(columns: dict[str, object]) -> None:
    data = dataset(pd.DataFrame({"glucose": [90.0, 100.0] * 20, "sex": ["f", "m"] * 20}))
    with pytest.raises(NotApplicable):
        ConvertUnits({"columns": columns}).fit(data)


@pytest.mark.parametrize("rows", [0, 1])
def test_new_rows_may_be_few_and_columns_absent(rows: int) -> None:
    frame = pd.DataFrame({"temp": [36.6, 98.6] * 20})
    params: dict[str, object] = {"columns": {"temp": {"unit": "C", "others": {"F": FAHRENHEIT}}}}
    assert len(run(params, frame, frame.iloc[:rows])) == rows
    assert run(params, frame, pd.DataFrame({"x": [1.0]})).columns.tolist() == ["x"]
