"""What is sealed, and what is kept together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Roles
from climbdc_tools.split_data import SplitData, held_out


def table(rows: int = 1000, events: float = 0.3) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return canonical(
        pd.DataFrame(
            {
                "dead": (rng.random(rows) < events).astype(int),
                "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 500, rows), unit="D"),
                "ward": rng.integers(0, 40, rows),
                "cost": rng.exponential(100, rows),
            }
        )
    )


BINARY = Roles(kind="binary", target="dead")


def test_patients_stay_whole_on_real_visits(bench_data: Path) -> None:
    data = Dataset(
        canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv")),
        Roles(kind="binary", target="status2", patient="id", visit_time="year"),
    )
    tool = SplitData()
    state = tool.fit(data)
    sealed = data.train.loc[held_out(data.train, state)]
    kept = tool.apply(data.train, state, data.roles)
    assert state["by"] == "patient" and not set(sealed["id"]) & set(kept["id"])
    assert sealed["id"].nunique() == round(312 * 0.2)
    rates = [part.groupby("id")["status2"].max().mean() for part in (sealed, kept)]
    assert rates[0] == pytest.approx(rates[1], abs=0.01)


def test_the_mix_of_outcomes_is_the_same_on_both_sides(bench_data: Path) -> None:
    roles = Roles(kind="binary", target="hospdead")
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")), roles)
    state = SplitData().fit(data)
    assert state["by"] == "stratified" and state["rows"] == 1821
    assert state["counts"] == {"train": {"0": 5396, "1": 1888}, "sealed": {"0": 1349, "1": 472}}
    other = SplitData({"seed": 1}).fit(data)
    assert other["rows"] == 1821 and not other["sealed"].equals(state["sealed"])


def test_the_latest_rows_are_sealed_whole_days_together() -> None:
    data = Dataset(table(), BINARY.model_copy(update={"index_date": "day"}))
    state = SplitData().fit(data)
    sealed = data.train.index.isin(held_out(data.train, state))
    assert state["by"] == "time" and 0.18 < sealed.mean() < 0.22
    assert data.train["day"][sealed].min() > data.train["day"][~sealed].max()


def test_groups_stay_whole() -> None:
    data = Dataset(table(), BINARY.model_copy(update={"group": "ward"}))
    state = SplitData({"even_if_small": True}).fit(data)
    sealed = data.train["ward"][held_out(data.train, state)]
    assert state["by"] == "group" and not set(sealed) & set(data.train["ward"].drop(sealed.index))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (Dataset(table(199), BINARY), "199 rows"),
        (Dataset(table(1000, 0.02), BINARY), "outside the commonest class"),
        (Dataset(table(300), Roles(kind="survival", target="dead", event="dead", duration="cost")), "events"),
        (Dataset(table(1000), BINARY.model_copy(update={"group": "ward"})), "40 rows or patients"),
    ],
)
def test_nothing_is_sealed_where_it_would_tell_little(data: Dataset, why: str) -> None:
    state = SplitData().fit(data)
    assert why in state["why"] and state["by"] == "none" and state["rows"] == 0
    assert SplitData({"even_if_small": True}).fit(data)["rows"] > 0


def test_a_numeric_target_is_split_by_its_fifths() -> None:
    data = Dataset(table(), Roles(kind="numeric", target="cost"))
    rows = held_out(data.train, SplitData().fit(data))
    fifths = pd.qcut(data.train["cost"], 5, labels=False)[rows].value_counts()
    assert fifths.tolist() == [40] * 5


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ToolError, match="split by patient"):
        SplitData({"by": "patient"}).fit(Dataset(table(), BINARY))
    with pytest.raises(ToolError, match="nowhere"):
        SplitData({"by": "time", "column": "nowhere"}).fit(Dataset(table(), BINARY))


def test_new_rows_are_not_taken_for_sealed_ones() -> None:
    data = Dataset(table(), BINARY)
    state = SplitData({"by": "none"}).fit(data)
    assert not len(held_out(data.train, state))
