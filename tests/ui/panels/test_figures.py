"""Figures: drawn when they are looked at, a few at a time, each with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.copilot import Session
from climbdc_ui._acts import Seat
from climbdc_ui.panels._changed import before_and_after, changed_columns, missing_overall, missing_shares
from climbdc_ui.panels._drawn import draw
from climbdc_ui.panels._figures import FIGURES, sketches
from climbdc_ui.panels._sheet import sheet_of

At = Callable[..., Seat]
DATA: dict[str, dict[str, Any]] = {
    "bars": {"labels": ["a", "<b>"], "values": [1, 3]},
    "rank": {"labels": ["a", "b"], "values": [0.2, 0.4], "threshold": 0.3},
    "histogram": {"edges": [0, 1, 2], "counts": [3, 5]},
    "compare": {"edges": [0, 1, 2], "series": {"before": [3, 5], "after": [4, 4]}},
    "line": {"x": [0, 1, 2], "series": {"risk": [0.1, 0.5, 0.9]}},
    "heatmap": {"labels": ["a", "b"], "values": [[1, -0.5], [-0.5, 1]]},
    "missingness": {"columns": ["a", "b"], "rows": ["01", "11", "00"]},
    "steps": {"x": [0, 2, 5], "series": {"all": [1, 0.8, 0.5]}, "low": {"all": [1, 0.6, 0.3]},
              "high": {"all": [1, 0.9, 0.7]}},
    "calibration": {"predicted": [0.1, 0.3], "observed": [0.12, 0.22], "low": [0.05, 0.1], "high": [0.2, 0.5],
                    "counts": [50, 40]},
    "table": {"columns": ["group", "rows"], "rows": [["<b>women</b>", 1234], ["men", None]]},
}  # fmt: skip
OPTIONAL = {"threshold", "low", "high"}


@pytest.mark.parametrize("kind", DATA)
def test_every_kind_is_drawn_and_one_that_is_broken_is_not(kind: str) -> None:
    drawing = draw(kind, DATA[kind], "A title")
    assert drawing is not None and drawing.words.startswith("A title: ")
    for missing in DATA[kind]:
        if missing not in OPTIONAL or kind == "calibration":
            assert draw(kind, {name: value for name, value in DATA[kind].items() if name != missing}, "x") is None
    assert draw(kind, dict.fromkeys(DATA[kind], 7), "x") is None
    assert draw(kind, {name: [] for name in DATA[kind]}, "x") is None or kind in {"bars", "rank", "heatmap"}


def test_lengths_and_paths_are_the_numbers() -> None:
    rank = draw("rank", DATA["rank"], "Strength")
    assert rank is not None and rank.mark == 75.0 and [bars[0][1] for _, bars in rank.bars] == [50.0, 100.0]
    areas = draw("compare", DATA["compare"], "chol")
    assert areas is not None and areas.paths[0] == ("area before", "M0.0 100V40.0H50.0V0.0H100.0V100Z")
    assert areas.rows == (("0 to 1", "3", "4"), ("1 to 2", "5", "4")) and areas.top == "5 rows"
    gaps = draw("missingness", DATA["missingness"], "Gaps")
    assert gaps is not None and [share for _, _, share in gaps.strips] == ["33.3 %", "66.7 %"]
    assert gaps.strips[1][1] == "M0 0h2v1h-2z"
    shares = draw("bars", {"labels": ["a"], "values": [0.25]}, "Share of rows")
    assert shares is not None and shares.bars[0][1] == (("accent", 25.0, "25 %"),)


def test_steps_hold_until_the_next_and_bands_close() -> None:
    curve = draw("steps", {**DATA["steps"], "x_label": "days", "y_label": "alive"}, "Survival")
    assert curve is not None
    (area, band), (line, path) = curve.paths
    assert (area, line) == ("area accent", "line accent")
    assert path == "M0.00 0.00L40.00 0.00L40.00 20.00L100.00 20.00L100.00 50.00"
    assert band.startswith("M0.00 0.00L") and band.endswith("L0.00 0.00Z") and band.count("L") == 9
    assert curve.ticks == ("0", "2.5", "5 days") and curve.top == "1 alive" and curve.head == ("days", "all")
    bare = draw("steps", {"x": [0, 1], "series": {"a": [1, 0.5], "b": [1, 0.4]}}, "Survival")
    assert bare is not None and [name for name, _ in bare.paths] == ["line before", "line after"]


def test_calibration_lies_beside_the_diagonal() -> None:
    drawn = draw("calibration", DATA["calibration"], "Calibration")
    assert drawn is not None and drawn.paths[0] == ("line before", "M0 100L100 0")
    assert drawn.rows[1] == ("0.3", "0.22", "0.1 to 0.5", "40") and drawn.ticks[-1] == "0.5 predicted"
    assert drawn.paths[2][0] == "line accent dots" and drawn.paths[2][1].count("M") == 2


def test_a_table_is_shown_as_it_is_and_bars_say_their_interval() -> None:
    table = draw("table", DATA["table"], "Groups")
    assert table is not None and table.head == ("group", "rows")
    assert table.rows == (("<b>women</b>", "1,234"), ("men", "–"))
    assert draw("table", {"columns": ["a"], "rows": [[1, 2]]}, "Groups") is None
    bars = draw("bars", {"labels": ["age"], "values": [0.2], "low": [0.1], "high": [0.3]}, "Importance")
    assert bars is not None and bars.rows == (("age", "0.2 (0.1 to 0.3)"),)


def test_long_figures_are_bounded() -> None:
    bars = draw("bars", {"labels": [f"c{n}" for n in range(500)], "values": list(range(500))}, "Long")
    assert bars is not None and len(bars.bars) == 24 and len(bars.rows) == 60 and "24 of 500" in bars.note
    line = draw("line", {"x": list(range(9000)), "series": {"y": list(range(9000))}}, "Long")
    assert line is not None and line.paths[0][1].count("L") < 300
    odd = draw("bars", {"labels": ["a", "b"], "values": [float("nan"), None]}, "Odd")
    assert odd is not None and odd.bars[1][1][0][2] == "–"


def test_the_figures_of_a_finished_session(done_seat: Seat) -> None:
    html = FIGURES.show(done_seat, {})
    assert html.count("<figure") == 6 and "Page 1 of " in html and html.count('<table class="small"') >= 3
    assert "Share of rows without a value, by column" in html and "66.4 % → 0 %" in html
    assert "chol, before and after" in FIGURES.show(done_seat, {"group": "changed"})
    richest = max(done_seat.stored.findings(), key=lambda finding: len(finding["figures"]))
    one = FIGURES.show(done_seat, {"finding": richest["id"]})
    assert (
        one.count("<figure") == len(richest["figures"]) > 1
        and "Show all figures" in one
        and 'data-open="findings"' in one
    )
    assert len({sketch.id for sketch in sketches(done_seat)}) == len(sketches(done_seat))


@pytest.mark.parametrize("state", [{"group": "x"}, {"group": 3}, {"finding": ["F"]}, {"page": -4}, {"page": 1e9}])
def test_strange_states_do_no_harm(done_seat: Seat, state: dict[str, Any]) -> None:
    assert "<h2>Figures</h2>" in FIGURES.show(done_seat, state)


def test_acts(done_seat: Seat) -> None:
    assert FIGURES.acts["choose"](done_seat, {"finding": "F020"}, {"group": "found"}) == {"group": "found"}
    assert FIGURES.acts["choose"](done_seat, {}, {"group": "<b>"}) == {}
    assert FIGURES.acts["all"](done_seat, {"finding": "F020"}, {}) == {}
    assert FIGURES.acts["page"](done_seat, {"group": "found"}, {"to": 2}) == {"group": "found", "page": 2}


def test_gaps_before_and_after(made: Callable[..., Seat]) -> None:
    first = pd.DataFrame({"a": [1.0, np.nan, 3.0, np.nan], "gone": [None, "x", "y", "z"], "full": [1, 2, 3, 4]})
    seat = made(first, pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan], "full": [1, 2, 3, 4], "new": [np.nan, 1, 1, 1]}))
    sheet = sheet_of(seat.stored)
    assert sheet is not None
    told = missing_shares(sheet)
    assert told["labels"] == ["a", "gone", "new"]
    assert told["series"] == {"in the file": [0.5, 0.25, None], "now": [0.25, None, 0.25]}
    first_share, now_share = missing_overall(sheet)
    assert (round(first_share, 4), round(now_share, 4)) == (0.25, 0.1667)
    html = FIGURES.show(seat, {})
    assert "25 % → gone" in html and "new → 25 %" in html


def test_words_and_numbers_before_and_after(made: Callable[..., Seat]) -> None:
    first = pd.DataFrame({"sex": ["f", "F", None, "m"], "chol": [0.0, 200.0, 210.0, 190.0], "empty": [np.nan] * 4})
    now = pd.DataFrame({"sex": ["f", "f", "m", "m"], "chol": [np.nan, 200.0, 210.0, 190.0], "empty": [np.nan] * 4})
    sheet = sheet_of(made(first, now).stored)
    assert sheet is not None
    sex, chol = before_and_after(sheet, "sex"), before_and_after(sheet, "chol")
    assert sex is not None and set(sex.rows) == {
        ("f", "1", "2"),
        ("F", "1", "0"),
        ("m", "1", "2"),
        ("(missing)", "1", "0"),
    }
    assert chol is not None and chol.ticks[0] == "0" and chol.rows[0][1:] == ("1", "0")
    assert before_and_after(sheet, "empty") is None and before_and_after(sheet, "none") is None


def test_outcomes_are_not_among_the_changed(done_seat: Seat) -> None:
    sheet = sheet_of(done_seat.stored)
    assert sheet is not None
    named = changed_columns(done_seat.stored, sheet)
    assert "chol" in named and "num" not in named and "age" not in named


def test_data_are_never_markup(hostile_done: Session, at: At) -> None:
    seat = at(hostile_done)
    html = "".join(FIGURES.show(seat, {"page": page}) for page in (1, 2, 3))
    assert "<script" not in html and "<img" not in html and "&lt;script&gt;" in html
    assert "49${" not in html and "عمر" in html


def test_before_there_are_data(made: Callable[..., Seat]) -> None:
    assert "There is nothing to draw yet." in FIGURES.show(made(), {})
