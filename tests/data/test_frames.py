"""The canonical form, its fingerprint, its files and its differences."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from climbdc.data import (
    TEXT,
    canonical,
    diff,
    frame_hash,
    from_arrow,
    read,
    read_frame,
    render,
    to_arrow,
    write_csv,
    write_frame,
)

MIXED = pd.DataFrame(
    {
        "count": pd.array([1, None], "Int64"),
        "group": pd.Categorical(["a", None]),
        "day": [dt.date(2020, 1, 1), None],
        "cost": [Decimal("1.5"), None],
        "dead": [True, None],
        "stay": pd.to_timedelta(["36h", None]),
        "seen": pd.DatetimeIndex(np.array(["2020-01-01T10:00", "NaT"], "datetime64[us]")).tz_localize("Europe/Berlin"),
        "any": [1, "x"],
        "none": [None, None],
        "text": ["", 'a,"b"\n'],
    }
)


def test_canonical_dtypes() -> None:
    frame = canonical(MIXED)
    kinds = ["float64", "str", "datetime64[us]", "float64", "float64", "float64", "datetime64[us]", "str", "float64"]
    assert frame.dtypes.astype(str).tolist() == [*kinds, "str"]
    assert frame["stay"].iloc[0] == 1.5
    assert frame["seen"].iloc[0] == pd.Timestamp("2020-01-01 10:00")
    assert frame.index.name == "_row"
    assert canonical(frame) is frame


def test_canonical_names_and_rows() -> None:
    frame = canonical(pd.DataFrame([[1, 2, 7]], columns=["a", "a", "_row"]))
    assert list(frame.columns) == ["a", "a_2"]
    assert frame.index.tolist() == [7]
    assert canonical(pd.DataFrame({"_row": ["x"]})).columns.tolist() == ["_row_2"]


def test_arrow_shares_memory() -> None:
    frame = canonical(pd.DataFrame({"x": [1.0, 2.0], "t": ["a", None]}))
    again = from_arrow(to_arrow(frame))
    assert np.shares_memory(frame["x"].to_numpy(), again["x"].to_numpy())
    pd.testing.assert_frame_equal(frame, again)


def test_arrow_nulls_on_request() -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan]})
    assert to_arrow(frame)["x"].null_count == 0
    assert to_arrow(frame, nulls=True)["x"].null_count == 1


def test_stored_frame(tmp_path: Path) -> None:
    frame = canonical(MIXED)
    write_frame(frame, tmp_path / "a")
    again = read_frame(tmp_path / "a")
    pd.testing.assert_frame_equal(frame, again)
    write_frame(pd.concat([again.iloc[:1], again.iloc[1:]]), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_hash_sees_content_and_nothing_else() -> None:
    frame = canonical(pd.DataFrame({"x": [1.0, np.nan, 3.0], "t": ["a", None, "bc"]}))
    parts = pd.concat([frame.iloc[:1], frame.iloc[1:]])
    assert frame_hash(frame) == frame_hash(parts)
    others = [
        frame.rename(columns={"x": "y"}),
        frame.iloc[::-1],
        frame.assign(t=["a", "", "bc"]),
        frame.assign(t=pd.Series(["ab", None, "c"], frame.index, TEXT)),
        frame.assign(x=[1, 2, 3]),
        frame.set_index(pd.Index([0, 1, 5], name="_row")),
    ]
    assert len({frame_hash(other) for other in [frame, *others]}) == len(others) + 1


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
def test_numbers_are_written_as_python_writes_them(values: list[float]) -> None:
    assert render(pd.Series(values)).tolist() == [repr(value) for value in values]


def test_csv_text(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "n": [1.0, np.nan],
            "x": [1.0, 2.5],
            "day": np.array(["2020-01-05", "NaT"], "datetime64[us]"),
            "at": pd.to_datetime(["2020-01-05 10:00", "2020-01-06 00:00"]),
            'a "b"': ["ü", ""],
        }
    )
    write_csv(frame, tmp_path / "a.csv", whole=["n", "x"])
    lines = [
        '_row,n,x,day,at,"a ""b"""',
        "0,1,1.0,2020-01-05,2020-01-05T10:00:00,ü",
        '1,,2.5,,2020-01-06T00:00:00,""',
    ]
    assert (tmp_path / "a.csv").read_text("utf-8") == "\n".join(lines) + "\n"


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n"), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(allow_nan=True, allow_infinity=False), CELLS, st.integers(-(10**14), 10**14)),
        min_size=2,
        max_size=15,
    )
)
def test_csv_round_trip(tmp_path: Path, rows: list[tuple[float, str, int]]) -> None:
    frame = canonical(pd.DataFrame(rows, columns=["value", "word", "count"]).assign(word=[f"w{r[1]}" for r in rows]))
    write_csv(frame, tmp_path / "a.csv")
    again = read([tmp_path / "a.csv"]).frame.drop(columns="_row_2")
    assert again["word"].tolist() == frame["word"].tolist()
    assert again["count"].tolist() == frame["count"].tolist()
    large = any(abs(value) >= 1e15 for value, *_ in rows if not math.isnan(value))
    if not large:
        np.testing.assert_array_equal(again["value"].to_numpy(), frame["value"].to_numpy())


def test_diff() -> None:
    before = canonical(
        pd.DataFrame({"x": [1, 2, 3], "t": ["5", None, "c"], "f": [1.0, np.nan, 2.0], "gone": [1, 1, 1]})
    )
    after = before.drop(columns="gone").assign(x=[1.0, 9.0, 3.0], t=[5.0, np.nan, np.nan], new=1).iloc[[1, 2]]
    changes = diff(before, after, whole=["x", "t"])
    assert changes.counts == {"cells": 2, "dropped_rows": 1, "added_rows": 0, "dropped_columns": 1, "added_columns": 1}
    assert changes.dropped_rows.tolist() == [0]
    assert changes.cells.fillna("-").values.tolist() == [[1, "x", "2", "9"], [2, "t", "c", "-"]]
    assert changes.by_column == {"x": 1, "t": 1}


def test_diff_of_text_that_became_numbers() -> None:
    before = canonical(pd.DataFrame({"t": ["5", "6.50", "2020-01-05"]}))
    after = before.assign(t=[5.0, 6.5, np.nan])
    assert diff(before, after).cells["after"].fillna("-").tolist() == ["5.0", "6.5", "-"]
    dates = before.iloc[2:].assign(t=pd.to_datetime(["2020-01-05"]))
    assert diff(before.iloc[2:], dates).counts["cells"] == 0


def test_diff_follows_rows_not_places() -> None:
    before = canonical(pd.DataFrame({"x": [1.0, 2.0, 3.0]}))
    assert diff(before, before.iloc[::-1]).counts["cells"] == 0
    doubled = pd.concat([before, before.iloc[:1]])
    assert diff(before, doubled).added_rows.tolist() == [0]
    assert diff(before, before).counts == dict.fromkeys(diff(before, before).counts, 0)


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_frames(tmp_path: Path, rows: int) -> None:
    frame = canonical(MIXED.iloc[:rows])
    write_frame(frame, tmp_path / "a")
    write_csv(frame, tmp_path / "a.csv")
    assert len(read_frame(tmp_path / "a")) == rows
    assert len((tmp_path / "a.csv").read_text().splitlines()) == rows + 1
    assert diff(frame, frame).counts["cells"] == 0
    assert len(frame_hash(frame)) == 64
    assert frame["group"].dtype in (TEXT, np.dtype("float64"))
