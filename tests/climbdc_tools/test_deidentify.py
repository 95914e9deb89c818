"""Coarser, and no more than that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import TEXT, canonical
from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Dictionary, Roles
from climbdc_tools.deidentify import Deidentify

ROLES = Roles(kind="binary", target="died", patient="id")


def treated(frame: pd.DataFrame, columns: dict[str, str], roles: Roles = ROLES) -> pd.DataFrame:
    data = Dataset(canonical(frame), roles, Dictionary())
    tool = Deidentify({"columns": columns})
    return tool.apply(data.train, tool.fit(data), roles)


def test_ages_above_89_become_one_group(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    seen = treated(frame, {"age": "age_cap"}, Roles(kind="binary", target="hospdead"))
    old = canonical(frame)["age"] > 89
    assert old.sum() == 216 and set(seen.loc[old & (frame["age"] >= 90), "age"]) == {90.0}
    assert seen["age"].max() == 90
    assert seen.loc[~old].equals(canonical(frame).loc[~old])


def test_years_of_dates_and_of_texts_that_are_dates() -> None:
    frame = pd.DataFrame(
        {
            "seen": pd.to_datetime(pd.Series(["2019-03-12", None, "2021-11-30"])),
            "dob": ["31/12/1940", "2001-02-03", "unknown"],
        }
    )
    seen = treated(frame, {"seen": "year", "dob": "year"})
    assert seen["seen"].tolist()[::2] == [2019, 2021] and seen["seen"].isna().tolist() == [False, True, False]
    assert seen["dob"].tolist()[:2] == [1940, 2001] and np.isnan(seen["dob"].iloc[2])
    tool = Deidentify({"columns": {"dob": "year"}})
    data = Dataset(canonical(frame))
    (told,) = tool.describe(data, seen, tool.fit(data))
    assert (told.name, told.type, told.unit) == ("dob", "integer", "year")


def test_three_places_of_a_postcode() -> None:
    codes = ["90210", "03601-1234", "SW1A 1AA", "1017 XN", None]
    seen = treated(
        pd.DataFrame({"zip": codes, "plz": [1067, 3601, 10115, 80331, 99084]}), {"zip": "postcode3", "plz": "postcode3"}
    )
    assert seen["zip"].tolist()[:4] == ["902", "000", "SW1", "101"] and seen["zip"].isna().sum() == 1
    assert seen["plz"].tolist() == ["010", "000", "101", "803", "990"]
    assert seen["plz"].dtype == TEXT


def test_remarks_lose_names_and_keep_findings() -> None:
    notes = ["Mrs Jane Miller has chest pain, BP 120/80", "stable, K 4.1 mmol/L", None]
    seen = treated(pd.DataFrame({"note": notes}), {"note": "scrub"})
    assert seen["note"].tolist()[:2] == ["Mrs [name] has chest pain, BP 120/80", "stable, K 4.1 mmol/L"]


def test_columns_go_and_absent_ones_are_passed_over() -> None:
    frame = pd.DataFrame({"name": ["Jane Miller"], "x": [1.0]})
    assert list(treated(frame, {"name": "drop", "gone": "drop", "x": "keep"}).columns) == ["x"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"died": "drop"}, "'died' has a part"),
        ({"id": "drop"}, "'id' has a part"),
        ({"x": "year"}, "holds numbers, not dates"),
        ({"t": "age_cap"}, "holds no numbers"),
        ({"x": "scrub"}, "holds no text"),
    ],
)
def test_what_cannot_be_done_is_refused(columns: dict[str, str], said: str) -> None:
    frame = pd.DataFrame({"died": [0, 1], "id": [1, 2], "x": [1.5, 2.5], "t": ["a", "b"]})
    with pytest.raises(ToolError, match=said):
        treated(frame, columns)
