"""New columns from others, by a closed list of operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.describe import describe
from climbdc.sdk import Column, Dataset, Dictionary, NotApplicable, Roles
from climbdc_tools.derive_features import DeriveFeatures


def feature(operation: str, *columns: str, **more: Any) -> dict[str, Any]:
    return {"name": f"{operation}_{'_'.join(columns)}", "operation": operation, "columns": list(columns), **more}


def table(**columns: list[Any]) -> pd.DataFrame:
    return canonical(pd.DataFrame(columns))


def derived(frame: pd.DataFrame, *features: dict[str, Any], dictionary: Dictionary = Dictionary()) -> pd.DataFrame:  # noqa: B008
    data = Dataset(frame, Roles(target="dead"), dictionary)
    tool = DeriveFeatures({"features": list(features)})
    state = tool.fit(data)
    return tool.apply(frame, state, data.roles)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (feature("ratio", "a", "b"), [0.5, 2.0]),
        (feature("difference", "a", "b"), [-1.0, 2.0]),
        (feature("sum", "a", "b"), [3.0, 6.0]),
        (feature("product", "a", "b"), [2.0, 8.0]),
        (feature("log", "a"), [np.log(2), np.log(5)]),
        (feature("square", "a"), [1.0, 16.0]),
        (feature("above", "a", number=1.0), [0.0, 1.0]),
        (feature("below", "a", number=4.0), [1.0, 0.0]),
    ],
)
def test_each_operation(asked: dict[str, Any], wanted: list[float]) -> None:
    frame = table(a=[1, 4], b=[2.0, 2.0], dead=[0, 1])
    assert derived(frame, asked)[asked["name"]].to_numpy() == pytest.approx(wanted)


def test_gaps_stay_and_what_cannot_be_worked_out_is_the_median_of_train() -> None:
    frame = table(a=[1.0, 2.0, 3.0, None, 5.0], b=[1.0, 1.0, 1.0, 1.0, 0.0], dead=[0, 1, 0, 1, 0])
    seen = derived(frame, feature("ratio", "a", "b"))["ratio_a_b"]
    assert seen.isna().tolist() == [False, False, False, True, False]
    assert seen.tolist()[4] == 2.0


def test_a_ratio_of_new_rows_stays_within_what_train_had() -> None:
    data = Dataset(table(a=[1.0, 2.0], b=[1.0, 1.0], dead=[0, 1]), Roles(target="dead"))
    tool = DeriveFeatures({"features": [feature("ratio", "a", "b")]})
    new = table(a=[9.0, 1.5, 1.0], b=[1e-9, 1.0, 0.0], dead=[0, 0, 0])
    assert tool.apply(new, tool.fit(data), data.roles)["ratio_a_b"].tolist() == [2.0, 1.5, 1.5]


def test_no_value_becomes_infinite() -> None:
    frame = table(a=[1e200, 1.0, 2.0], b=[1e200, 3.0, 4.0], dead=[0, 1, 0])
    seen = derived(frame, feature("product", "a", "b"), feature("square", "a"))
    assert np.isfinite(seen["product_a_b"]).all() and np.isfinite(seen["square_a"]).all()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (feature("ratio", "a", "dead"), "no feature"),
        (feature("ratio", "a", "gone"), "no feature"),
        (feature("log", "later"), "known later"),
        (feature("log", "word"), "no numbers"),
        (feature("ratio", "a"), "takes 2 columns"),
        (feature("above", "a"), "needs a number"),
        (feature("log", "a", number=2.0), "takes no number"),
        (feature("bmi", "a", "later"), "known later"),
        (feature("bmi", "a", "a"), "does not say that"),
    ],
)
def test_it_refuses_what_would_leak_or_make_no_sense(asked: dict[str, Any], why: str) -> None:
    frame = table(a=[1.0, 2.0], later=[1.0, 2.0], word=["x", "y"], dead=[0, 1])
    with pytest.raises(NotApplicable, match=why):
        derived(frame, asked, dictionary=Dictionary([Column(name="later", known_at="after")]))


def test_the_others_are_made_when_one_is_refused() -> None:
    frame = table(a=[1.0, 2.0], dead=[0, 1])
    seen = derived(frame, feature("log", "dead"), feature("log", "a"))
    assert seen.columns.tolist() == ["a", "dead", "log_a"]


def test_formulas_hold_for_their_units() -> None:
    dictionary = Dictionary(
        [
            Column(name="w", unit="kg"), Column(name="cm", unit="cm"), Column(name="m", unit="m"),
            Column(name="sys", unit="mmHg"), Column(name="dia", unit="mmHg"),
        ]
    )  # fmt: skip
    frame = table(w=[81.0, 50.0], cm=[180.0, 160.0], m=[1.8, 1.6], sys=[120, 150], dia=[90, 90], dead=[0, 1])
    asked = [feature("bmi", "w", "cm"), feature("bmi", "w", "m"), feature("mean_pressure", "sys", "dia")]
    seen = derived(frame, *asked, dictionary=dictionary)
    assert seen["bmi_w_cm"].to_numpy() == pytest.approx([25.0, 19.53125])
    assert seen["bmi_w_m"].to_numpy() == pytest.approx(seen["bmi_w_cm"].to_numpy())
    assert seen["mean_pressure_sys_dia"].tolist() == [100.0, 110.0]


def test_the_entry_says_how_it_was_made_and_when_it_is_known() -> None:
    dictionary = Dictionary(
        [Column(name="a", meaning="heart rate", known_at="at"), Column(name="b", known_at="before", unit="mmHg")]
    )
    data = Dataset(table(a=[1.0, 2.0], b=[1.0, 2.0], dead=[0, 1]), Roles(target="dead"), dictionary)
    tool = DeriveFeatures({"features": [feature("ratio", "a", "b"), feature("above", "b", number=1.5)]})
    state = tool.fit(data)
    ratio, flag = tool.describe(data, tool.apply(data.train, state, data.roles), state)
    assert (ratio.meaning, ratio.known_at, ratio.unit) == ("heart rate divided by b", "at", "")
    assert (flag.meaning, flag.type, flag.known_at) == ("whether b is above 1.5", "binary", "before")


def test_a_real_ratio(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    data = Dataset(frame, Roles(target="hospdead"))
    tool = DeriveFeatures({"features": [feature("ratio", "hrt", "meanbp"), feature("log", "crea")]})
    seen = tool.apply(frame, tool.fit(data), data.roles)
    both = frame["hrt"].notna() & frame["meanbp"].notna()
    assert seen["ratio_hrt_meanbp"].notna().equals(both) and np.isfinite(seen["ratio_hrt_meanbp"][both]).all()
    zero = both & (frame["meanbp"] == 0)
    assert zero.any() and seen.loc[zero, "ratio_hrt_meanbp"].nunique() == 1
    assert seen["log_crea"].to_numpy() == pytest.approx(np.log1p(frame["crea"].to_numpy()), nan_ok=True)


def test_the_egfr_of_a_real_table_with_its_sex_as_text(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    data = Dataset(frame, Roles(target="hospdead"), describe(frame))
    tool = DeriveFeatures({"features": [feature("egfr", "crea", "age", "sex"), feature("albi", "bili", "alb")]})
    state = tool.fit(data)
    seen = tool.apply(frame, state, data.roles)
    egfr, known = seen["egfr_crea_age_sex"], frame["crea"].notna()
    assert state["features"][0]["codes"] == {"sex": {"female": 1.0, "male": 0.0}}
    assert egfr.notna().equals(known) and egfr[known].between(1, 220).all()
    women = known & (frame["sex"] == "female") & frame["crea"].between(0.98, 1.0) & frame["age"].between(49, 51)
    assert egfr[women].between(66, 72).all() and women.any()
    (entry, _) = tool.describe(data, seen, state)
    assert entry.unit == "mL/min/1.73m2"


def test_a_sex_that_nobody_can_read_is_refused() -> None:
    frame = table(crea=[1.0, 2.0], age=[50.0, 60.0], sex=[1, 2], dead=[0, 1])
    columns = [Column(name="crea", unit="mg/dL"), Column(name="age", unit="years")]
    with pytest.raises(NotApplicable, match="who is a woman"):
        derived(frame, feature("egfr", "crea", "age", "sex"), dictionary=Dictionary(columns))
    coded = Column(name="sex", labels={"1": "male", "2": "female"})
    seen = derived(frame, feature("egfr", "crea", "age", "sex"), dictionary=Dictionary([*columns, coded]))
    assert seen["egfr_crea_age_sex"].notna().all()


def test_time_between_two_dates() -> None:
    frame = table(dead=[0, 1, 0]).assign(
        born=pd.to_datetime(["1950-01-01", "1960-06-01", "NaT"]).astype("datetime64[us]"),
        seen=pd.to_datetime(["2000-01-01", "2020-06-01", "2020-01-01"]).astype("datetime64[us]"),
    )
    seen = derived(canonical(frame), feature("years_between", "born", "seen"), feature("days_between", "born", "seen"))
    assert seen["years_between_born_seen"].round(1).tolist()[:2] == [50.0, 60.0]
    assert seen["days_between_born_seen"].tolist()[0] == 18262 and seen["days_between_born_seen"].isna()[2]


def test_a_time_span_needs_dates() -> None:
    with pytest.raises(NotApplicable, match="no dates"):
        derived(table(a=[1.0], b=[2.0], dead=[0]), feature("days_between", "a", "b"))
