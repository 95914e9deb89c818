"""Values that look like data and stand for missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from climbdc.data import canonical, read
from climbdc.describe import describe
from climbdc.sdk import Column, Dataset, Dictionary, Finding, Limits, NotApplicable, Roles
from climbdc_tools.disguised_missing import DisguisedMissing

MODEL = Roles(kind="binary", target="died")


def look(frame: pd.DataFrame, *columns: Column, roles: Roles = MODEL) -> dict[str, Finding]:
    found = DisguisedMissing({}).look(Dataset(canonical(frame), roles, Dictionary(columns)))
    assert not isinstance(found, NotApplicable)
    return {finding.columns[0]: finding for finding in found}


def codes(finding: Finding) -> list[str]:
    return [code for step in finding.suggestions for code in step.params["codes"][finding.columns[0]]]


def values(*extra: Any, low: int = 40, high: int = 90, rows: int = 100) -> list[Any]:
    return [*np.linspace(low, high, rows).round().tolist(), *extra]


def test_support2_zeros_that_cannot_be_are_found_and_no_other(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/support2.csv"]).frame
    answers = yaml.safe_load((bench_data / "answers/support2.yaml").read_text())
    found = look(frame, *describe(frame).values(), roles=Roles(kind="binary", target="hospdead"))
    rows = {name: len(finding.rows) for name, finding in found.items() if finding.rows is not None}
    assert rows == {**answers["implausible_zero"], "glucose": 1}
    assert sum(answers["implausible_zero"].values()) == 209
    assert {finding.suggestions[0].backed_by for finding in found.values()} == {"knowledge"}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (values(999, 999, 999), ["999"]),
        (values(-9, -9), ["-9"]),
        (values(-1, -1, -1), ["-1"]),
        ([1, 2, 3, 4] * 20 + [9] * 5, ["9"]),
        (values(99, 99, 99), []),  # an age of 99 stands not apart from 90
        (values(999), []),  # once may be a value
        ([-1, 0, 1, -2] * 20, []),
        ([0, 1] * 50, []),
        (list(range(10)) * 10, []),
    ],
)
def test_a_sentinel_stands_apart_and_is_repeated(column: list[Any], expected: list[str]) -> None:
    found = look(pd.DataFrame({"x": column}))
    assert [code for finding in found.values() for code in codes(finding)] == expected


def test_known_limits_decide_alone() -> None:
    limits = Column(name="age", limits=Limits(low=0, high=120))
    assert codes(look(pd.DataFrame({"age": values(999)}), limits)["age"]) == ["999"]
    assert look(pd.DataFrame({"age": values(99, 99, 99, 99, high=50)}), limits) == {}


def test_a_lone_spike_at_zero_is_asked_about() -> None:
    found = look(pd.DataFrame({"height": values(*[0] * 5, low=150, high=200), "urine": values(*[0] * 5, low=1)}))
    assert set(found) == {"height"}
    assert found["height"].suggestions[0].confidence < 0.5


def test_words_among_numbers_and_among_categories() -> None:
    frame = pd.DataFrame(
        {
            "crp": [*map(str, range(100)), "none", "?"],
            "drug": ["none", "aspirin"] * 51,
            "smoker": ["yes", "no", "unknown"] * 34,
            "state": ["ND", "CA", "NY", "TX", "AL", "AZ"] * 17,
        }
    )
    found = look(frame)
    assert set(found) == {"crp", "smoker"}
    assert sorted(codes(found["crp"])) == ["?", "none"]
    assert found["smoker"].suggestions[0].confidence < 0.8


def test_what_the_dictionary_declares_is_believed() -> None:
    found = look(pd.DataFrame({"visits": [1, 2, 3, 7] * 5}), Column(name="visits", missing_codes=("7", "n/k")))
    assert (found["visits"].kind, codes(found["visits"])) == ("declared", ["7"])


def test_what_only_a_language_model_declares_is_a_guess() -> None:
    told = {"name": "visits", "missing_codes": ("7",), "sources": {"missing_codes": "model"}}
    (suggestion,) = look(pd.DataFrame({"visits": [1, 2, 3, 7] * 5}), Column.model_validate(told))["visits"].suggestions
    assert (suggestion.confidence, suggestion.backed_by) == (0.5, "")


def test_default_dates_far_from_all_others() -> None:
    dates = pd.to_datetime(["2019-05-01", "2020-01-01", "1900-01-01", "1900-01-01", "NaT"])
    found = look(pd.DataFrame({"seen": dates, "born": pd.to_datetime(["1899-01-01", "1900-01-01"] * 2 + ["NaT"])}))
    assert set(found) == {"seen"}
    assert (found["seen"].kind, codes(found["seen"])) == ("default-date", ["1900-01-01"])


def test_without_a_goal_one_way_of_writing_missing_is_no_fault() -> None:
    frame = pd.DataFrame({"a": ["empty", "x1", "empty"] * 5, "b": ["empty", "n/a", "x1"] * 5})
    found = look(frame, roles=Roles())
    assert found["a"].suggestions == ()
    assert sorted(codes(found["b"])) == ["empty", "n/a"]


def test_a_class_of_the_target_is_left_alone() -> None:
    assert look(pd.DataFrame({"died": ["-", "sick"] * 10})) == {}


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1])])
def test_an_empty_table_is_not_applicable(frame: pd.DataFrame) -> None:
    assert isinstance(DisguisedMissing({}).look(Dataset(canonical(frame))), NotApplicable)


def test_odd_tables_do_not_stop_it() -> None:
    frame = pd.DataFrame({"Größe (cm)": [np.nan] * 3, "診断": [None, "-", None], "c": [5] * 3})
    assert set(look(frame)) == {"診断"}
    assert look(frame.iloc[:1]) == {}
