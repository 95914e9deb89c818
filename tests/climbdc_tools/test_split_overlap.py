"""What stands on both sides of a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.split_overlap import SplitOverlap

VISITS = Roles(kind="binary", target="status2", patient="id", visit_time="year", identifiers=("sno.",))


def look(train: pd.DataFrame, test: pd.DataFrame, roles: Roles) -> list[Finding]:
    found = SplitOverlap().look(Dataset(train, roles, audit=test))
    assert not isinstance(found, NotApplicable)
    return found


@pytest.fixture
def pbc(bench_data: Path) -> pd.DataFrame:
    return canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))


def test_random_rows_share_patients_and_split_patients_do_not(pbc: pd.DataFrame) -> None:
    test = pbc.sample(frac=0.2, random_state=0)
    (shared,) = look(pbc.drop(test.index), test.drop(columns="status2"), VISITS)
    assert (shared.kind, shared.severity, shared.columns) == ("patients", "critical", ("id",))
    assert shared.rows is not None and set(pbc.loc[shared.rows, "id"]) <= set(test["id"])
    assert shared.suggestions[0].params == {"by": "patient", "column": "id"}
    apart = pbc["id"] % 5 == 0
    assert look(pbc[~apart], pbc[apart], VISITS) == []


def test_the_very_same_rows(pbc: pd.DataFrame) -> None:
    apart = pbc["id"] % 5 == 0
    twins = pbc[apart].head(7).set_axis(range(90_000, 90_007)).rename_axis("_row").assign(id=5)
    found = look(pbc[~apart], twins, VISITS)
    assert found == []
    train = pd.concat([pbc[~apart], pbc[apart].head(7).assign(id=1)])
    (rows,) = [one for one in look(train, pbc[apart], VISITS) if one.kind == "rows"]
    assert rows.rows is not None and rows.rows.tolist() == pbc[apart].head(7).index.tolist()
    assert rows.severity == "major"


def test_few_answers_repeat_by_chance() -> None:
    generator = np.random.default_rng(0)
    frame = canonical(pd.DataFrame(generator.integers(0, 2, (400, 4)), columns=list("abcd")))
    (rows,) = look(frame.iloc[:300], frame.iloc[300:], Roles())
    assert rows.severity == "minor"


def test_nothing_to_compare(pbc: pd.DataFrame) -> None:
    assert isinstance(SplitOverlap().look(Dataset(pbc, VISITS)), NotApplicable)
    assert isinstance(SplitOverlap().look(Dataset(pbc, VISITS, audit=pbc.iloc[:0])), NotApplicable)
