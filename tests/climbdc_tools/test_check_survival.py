"""Follow-up and events on real studies: the curve is right, other ends and early leavers are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets as studies
from lifelines.utils import median_survival_times

from climbdc.data import canonical
from climbdc.registry import registry, sentence
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles, check_tool
from climbdc_tools.check_survival import CheckSurvival


def study(frame: pd.DataFrame, time: str, event: str, **roles: str) -> Dataset:
    return Dataset(canonical(frame), Roles(kind="survival", target=event, event=event, duration=time, **roles))  # type: ignore[arg-type]


def found(data: Dataset, **params: int) -> dict[str, Finding]:
    answer = CheckSurvival(params).look(data)
    assert not isinstance(answer, NotApplicable)
    return {finding.kind: finding for finding in answer}


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    lung = studies.load_lung()
    curve = found(study(lung, "time", "status"))["curve"]
    assert (curve.evidence["n"], curve.evidence["count"]) == (228, 165)
    (figure,) = curve.figures
    (name,) = figure.data["series"]
    shares = np.array(figure.data["series"][name])
    times = np.array(figure.data["x"])
    # 310 days is what every textbook that uses this study gives as the median survival
    assert times[shares <= 0.5].min() == 310
    assert all(low <= y <= high for low, y, high in zip(
        figure.data["low"][name], shares, figure.data["high"][name], strict=True
    ))  # fmt: skip
    assert median_survival_times(pd.DataFrame({"y": shares}, index=times)) == 310


def test_follow_up_is_of_those_without_the_event() -> None:
    gbsg = studies.load_gbsg2()
    evidence = found(study(gbsg, "time", "cens"))["curve"].evidence
    assert evidence["followed"] > np.median(gbsg["time"])


def test_other_ends_are_told_and_lower_the_risk(bench_data: Path) -> None:
    visits = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    data = study(visits, "years", "status2", patient="id", visit_time="year")
    ends = found(data)["competing"]
    assert ends.columns == ("status",)
    assert (ends.evidence["n"], ends.evidence["count"]) == (172, 29), "one row a patient, however many visits"
    series = ends.figures[0].data["series"]
    simple, right = series["risk by the simple curve"], series["cumulative incidence"]
    assert simple[-1] > right[-1] + 0.02
    assert all(one >= other - 1e-3 for one, other in zip(simple, right, strict=True))


def test_a_column_of_features_is_no_other_end(bench_data: Path) -> None:
    for data in (study(studies.load_rossi(), "week", "arrest"), study(studies.load_gbsg2(), "time", "cens")):
        assert "competing" not in found(data)


def test_planted_early_leavers_are_told_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    rossi = studies.load_rossi()
    free = rossi["arrest"] == 0
    left = free & (rossi["mar"] == 1)
    rossi.loc[left, "week"] = rng.integers(1, 10, int(left.sum()))
    told = found(study(rossi, "week", "arrest"))["early-leavers"]
    assert told.columns[0] == "mar"
    assert "early-leavers" not in found(study(studies.load_rossi(), "week", "arrest"))


def test_zero_and_coarse_times() -> None:
    rossi = studies.load_rossi()
    rossi.loc[:9, "week"] = 0
    told = found(study(rossi, "week", "arrest"))
    assert told["zero-time"].rows is not None and told["zero-time"].rows.tolist() == list(range(10))
    assert told["zero-time"].severity == "minor"
    rossi["week"] = np.where(rossi["week"] > 26, 2, 1)
    assert found(study(rossi, "week", "arrest"))["coarse-time"].evidence["distinct"] == 2


def test_every_kind_has_a_sentence(bench_data: Path) -> None:
    visits = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    for finding in found(study(visits, "years", "status2", patient="id")).values():
        told = sentence({**finding.to_json(), "tool": "check_survival"}, registry())
        assert "{" not in told and len(told) > 40


@pytest.mark.parametrize("events", [0, 4])
def test_too_few_events(events: int) -> None:
    frame = pd.DataFrame({"t": range(1, 51), "e": [1] * events + [0] * (50 - events)})
    assert isinstance(CheckSurvival().look(study(frame, "t", "e")), NotApplicable)


def test_rules() -> None:
    check_tool(CheckSurvival).raise_if_bad()
