"""No cell under k in a column, and none that can be worked out from the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.data import canonical
from climbdc.privacy._profile import OTHER, Profile, profile
from climbdc.sdk import Column

K = 10
Counts = st.lists(st.integers(1, 40), min_size=1, max_size=60)


def as_is(text: str) -> str:
    return text


def made(counts: list[int], gaps: int = 0) -> pd.Series[Any]:
    """A column with so many rows of each level."""
    values = [f"level {number}" for number, rows in enumerate(counts) for _ in range(rows)]
    return canonical(pd.DataFrame({"c": [*values, *[None] * gaps]}))["c"]


def told(values: pd.Series[Any], **more: Any) -> Profile:
    return profile(values, Column(name="c", type="categorical"), K, as_is, hidden=False, **more)


@settings(deadline=None)
@given(Counts, st.integers(0, 30))
def test_every_cell_that_is_told_and_the_rest_hold_k(counts: list[int], gaps: int) -> None:
    values = made(counts, gaps)
    shown = told(values)
    present = int(values.notna().sum())
    seen = 0
    for label, mask in shown.cells.items():
        assert mask.sum() >= K, label
        seen += int(mask.sum()) if label in shown.levels else 0
    if shown.levels:
        assert seen == present  # with "(other)" it is the whole: nothing is left to work out
        assert set(shown.levels) <= set(shown.cells)
    assert len([name for name in shown.levels if name != OTHER]) <= 40


def test_a_small_level_takes_another_with_it() -> None:
    shown = told(made([60, 30, 3]))
    assert shown.levels == {"level 0": "65%", OTHER: "35%"}
    assert told(made([60, 3])).levels == {}
    assert told(made([60, 30])).levels == {"level 0": "67%", "level 1": "33%"}


def test_few_gaps_cannot_be_worked_out_of_the_shares() -> None:
    with_gaps, without = told(made([60, 40], gaps=4)), told(made([60, 40]))
    assert with_gaps.missing == "fewer than 10 rows" and with_gaps.levels == without.levels


def test_many_rows_of_few_persons_are_few() -> None:
    values = made([60, 30])
    persons = np.asarray([*range(60), *[70] * 30])
    assert told(values).levels and told(values, persons=persons).levels == {}
    gaps = made([60], gaps=30)
    assert told(gaps, persons=persons).missing == "fewer than 10 persons"


def test_types_that_name_somebody_tell_nothing_of_their_values() -> None:
    values = made([60, 40])
    for kind in ("text", "identifier", "date"):
        shown = profile(values, Column(name="c", type=kind), K, as_is, hidden=False)
        assert not shown.told and shown.missing == "none"
    assert not profile(values, Column(name="c", type="categorical"), K, as_is, hidden=True).told


def test_a_label_that_must_not_be_shown_is_among_the_others() -> None:
    shown = profile(
        made([60, 40, 20]),
        Column(name="c", type="categorical"),
        K,
        lambda text: None if "0" in text else text,
        hidden=False,
    )
    assert set(shown.levels) == {"level 1", "level 2", OTHER} and shown.levels[OTHER] == "50%"
