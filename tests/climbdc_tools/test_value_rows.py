"""Rows that were spoilt have the lowest values, and are named by the number they have in the file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_gbsg2
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.value_rows import ValueRows, far_below

ROLES = Roles(kind="binary", target="target")


@pytest.fixture(scope="module")
def breast() -> pd.DataFrame:
    return canonical(load_breast_cancer(as_frame=True).frame)


def test_known_mistake_row_indices_map_back(breast: pd.DataFrame) -> None:
    """Positions in the matrix are not rows of the user: a shuffled and filtered table tells them apart."""
    frame = breast[breast.index % 2 == 1].sample(frac=1, random_state=3)
    assert frame.index[0] != 0 and frame.index.max() >= len(frame)
    wrong = frame.sample(frac=0.08, random_state=251).index
    frame.loc[wrong, "target"] = 1 - frame.loc[wrong, "target"]
    (found,) = ValueRows().look(Dataset(frame, ROLES))  # type: ignore[misc]
    assert found.rows is not None and np.isin(found.rows, frame.index).all()
    assert np.mean(np.isin(found.rows, wrong)) > 0.7  # positions taken for rows would hit 8 %
    assert np.isin(wrong, found.rows).mean() > 0.4
    told = next(figure for figure in found.figures if figure.kind == "rank")
    assert told.data["labels"][0] == f"row {found.rows[0]}" and told.data["values"] == sorted(told.data["values"])


def test_hardly_a_row_of_a_clean_table_is_listed(breast: pd.DataFrame) -> None:
    (found,) = ValueRows().look(Dataset(breast, ROLES))  # type: ignore[misc]
    assert found.severity == "info" and found.suggestions == ()
    assert found.rows is not None and len(found.rows) < 0.03 * len(breast)


def test_no_fixed_share_is_listed() -> None:
    assert not far_below(np.random.default_rng(0).normal(1, 0.1, 1000)).any()
    assert far_below(np.r_[np.full(990, 1.0), np.full(10, -5.0)]).sum() == 10


def test_numbers_and_times() -> None:
    frame = canonical(load_diabetes(as_frame=True).frame)
    frame.loc[[7, 70], "target"] = [2500.0, 1900.0]
    (found,) = ValueRows().look(Dataset(frame, Roles(kind="numeric", target="target")))  # type: ignore[misc]
    assert found.rows is not None and set(found.rows.tolist()[:2]) == {7, 70}
    roles = Roles(kind="survival", target="cens", event="cens", duration="time")
    found_times = ValueRows().look(Dataset(canonical(load_gbsg2()), roles))
    assert isinstance(found_times, list)


def test_patients_do_not_value_their_own_visits(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    roles = Roles(kind="binary", target="status2", patient="id", visit_time="year", identifiers=("sno.",))
    alone = ValueRows().look(Dataset(frame, roles))
    mixed = ValueRows().look(Dataset(frame, roles.model_copy(update={"patient": None, "ignored": ("id",)})))
    assert isinstance(alone, list) and isinstance(mixed, list)
    assert alone[0].evidence["negative"] != mixed[0].evidence["negative"]


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_too_few_rows(breast: pd.DataFrame, rows: int) -> None:
    data = Dataset(breast.head(rows), ROLES)
    assert isinstance(ValueRows().look(data), NotApplicable)
    assert isinstance(ValueRows().look(dataclasses.replace(data, roles=Roles())), NotApplicable)
    gone = breast.assign(**{name: np.nan for name in breast.columns if name != "target"})
    assert isinstance(ValueRows().look(Dataset(gone[["target"]], ROLES)), NotApplicable)
