"""What was changed since the beginning, cell by cell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from climbdc_ui._acts import Seat
from climbdc_ui.panels._column import card
from climbdc_ui.panels._grid import grid, look_of
from climbdc_ui.panels._picture import picture
from climbdc_ui.panels._sheet import Kept, Sheet, sheet_of

Make = Callable[..., Seat]
DAYS = pd.to_datetime(pd.Series(["2021-01-05", None, "2021-02-01"]))


def sheet(seat: Seat) -> Sheet:
    found = sheet_of(seat.stored)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ([1, 2, 3], [1.0, np.nan, 3.0], [False, True, False]),
        ([np.nan, 2.0, 3.0], [np.nan, 2.0, 3.5], [False, False, True]),
        (["5", "x", None], [5.0, np.nan, np.nan], [False, True, False]),
        (["a", None, "b"], ["a", None, "c"], [False, False, True]),
        (DAYS, DAYS + pd.to_timedelta([0, 0, 1], unit="D"), [False, False, True]),
        (["2021-01-05", None, "soon"], pd.to_datetime(pd.Series(["2021-01-05", None, None])), [False, False, True]),
    ],
)
def test_cells_are_alike_where_they_are_written_alike(
    made: Make, before: object, after: object, changed: list[bool]
) -> None:
    found = sheet(made(pd.DataFrame({"a": before}), pd.DataFrame({"a": after})))
    assert found.changed("a").tolist() == changed and found.any_changed().tolist() == changed


def test_rows_that_were_taken_out_and_columns_that_were_made(made: Make) -> None:
    first = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": ["x", "y", "z", None]})
    last = first.drop(index=[0, 2]).assign(a=[2.0, 9.0], new=[1, 0])
    found = sheet(made(first, last))
    assert found.made == {"new"} and found.any_changed().tolist() == [False, True]
    told = grid(found, look_of({}, found.names), list(found.names))
    assert [(row, cells[0].text, cells[0].before) for row, cells in told.rows] == [(1, "2", ""), (3, "9", "4")]
    shown = card(found, "a")
    assert (shown.changed, shown.pairs, shown.made) == (1, (("4", "9", 1),), False)
    assert card(found, "new").made and card(found, "new").history[0].told == "made this column"


def test_many_replacements_are_told_in_few_words(made: Make) -> None:
    numbers = np.arange(500.0)
    found = sheet(
        made(pd.DataFrame({"a": np.full(500, -9.0), "b": numbers}), pd.DataFrame({"a": numbers, "b": numbers * 2}))
    )
    assert card(found, "a").pairs == (("-9", "500 different values, 0 to 499", 500),)
    assert card(found, "b").pairs == (("499 different values", "499 different values, 2 to 998", 499),)


def test_a_picture_shows_the_usual_and_names_the_rest() -> None:
    values = pd.Series(np.append(np.linspace(1, 5, 1000), 29.0))
    usual, whole = picture(values), picture(values, whole=True)
    assert usual is not None and whole is not None
    assert usual.high.endswith("up to 29") and sum(bar.now for bar in usual.bars) == 1001
    assert whole.at(29.0, 1).mark == 1.0 and usual.mark is None
    few = picture(pd.Series(["a", "b", "a", None]), pd.Series(["a", "c", "a", None]))
    assert few is not None and [(bar.label, bar.now, bar.before) for bar in few.bars] == [
        ("a", 2, 2),
        ("b", 1, 0),
        ("c", 0, 1),
    ]
    assert [bar.here for bar in few.at("zz", 1).bars] == [False, False, False, True]
    assert picture(pd.Series([np.nan, np.nan])) is None


def test_only_the_last_results_are_kept() -> None:
    kept: Kept[int] = Kept(2)
    assert [kept.get(key, lambda key=key: key * 10) for key in (1, 2, 1, 3)] == [10, 20, 10, 30]  # type: ignore[misc]
    assert kept.get(1, lambda: 0) == 10 and kept.get(2, lambda: -1) == -1
