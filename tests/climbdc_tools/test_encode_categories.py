"""Categories, dates and words as numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Column, Dataset, Dictionary, Roles
from climbdc_tools.encode_categories import EncodeCategories


def fitted(frame: pd.DataFrame, **params: object) -> tuple[EncodeCategories, dict[str, object], pd.DataFrame]:
    data, tool = Dataset(canonical(frame)), EncodeCategories(params)
    state = tool.fit(data)
    return tool, state, tool.apply(data.train, state, data.roles)


def test_two_levels_make_one_column_and_gaps_are_zero() -> None:
    _, _, seen = fitted(pd.DataFrame({"sex": ["male", "female", None]}))
    assert seen.to_dict("list") == {"sex=male": [1, 0, 0]}


def test_many_gaps_have_their_own_column() -> None:
    _, _, seen = fitted(pd.DataFrame({"sex": ["male", "female", *[None] * 10]}))
    assert seen.columns.tolist() == ["sex=male", "sex=missing"] and seen["sex=missing"].sum() == 10


def test_rare_and_unseen_levels_share_a_column() -> None:
    tool, state, seen = fitted(pd.DataFrame({"診断": ["a"] * 20 + ["b"] * 15 + ["c", "d"]}))
    assert seen.columns.tolist() == ["診断=a", "診断=b", "診断=other"]
    new = tool.apply(canonical(pd.DataFrame({"診断": ["z", "a", None]})), state, Roles())
    assert new.to_numpy().tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_at_most_so_many_columns() -> None:
    levels = [f"L{n:02d}" for n in range(30) for _ in range(10 + n)]
    _, _, seen = fitted(pd.DataFrame({"ward": levels}), max_levels=4)
    assert seen.columns.tolist() == ["ward=L27", "ward=L28", "ward=L29", "ward=other"]
    assert (seen.sum(axis=1) == 1).all()


def test_dates_words_and_what_no_row_shares() -> None:
    rows = 30
    frame = canonical(
        pd.DataFrame(
            {
                "day": pd.to_datetime(pd.Series(["2020-03-01", "2020-02-01", None] * 10)),
                "note": ["no pain", None, "walks, eats, sleeps well"] * 10,
                "code": [f"id{n}" for n in range(rows)],
                "dead": ["no", "yes", "no"] * 10,
            }
        )
    )
    dictionary = Dictionary([Column(name="note", type="text", known_at="after"), Column(name="day", type="date")])
    data = Dataset(frame, Roles(kind="binary", target="dead"), dictionary)
    tool = EncodeCategories()
    state = tool.fit(data)
    seen = tool.apply(frame, state, data.roles)
    assert seen.columns.tolist() == ["day_days", "note_words", "dead"]
    assert seen["day_days"].fillna(-1).tolist()[:3] == [29.0, 0.0, -1.0]
    assert seen["note_words"].tolist()[:3] == [2, 0, 4] and list(state["left_out"]) == ["code"]
    entries = {column.name: column for column in tool.describe(data, seen, state)}
    assert entries["note_words"].known_at == "after" and entries["day_days"].unit == "days"


def test_a_taken_name_is_numbered_and_numbers_stay() -> None:
    _, _, seen = fitted(pd.DataFrame({"sex=m": [5.0, 6.0], "sex": ["f", "m"], "stage": [1, 2]}))
    assert seen.columns.tolist() == ["sex=m", "sex=m_2", "stage"]


def test_a_real_table_becomes_numbers(bench_data: Path) -> None:
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")), Roles(target="hospdead"))
    tool = EncodeCategories()
    state = tool.fit(data)
    seen = tool.apply(data.train, state, data.roles)
    assert all(dtype.kind in "if" for dtype in seen.dtypes)
    assert seen["sex=male"].equals((data.train["sex"] == "male").astype("int64").rename("sex=male"))
    assert {column.name for column in tool.describe(data, seen, state)} == set(seen.columns) - set(data.train.columns)
