"""Values that no living patient has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical, read
from climbdc.describe import describe
from climbdc.sdk import Column, Conversion, Dataset, Dictionary, Finding, Limits, NotApplicable, Roles
from climbdc_tools.impossible_values import ImpossibleValues

TEMPERATURE = Limits(
    low=25,
    high=45,
    typical_low=34,
    typical_high=42,
    unit="°C",
    conversions=(Conversion(unit="°F", factor=5 / 9, offset=-160 / 9),),
)
USUAL = [36.5, 37.0, 38.2, 39.1] * 20


def look(values: list[float], limits: Limits | None = TEMPERATURE, roles: Roles | None = None) -> list[Finding]:
    data = Dataset(
        canonical(pd.DataFrame({"x": values})), roles or Roles(), Dictionary([Column(name="x", limits=limits)])
    )
    found = ImpossibleValues({}).look(data)
    return [] if isinstance(found, NotApplicable) else found


def test_another_unit_is_converted_back() -> None:
    (finding,) = look([*USUAL, 98.6, 101.3, 100.4])
    step = finding.suggestions[0]
    change = step.params["columns"]["x"]
    assert (finding.kind, change["action"], change["high"], change["low"]) == ("unit", "rescale", 45, None)
    assert (
        98.6 * change["factor"] + change["offset"] == 37.0
        or abs(98.6 * change["factor"] + change["offset"] - 37) < 1e-9
    )
    assert step.confidence >= 0.9


def test_a_slipped_decimal_point_is_moved_with_less_confidence_when_rare() -> None:
    (finding,) = look([*USUAL, 366.0])
    assert (finding.kind, finding.suggestions[0].params["columns"]["x"]["factor"]) == ("decimal", 0.1)
    assert finding.suggestions[0].confidence <= 0.5


def test_what_has_no_explanation_becomes_missing() -> None:
    (finding,) = look([*USUAL, 500.0, 98.6])
    assert finding.kind == "out-of-range"
    assert finding.suggestions[0].params == {"columns": {"x": {"low": None, "high": 45, "action": "missing"}}}
    assert finding.rows is not None and finding.rows.tolist() == [80, 81]


def test_each_side_is_a_finding_of_its_own() -> None:
    assert sorted(finding.kind for finding in look([*USUAL, -3.0, 12.0, 777.7])) == [
        "negative", "out-of-range", "out-of-range",
    ]  # fmt: skip


def test_codes_and_impossible_zeros_are_left_to_others() -> None:
    limits = TEMPERATURE.model_copy(update={"zero_impossible": True})
    assert look([*USUAL, 0.0, 0.0, 999.0, -9.0], limits) == []


def test_limits_that_do_not_fit_the_column_change_nothing() -> None:
    (finding,) = look([1.65, 1.80, 1.75] * 20)
    assert (finding.kind, finding.suggestions) == ("misfit", ())


def test_a_time_of_follow_up_is_not_negative() -> None:
    roles = Roles(kind="survival", target="e", event="e", duration="x")
    (finding,) = look([*USUAL, -2.0], None, roles)
    assert finding.kind == "negative" and finding.suggestions[0].confidence < 0.6


def test_a_column_without_known_limits_is_not_judged() -> None:
    assert look([1.0, 2.0, 1e9], None) == []


def test_odd_columns_do_not_stop_it() -> None:
    assert look([]) == look([np.nan, np.nan]) == look([37.0]) == []


def test_support2_has_few_impossible_values(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/support2.csv"]).frame
    found = ImpossibleValues({}).look(Dataset(frame, Roles(kind="binary", target="hospdead"), describe(frame)))
    assert not isinstance(found, NotApplicable)
    assert {finding.columns[0] for finding in found} <= {"hrt", "alb", "glucose", "wblc", "totmcst"}
    assert all(finding.rows is not None and len(finding.rows) <= 3 for finding in found)
