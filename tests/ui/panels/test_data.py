"""The panel of the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.agents import sealed_part
from climbdc.errors import InputError
from climbdc.sdk import Column, Roles
from climbdc_ui._acts import Seat
from climbdc_ui.panels._data import DATA, edits_of, look, row, save, show
from climbdc_ui.panels._sheet import sheet_of

Make = Callable[..., Seat]
HOSTILE = "<img src=x onerror=window.hurt=1>"


def numbers(html: str) -> list[int]:
    """Numbers of the rows that are shown."""
    return [int(found) for found in re.findall(r'<tr id="row-(\d+)"', html)]


def heads(html: str) -> list[str]:
    """Names of the columns that are shown."""
    return re.findall(r'<th scope="col"[^>]*>\s*<button[^>]*class="colname"[^>]*><bdi>([^<]*)', html)


@pytest.fixture
def wide(made: Make) -> Seat:
    """300 rows of 30 columns, of which two cells were changed."""
    frame = pd.DataFrame({f"c{n}": np.arange(300) + n for n in range(30)}).astype("float64")
    after = frame.copy()
    after.loc[7, "c0"], after.loc[290, "c29"] = np.nan, 5.5
    return made(frame, after, columns=[Column(name="c3", meaning="weight at birth", unit="g")])


def test_a_page_ships_only_what_it_shows(wide: Seat) -> None:
    html = show(wide, {})
    assert numbers(html) == list(range(25)) and heads(html) == [f"c{n}" for n in range(8)]
    assert "c8" not in html and len(html) < 30_000
    html = show(wide, look(wide, {"page": 12, "block": 4}, {}))
    assert numbers(html) == list(range(275, 300)) and heads(html) == [f"c{n}" for n in range(24, 30)]
    assert numbers(show(wide, {"page": 99, "block": 99})) == list(range(275, 300))


def test_changed_cells_say_what_stood_there(wide: Seat) -> None:
    html = show(wide, {"changed": True})
    assert numbers(html) == [7, 290]
    assert html.count('class="changed"') == 1 and 'title="was 7"' in html
    assert re.search(r'<span class="hidden"> was <bdi>7</bdi>', html)
    html = show(wide, {"changed": True, "was": True, "find": "c29"})
    assert re.search(r'<span class="was"> was <bdi>319</bdi>', html)


def test_rows_in_another_order_and_by_number(wide: Seat) -> None:
    state = look(wide, {"page": 3}, {"sort": "c1", "down": 1})
    assert state == {"sort": "c1", "down": True}
    html = show(wide, state)
    assert numbers(html)[:2] == [299, 298] and 'aria-sort="descending"' in html
    found = row(wide, state, {"number": " 100 "})
    assert found["page"] == 8 and re.search(r'id="row-100" class="lit"', show(wide, found))
    assert numbers(show(wide, {"row": 100})) == list(range(100, 125))
    for wrong, told in (("many", "not the number"), ("4000", "no row 4000")):
        with pytest.raises(InputError, match=told):
            row(wide, {}, {"number": wrong})
    with pytest.raises(InputError, match="no changed cell"):
        row(wide, {"changed": True}, {"number": "8"})


def test_columns_are_found_by_name_and_meaning(wide: Seat) -> None:
    assert heads(show(wide, {"find": "C12, weight"})) == ["c3", "c12"]
    assert heads(show(wide, {"find": "c2,irth"})) == ["c2"] and len(heads(show(wide, {"find": "2"}))) == 8
    assert "No column has" in show(wide, {"find": "nothing like it"})
    assert look(wide, {"block": 3, "page": 2}, {"find": "c1"}) == {"find": "c1"}


@pytest.mark.parametrize(
    "state",
    [{"page": -4}, {"page": "x", "block": None}, {"sort": "gone", "row": "a"}, {"column": 7, "tab": []}, {"find": 3}],
)
def test_strange_states_do_no_harm(wide: Seat, state: dict[str, Any]) -> None:
    assert "<h2>Data</h2>" in show(wide, state)


def test_before_anything_is_read(made: Make) -> None:
    seat = made()
    assert "still being read" in show(seat, {})
    with pytest.raises(InputError, match="still being read"):
        look(seat, {}, {"page": 2})


def test_data_are_never_markup(made: Make) -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE, "{{7*7}}", None]})
    seat = made(frame, frame.fillna("x"), columns=[Column(name=HOSTILE, meaning=HOSTILE, unit=HOSTILE, type="text")])
    for state in ({}, {"column": HOSTILE}, {"tab": "columns"}, {"find": HOSTILE, "was": 1}):
        html = show(seat, state)
        assert "<img" not in html and "49" not in html


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": pd.Series([], dtype="float64")}),
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({"leer": [None, None], "tag": pd.to_datetime(pd.Series(["2021-01-05", None]))}),
        pd.DataFrame({"größe {cm}%": [1.5, 2.5], "診断": ["肺炎", None]}),
    ],
)
def test_odd_tables(made: Make, frame: pd.DataFrame) -> None:
    seat = made(frame)
    for name in frame.columns:
        assert "colcard" in show(seat, {"column": name})
    assert "<h2>Data</h2>" in show(seat, {"tab": "columns", "changed": 1})


def test_the_card_of_a_column_of_the_sample(done_seat: Seat) -> None:
    html = show(done_seat, {"column": "chol"})
    assert "serum cholesterol" in html and "S03" in html and "<svg" in html
    assert re.search(r"<code>0</code> <span[^>]*>→</span> <code>", html)
    assert "sex=Male" in show(done_seat, {"column": "sex=Male", "find": "sex"})
    assert "is no longer a column" in show(done_seat, {"column": "sex"})


def test_rows_set_aside_for_the_test_are_never_shown(done_seat: Seat) -> None:
    sheet, sealed = sheet_of(done_seat.stored), sealed_part(done_seat.stored)
    assert sheet is not None and sealed is not None and len(sealed) > 100
    assert not set(sheet.rows.tolist()) & set(sealed.index)
    with pytest.raises(InputError, match="no row"):
        row(done_seat, {}, {"number": str(sealed.index[0])})
    assert "never shown" in show(done_seat, {})


def test_what_is_said_of_a_column_becomes_a_wanted_change(done_seat: Seat, wanted: Any) -> None:
    said = {"column": "chol", "meaning": "cholesterol in serum", "unit": "mg/dL", "missing_codes": "0; -9"}
    save(done_seat, {}, said)
    ((kind, values),) = wanted.changes
    assert kind == "dictionary" and values["columns"]["chol"]["missing_codes"] == ["0", "-9"]
    assert values["columns"]["chol"]["meaning"] == "cholesterol in serum"
    for wrong, told in (({"column": "gone"}, "no column"), ({"column": "chol", "type": "colour"}, "not one of")):
        with pytest.raises(InputError, match=told):
            save(done_seat, {}, wrong)
    with pytest.raises(InputError, match="Nothing is different"):
        save(done_seat, {}, {"column": "chol"})


def test_only_what_differs_is_said() -> None:
    entry = Column(name="a", type="integer", meaning="x", unit="kg", known_at="before", missing_codes=("-9",))
    same = {"type": "integer", "meaning": " x ", "unit": "kg", "known_at": "before", "missing_codes": "-9"}
    assert edits_of(entry, same) == {}
    assert edits_of(entry, {**same, "unit": "", "missing_codes": ""}) == {"unit": "", "missing_codes": []}


def test_roles_are_told_in_words(made: Make) -> None:
    seat = made(pd.DataFrame({"id": [1, 2], "died": [0, 1]}), roles=Roles(kind="binary", target="died", patient="id"))
    assert "what is predicted" in show(seat, {}) and "names the patient" in show(seat, {"tab": "columns"})


def test_its_acts() -> None:
    assert (DATA.id, set(DATA.acts)) == ("data", {"look", "row", "save"})
