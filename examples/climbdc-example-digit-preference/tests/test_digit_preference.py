"""The tools keep the rules of climbdc, find what was rounded, and leave honest readings alone."""

import numpy as np
import pandas as pd
import pytest
from digit_preference import FindDigitPreference, MarkRoundedReadings, tools

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles, check_tool


@pytest.fixture(scope="module")
def heart() -> pd.DataFrame:
    """920 patients of four hospitals; resting blood pressure is `trestbps`."""
    from importlib.resources import files

    return canonical(pd.read_csv(str(files("climbdc") / "demo" / "heart_disease.csv")))


def simulated(step: int, n: int = 600, seed: int = 0) -> Dataset:
    """Readings to the nearest `step`."""
    values = np.random.default_rng(seed).normal(132, 18, n)
    return Dataset(canonical(pd.DataFrame({"sbp": np.round(values / step) * step})))


@pytest.mark.parametrize("tool", tools())
def test_it_keeps_the_rules(tool: type) -> None:
    check_tool(tool).raise_if_bad()


def test_blood_pressures_of_real_patients_are_rounded(heart: pd.DataFrame) -> None:
    found = FindDigitPreference().look(
        Dataset(heart, roles=Roles(kind="multiclass", target="num", identifiers=("id",)))
    )
    told = {finding.columns[0]: finding for finding in found}
    known = heart["trestbps"].dropna()
    assert told["trestbps"].evidence["zeros"] == int((known % 10 == 0).sum()) > 0.5 * len(known)
    assert set(told["trestbps"].rows) == set(known.index[known % 10 == 0])
    assert "age" not in told and "id" not in told


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("step", [1, 2])
def test_readings_as_guidelines_ask_are_left_alone(step: int, seed: int) -> None:
    assert FindDigitPreference().look(simulated(step, seed=seed)) == []


def test_a_column_recorded_in_tens_is_no_preference() -> None:
    assert FindDigitPreference().look(simulated(10)) == []


def test_too_few_readings_say_so() -> None:
    assert isinstance(FindDigitPreference().look(simulated(1, n=50)), NotApplicable)


def test_marks_say_which_were_rounded() -> None:
    data = Dataset(canonical(pd.DataFrame({"sbp": [120.0, 134.0, None, 140.0]})))
    tool = MarkRoundedReadings({"columns": ["sbp"]})
    treated = tool.apply(data.train, tool.fit(data), data.roles)
    assert treated["sbp_rounded"].fillna(-1).tolist() == [1.0, 0.0, -1.0, 1.0]
    assert treated["sbp"].equals(data.train["sbp"])


def test_marks_keep_the_rules_on_real_columns(heart: pd.DataFrame) -> None:
    roles = Roles(kind="multiclass", target="num", identifiers=("id",))
    check_tool(
        MarkRoundedReadings, data=Dataset(heart, roles=roles), params={"columns": ["trestbps", "chol"]}
    ).raise_if_bad()
