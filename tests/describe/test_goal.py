"""Settling the goal, and every way in which it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.describe import check_goal, describe
from climbdc.errors import InputError
from climbdc.sdk import Column, Goal, Roles

LIFELINES = Path(lifelines.__file__).parent / "datasets"
N = 60
RNG = np.random.default_rng(0)

FRAME = canonical(
    pd.DataFrame(
        {
            "patient_id": np.arange(N) + 1000,
            "age": RNG.normal(60, 9, N),
            "sex": ["m", "f"] * (N // 2),
            "num": np.arange(N) % 5,
            "ward": [f"ward {i % 4}" for i in range(N)],
            "town": [f"town {i % 25}" for i in range(N)],
            "visits": np.arange(N) % 15,
            "half": (np.arange(N) % 7) / 2,
            "days": np.arange(N) * 3,
            "change": np.arange(N) - 5,
            "hospdead": np.arange(N) % 2,
            "state": (["alive", "dead", "transplanted"] * N)[:N],
            "one": [1] * N,
            "gone": [None] * N,
            "admitted": pd.date_range("2020-01-01", periods=N),
            "written": [f"{i}.01.2020" for i in np.arange(N) % 28 + 1],
            "notes": [f"seen at the ward {i} and was doing well" for i in range(N)],
            "unclear": (["1", "x", "3"] * N)[:N],
        }
    )
)
DICTIONARY = describe(FRAME)


def _settled(**goal: Any) -> Roles:
    return check_goal(FRAME, DICTIONARY, Goal(**goal))


@pytest.mark.parametrize(
    ("goal", "kind"),
    [
        ({"target": "hospdead"}, "binary"),
        ({"target": "sex"}, "binary"),
        ({"target": "num"}, "multiclass"),
        ({"target": "ward"}, "multiclass"),
        ({"target": "visits"}, "numeric"),
        ({"target": "visits", "task": "classification"}, "multiclass"),
        ({"target": "half"}, "numeric"),
        ({"target": "num", "task": "regression"}, "numeric"),
        ({"target": "age"}, "numeric"),
        ({"target": None}, "none"),
        ({"task": "none", "target": "age"}, "none"),
        ({"time": "days", "event": "hospdead"}, "survival"),
        ({"time": "days", "target": "hospdead", "task": "survival"}, "survival"),
    ],
)
def test_the_kind_of_target(goal: dict[str, Any], kind: str) -> None:
    roles = _settled(**goal)
    assert roles.kind == kind
    assert (roles.target is None) == (kind == "none")


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"target": "hosp_dead"}, "no column 'hosp_dead' for --target.*'patient_id', 'age'.*Did you mean 'hospdead'"),
        ({"target": "zzz"}, "Choose one of the columns"),
        ({"target": "age", "id": "patientid"}, "--id.*Did you mean 'patient_id'"),
        ({"target": "age", "visit_time": "day"}, "--visit-time.*'days'"),
        ({"target": "age", "group": "wards"}, "--group.*'ward'"),
        ({"target": "one"}, "one value only: 1"),
        ({"target": "gone"}, "no value in any of the 60 rows"),
        ({"target": "admitted"}, "holds dates.*yes/no column"),
        ({"target": "written"}, "holds dates"),
        ({"target": "notes"}, "free text: 60 different values"),
        ({"target": "patient_id"}, "an identifier"),
        ({"target": "age", "task": "classification"}, "60 or more different values.*--task regression"),
        ({"target": "town"}, "25 different values.*fewer classes"),
        ({"target": "sex", "task": "regression"}, "text.*'f', 'm'.*--task classification"),
        ({"target": "hospdead", "task": "regression"}, "two values.*0, 1.*--task classification"),
        ({"target": "ward", "task": "regression"}, "text.*--task classification"),
        ({"target": "age", "task": "survival"}, "not named: --time"),
        ({"task": "survival"}, "not named: --time and --event"),
        ({"time": "days"}, "not named: --event"),
        ({"event": "hospdead"}, "not named: --time"),
        ({"time": "days", "event": "days"}, "'days' is given both as --time and as --event"),
        ({"target": "age", "id": "age"}, "'age' is given both as --target and as --id"),
        ({"time": "ward", "event": "hospdead"}, "text such as 'ward 0'"),
        ({"time": "admitted", "event": "hospdead"}, "holds dates"),
        ({"time": "gone", "event": "hospdead"}, "no values"),
        ({"time": "change", "event": "hospdead"}, "negative in 5 rows, the lowest is -5"),
        ({"time": "days", "event": "state"}, "3 states.*'alive', 'dead', 'transplanted'"),
        ({"time": "days", "event": "one"}, "one value only"),
        ({"time": "days", "event": "gone"}, "no value"),
        ({"time": "days", "event": "hospdead", "target": "age"}, "leave --target out"),
        ({"time": "days", "event": "hospdead", "task": "regression"}, "belongs to survival"),
    ],
)
def test_goals_that_cannot_be(goal: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        _settled(**goal)
    assert caught.value.fix


def test_the_reason_for_the_kind_is_told() -> None:
    assert _settled(target="sex").reasons == {"target": "you named it", "kind": "it has two values: 'f', 'm'"}


def test_codes_for_missing_are_no_class() -> None:
    frame = canonical(pd.DataFrame({"died": [0, 1, 9] * 10}))
    assert check_goal(frame, describe(frame), Goal(target="died")).kind == "multiclass"
    given = [Column(name="died", missing_codes=("9",))]
    assert check_goal(frame, describe(frame, given=given), Goal(target="died")).kind == "binary"


def test_a_type_from_a_person_overrules_the_guess() -> None:
    frame = canonical(pd.DataFrame({"code": [f"A{i}" for i in range(60)], "visits": np.arange(60) % 15}))
    given = [Column(name="visits", type="categorical")]
    assert check_goal(frame, describe(frame, given=given), Goal(target="visits")).kind == "multiclass"


def test_competing_states_of_a_real_study(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/pbc2.csv"]).frame
    with pytest.raises(InputError, match="'alive', 'dead', 'transplanted'"):
        check_goal(frame, describe(frame), Goal(time="years", event="status"))


def test_a_real_survival_study_with_ones_and_twos() -> None:
    frame = canonical(pd.read_csv(LIFELINES / "lung.csv"))
    assert check_goal(frame, describe(frame), Goal(time="time", event="status")).kind == "survival"


def test_an_empty_table() -> None:
    frame = canonical(pd.DataFrame({"died": pd.Series([], dtype="int64")}))
    with pytest.raises(InputError, match="no value in any of the 0 rows"):
        check_goal(frame, describe(frame), Goal(target="died"))
