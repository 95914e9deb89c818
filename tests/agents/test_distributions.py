"""Before and after as counts: on one axis, honest about what is not in them, never a value of one row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from climbdc.agents._distributions import MOST_COLUMNS, distributions, pair
from climbdc.agents._subgroups import touched_by_outcome
from climbdc.data import canonical, diff
from climbdc.sdk import Column, Dictionary, Roles


def table(**columns: object) -> pd.DataFrame:
    """A canonical frame."""
    frame = pd.DataFrame(columns)
    frame.index.name = "_row"
    return canonical(frame)


def test_numbers_are_counted_on_one_axis_and_gaps_beside_it() -> None:
    before = table(chol=[0.0, 0.0, 200.0, 250.0, 300.0])["chol"]
    told = pair(before, before.replace(0.0, np.nan))
    assert told is not None and told["kind"] == "numbers"
    assert (told["edges"][0], told["edges"][-1]) == (0, 300)
    assert (sum(told["before"]), sum(told["after"]), told["missing"]) == (5, 3, [0, 2])


def test_levels_beyond_the_shown_are_one_number() -> None:
    before = table(site=[f"s{n // 2:02d}" for n in range(40)])["site"]
    told = pair(before, before.replace({"s00": "s01"}))
    assert told is not None and told["kind"] == "levels"
    assert sum(told["before"]) + told["other"][0] == 40 == sum(told["after"]) + told["other"][1]
    assert told["labels"][0] == "s01"


def test_text_read_as_numbers_has_no_counts_before() -> None:
    told = pair(table(a=["1,5", "2"])["a"], table(a=[1.5, 2.0])["a"])
    assert told is not None and told["before"] == [] and told["other"] == [2, 0] and sum(told["after"]) == 2


def test_at_most_six_columns_and_none_that_names_people() -> None:
    before = table(**{f"c{n}": [0.0, 1.0, 2.0] for n in range(9)}, name=["ann", "bob", "cy"])
    after = before.assign(**{f"c{n}": [5.0, 1.0, 2.0] for n in range(9)}, name=["x", "y", "z"])
    dictionary = Dictionary([Column(name="name", type="identifier")])
    told = distributions(before, after, diff(before, after), dictionary)
    assert len(told["columns"]) == MOST_COLUMNS and told["left_out"] == 4
    assert "name" not in {each["column"] for each in told["columns"]} and "ann" not in str(told)


def test_rows_lost_are_told_by_outcome_with_those_whose_outcome_is_not_known() -> None:
    before = table(died=[0.0, 0.0, 1.0, np.nan], age=[1.0, 2.0, 3.0, 4.0])
    after = before.iloc[1:3]
    told = touched_by_outcome(before, diff(before, after), Roles(kind="binary", target="died"))
    counted = {each["group"]: (each["rows"], each["dropped"]) for each in told}
    assert counted == {"0.0": (2, 1), "1.0": (1, 0), "not known": (1, 1)}


def test_a_number_to_be_predicted_is_told_by_quarters() -> None:
    before = table(days=[float(n) for n in range(40)])
    after = before.iloc[:30]
    told = touched_by_outcome(before, diff(before, after), Roles(kind="numeric", target="days"))
    assert [each["rows"] for each in told] == [10, 10, 10, 10] and [each["dropped"] for each in told] == [0, 0, 0, 10]


def test_without_a_target_nothing_is_told_by_outcome() -> None:
    before = table(a=[1.0, 2.0])
    assert touched_by_outcome(before, diff(before, before.iloc[:1]), Roles()) == []
