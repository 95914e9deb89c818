"""Gaps filled from the other features, as scikit-learn fills them, and never from the outcome."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, frame_hash
from climbdc.errors import ToolError
from climbdc.sdk import Column, Dataset, Dictionary, NotApplicable, Roles
from climbdc_tools.chained import fill, fit_chain
from climbdc_tools.impute import Impute

LATER = ["sno", "death", "slos", "d.time", "charges", "totcst", "totmcst", "sfdm2"]


def lung() -> pd.DataFrame:
    spec = find_spec("lifelines")
    assert spec is not None and spec.origin is not None
    return canonical(pd.read_csv(Path(spec.origin).parent / "datasets" / "lung.csv"))


ROLES = Roles(kind="survival", target="status", event="status", duration="time")


@pytest.mark.parametrize("columns", [12, 70])
def test_our_loop_is_that_of_scikit_learn(columns: int) -> None:
    rng = np.random.default_rng(1)
    full = rng.normal(size=(400, 4)) @ rng.normal(size=(4, columns)) + rng.normal(size=(400, columns))
    gaps = np.where(rng.random(full.shape) < 0.15, np.nan, full)
    gaps[:, 3] = full[:, 3]
    imputer, chain = fit_chain(gaps[:300], seed=3)
    assert np.allclose(fill(gaps[300:], chain), imputer.transform(gaps[300:]), rtol=1e-9, atol=1e-12)
    assert not np.allclose(fill(gaps[300:], chain), np.where(np.isnan(gaps[300:]), chain.start, gaps[300:]))


def test_real_gaps_are_filled_within_what_was_seen() -> None:
    data, tool = Dataset(lung(), ROLES), Impute({"indicators": ["meal.cal"]})
    state = tool.fit(data)
    seen = tool.apply(data.train, state, ROLES)
    assert not seen[data.features].isna().any().any()
    for name in data.features:
        known = data.train[name].notna()
        assert seen.loc[known, name].equals(data.train.loc[known, name])
        assert seen[name].between(data.train[name].min(), data.train[name].max()).all()
        assert (seen[name] % 1 == 0).all()
    assert seen["meal.cal_missing"].tolist() == data.train["meal.cal"].isna().astype(int).tolist()
    assert [column.name for column in tool.describe(data, seen, state)] == ["meal.cal_missing"]


def test_it_comes_closer_than_the_median() -> None:
    data = Dataset(lung().drop(columns=["time", "status"]))
    known = data.train["ph.karno"].notna().to_numpy()
    hidden = known & (np.random.default_rng(0).random(len(known)) < 0.3)
    holed = Dataset(data.train.assign(**{"ph.karno": data.train["ph.karno"].mask(hidden)}))
    errors = {}
    for way in ("iterative", "median"):
        tool = Impute({"numeric": way})
        seen = tool.apply(holed.train, tool.fit(holed), holed.roles)["ph.karno"]
        errors[way] = float((seen - data.train["ph.karno"])[hidden].abs().mean())
    assert errors["iterative"] < 0.8 * errors["median"]


def test_the_outcome_is_neither_used_nor_filled() -> None:
    frame = lung()
    state = Impute().fit(Dataset(frame, ROLES))
    other = Impute().fit(Dataset(frame.assign(time=frame["time"][::-1].to_numpy(), status=1), ROLES))
    assert state["weights"].equals(other["weights"]) and "time" not in state["learnt"]
    with pytest.raises(ToolError, match="never imputed"):
        Impute({"columns": ["status"]}).fit(Dataset(frame, ROLES))


def test_categories_dates_and_what_is_left() -> None:
    rng = np.random.default_rng(0)
    side = rng.choice(["left", "right"], 200)
    frame = pd.DataFrame(
        {
            "side": pd.Series(side).mask(rng.random(200) < 0.2),
            "angle": np.where(side == "left", -10.0, 10.0) + rng.normal(size=200),
            "day": pd.to_datetime(pd.Series(["2020-01-01", "2020-01-03", None, "2020-01-09"] * 50)),
            "note": [None, "fell at home"] * 100,
            "empty": np.nan,
        }
    )
    data = Dataset(canonical(frame), dictionary=Dictionary([Column(name="note", type="text")]))
    tool = Impute()
    state = tool.fit(data)
    seen = tool.apply(data.train, state, data.roles)
    assert seen["side"].tolist() == side.tolist()
    assert seen["day"].iloc[2] == pd.Timestamp("2020-01-03")
    assert set(state["left"]) == {"note", "empty"} and seen["note"].isna().sum() == 100
    simple = Impute({"categorical": "mode"})
    assert simple.apply(data.train, simple.fit(data), data.roles)["side"].nunique() == 2


def test_three_levels_are_told_apart() -> None:
    """Indicators of all levels would each be one minus the others, and every gap would get the commonest level."""
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b", "c"], 600, p=[0.5, 0.3, 0.2])
    means = pd.DataFrame({"a": [0.0, 0.0], "b": [6.0, 0.0], "c": [0.0, 6.0]})[kind].to_numpy().T
    frame = pd.DataFrame(
        {"kind": kind, "x": means[:, 0] + rng.normal(size=600), "y": means[:, 1] + rng.normal(size=600)}
    )
    hidden = rng.random(600) < 0.25
    data, tool = Dataset(canonical(frame.assign(kind=frame["kind"].mask(hidden)))), Impute()
    seen = tool.apply(data.train, tool.fit(data), data.roles)["kind"]
    assert (seen == frame["kind"].to_numpy())[hidden].mean() > 0.9


def test_new_gaps_and_new_levels() -> None:
    data, tool = Dataset(lung(), ROLES), Impute()
    state = tool.fit(data)
    new = data.train.iloc[:3].assign(age=np.nan, sex=np.nan)
    assert not tool.apply(canonical(new), state, ROLES)[data.features].isna().any().any()


def test_few_rows_and_no_features() -> None:
    small = Dataset(lung().iloc[:20], ROLES)
    state = Impute().fit(small)
    assert state["by_chain"] == [] and "20 rows" in state["notes"][0]
    with pytest.raises(NotApplicable, match="No feature"):
        Impute().fit(Dataset(lung()[["time", "status"]], ROLES))


def test_equal_runs_are_equal(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv").drop(columns=LATER)).iloc[:7284]
    data, tool = Dataset(frame, Roles(kind="binary", target="hospdead")), Impute()
    state = tool.fit(data)
    seen = tool.apply(frame, state, data.roles)
    assert not seen[data.features].isna().any().any()
    assert frame_hash(tool.apply(frame, Impute().fit(data), data.roles)) == frame_hash(seen)
    part = tool.apply(frame.iloc[1000:1007], state, data.roles)
    assert frame_hash(part) == frame_hash(seen.iloc[1000:1007])
