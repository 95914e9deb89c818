"""Numbers and dates that are kept as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.fix_types import FixTypes
from climbdc_tools.wrong_type import WrongType

MODEL = Roles(kind="binary", target="died")


def look(frame: pd.DataFrame, roles: Roles = MODEL) -> dict[str, Finding]:
    found = WrongType({}).look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    return {finding.columns[0]: finding for finding in found}


def of(cells: list[str], roles: Roles = MODEL) -> Finding | None:
    return look(pd.DataFrame({"x": cells * 5, "other": ["words"] * 5 * len(cells)}), roles).get("x")


def rule(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = finding.suggestions[0].params["columns"]["x"]
    return found


@pytest.mark.parametrize(
    ("cells", "expected", "numbers"),
    [
        (["<5", "7", "8.5"], {"to": "number", "censored": "value"}, [5, 7, 8.5]),
        (["1,200", "13,000", "900"], {"to": "number", "thousands": ","}, [1200, 13000, 900]),
        (["0,75", "1,5", "2"], {"to": "number", "decimal": ","}, [0.75, 1.5, 2]),
        (["1.200,50", "12,5", "7"], {"to": "number", "decimal": ",", "thousands": "."}, [1200.5, 12.5, 7]),
        (["12.0 oz", "8 oz", "9.5 oz"], {"to": "number", "units": ["oz"]}, [12, 8, 9.5]),
        (["5 %", "12%", "7%"], {"to": "number", "percent": True}, [5, 12, 7]),
        (["1.2e3", "<3", "7"], {"to": "number", "censored": "value"}, [1200, 3, 7]),
        (["5", "n/a", "<7", "8"], {"to": "number", "censored": "value", "errors": "missing"}, [5, np.nan, 7, 8]),
    ],
)
def test_numbers_are_recognised_and_the_step_reads_them(
    cells: list[str], expected: dict[str, Any], numbers: list[float]
) -> None:
    finding = of(cells)
    assert finding is not None and finding.kind == "number-as-text" and rule(finding) == expected
    data = Dataset(canonical(pd.DataFrame({"x": cells})))
    step = FixTypes(finding.suggestions[0].params)
    np.testing.assert_allclose(step.apply(data.train, step.fit(data), data.roles)["x"], numbers)


@pytest.mark.parametrize(
    "cells",
    [
        ["00123", "04567", "99999"],
        ["35957", "35631", "x5957"],
        ["126/83", "120/80", "99/60"],
        ["1st", "2nd", "3rd"],
        ["18-25", "26-40", "41-60"],
        ["702 n main st", "5 pine street", "33 us highway"],
        ["stage 1", "stage 2", "stage 3"],
        ["yes", "no", "no"],
    ],
)
def test_codes_and_words_are_left(cells: list[str]) -> None:
    finding = of(cells)
    assert finding is None or (finding.kind == "codes-among-numbers" and finding.suggestions[0].confidence < 0.8)


def test_several_units_are_named_and_not_taken_off() -> None:
    finding = of(["70 kg", "80kg", "66 lb", "75 KG"])
    assert finding is not None and finding.kind == "several-units" and finding.suggestions == ()


def test_commas_that_may_be_either_are_doubted() -> None:
    finding = of(["1,234", "2,345", "3,456", "1500"])
    assert finding is not None and finding.suggestions[0].confidence < 0.7


@pytest.mark.parametrize(
    ("cells", "kind", "formats"),
    [
        (["31/01/2020", "05/03/2020"], "date-as-text", ["%d/%m/%Y"]),
        (["01/31/2020", "05/03/2020"], "date-as-text", ["%m/%d/%Y"]),
        (["31-01-2020", "05-03-2020", "2020-02-05"], "mixed-dates", ["%d-%m-%Y", "%Y-%m-%d"]),
        (["01/02/2020", "03/04/2020"], "undecidable-dates", ["%d/%m/%Y"]),
        (["31/01/2020", "01/31/2020", "02/03/2020"], "conflicting-dates", ["%d/%m/%Y", "%m/%d/%Y"]),
        (["12 Mar 2020 08:15", "1 Apr 2021 10:00"], "date-as-text", ["%d %b %Y %H:%M"]),
    ],
)
def test_the_order_of_day_and_month_comes_from_days_above_twelve(
    cells: list[str], kind: str, formats: list[str]
) -> None:
    finding = of(cells)
    assert finding is not None and finding.kind == kind and rule(finding)["format"] == formats
    assert (finding.suggestions[0].confidence > 0.8) is (kind in {"date-as-text", "mixed-dates"})


def test_truth_values_are_written_in_the_usual_way() -> None:
    finding = of(["yes", "yes", "no", "no", "1", "0"])
    assert finding is not None and finding.kind == "truth-values"
    assert finding.suggestions[0].params == {"maps": {"x": {"0": "no", "1": "yes"}}}


def test_without_a_goal_only_mixed_forms_are_named() -> None:
    assert of(["12.0 oz", "8 oz", "9 oz"], Roles()) is None
    assert of(["31/01/2020", "05/03/2020"], Roles()) is None
    finding = of(["12 oz", "8 oz", "9 oz", "7 oz", "10 OZ."], Roles())
    assert finding is not None and finding.kind == "mixed-forms"
    assert rule(finding) == {"to": "text", "form": "{number} oz", "units": ["OZ."]}


def test_beers_percent_signs_come_off_and_clean_cells_stay(bench_data: Path) -> None:
    frame = read([bench_data / "repair/quintet/beers/dirty.csv"]).frame
    finding = look(frame, Roles())["abv"]
    step = FixTypes(finding.suggestions[0].params)
    data = Dataset(frame)
    after = step.apply(frame, step.fit(data), data.roles)["abv"]
    clean = pd.read_csv(bench_data / "repair/quintet/beers/clean.csv")["abv"]
    np.testing.assert_allclose(pd.to_numeric(after), clean, atol=1e-9)
    units = look(frame, Roles())["ounces"].suggestions[0]
    assert units.params["columns"]["ounces"]["to"] == "number"
    step = FixTypes(units.params)
    ounces = pd.read_csv(bench_data / "repair/quintet/beers/clean.csv")["ounces"]
    np.testing.assert_allclose(step.apply(frame, step.fit(data), data.roles)["ounces"], ounces)


def test_odd_tables_do_not_stop_it() -> None:
    frame = pd.DataFrame({"Größe": ["<1"] * 3, "b": [None, "x", None]})
    assert look(frame) == {}
    assert isinstance(WrongType({}).look(Dataset(canonical(frame.iloc[:0]))), NotApplicable)
    assert isinstance(WrongType({}).look(Dataset(canonical(pd.DataFrame({"a": [1.5]})))), NotApplicable)
