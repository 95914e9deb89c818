"""Labels that were changed on purpose are found."""

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
from climbdc_tools.label_noise import LabelNoise


@pytest.fixture(scope="module")
def breast() -> Dataset:
    return Dataset(canonical(load_breast_cancer(as_frame=True).frame), Roles(kind="binary", target="target"))


def flipped(data: Dataset, share: float) -> tuple[Dataset, set[int]]:
    rows = data.train.sample(frac=share, random_state=1).index
    frame = data.train.copy()
    frame.loc[rows, "target"] = 1 - frame.loc[rows, "target"]
    return dataclasses.replace(data, train=frame), set(rows)


def test_flipped_labels_come_first(breast: Dataset) -> None:
    data, wrong = flipped(breast, 0.05)
    (found,) = LabelNoise().look(data)  # type: ignore[misc]
    assert found.kind == "suspect-labels" and found.rows is not None and found.suggestions == ()
    assert np.mean([row in wrong for row in found.rows.tolist()]) > 0.8
    assert len(wrong & set(found.rows.tolist())) > 0.4 * len(wrong)
    (figure,) = found.figures
    assert figure.data["columns"] == ["row", "recorded", "models say", "score", "why"]
    row, recorded, said, score, _ = figure.data["rows"][0]
    assert row == found.rows[0] and {recorded, said} == {"0", "1"} and score > 0.9
    assert recorded == str(data.train["target"].loc[row])
    assert sum(found.evidence["counts"].values()) == len(found.rows)


def test_few_are_suspect_in_the_clean_table(breast: Dataset) -> None:
    found = LabelNoise().look(breast)
    assert isinstance(found, list) and sum(len(one.rows) for one in found if one.rows is not None) < 10


def test_leaks_do_not_excuse_errors(breast: Dataset) -> None:
    data, wrong = flipped(breast, 0.05)
    data = dataclasses.replace(data, train=data.train.assign(leak=data.train["target"]))
    (found,) = LabelNoise({"leak": 0.99}).look(data)  # type: ignore[misc]
    assert found.evidence["left_out"] == ["leak"] and found.rows is not None
    assert len(wrong & set(found.rows.tolist())) > 0.4 * len(wrong)


def test_a_number_with_a_slip() -> None:
    frame = canonical(load_diabetes(as_frame=True).frame)
    frame.loc[[7, 70], "target"] = [2500.0, 1900.0]
    (found,) = LabelNoise().look(Dataset(frame, Roles(kind="numeric", target="target")))  # type: ignore[misc]
    assert found.rows is not None and found.rows.tolist()[:2] in ([7, 70], [70, 7])


def test_patients_stay_together(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    roles = Roles(kind="binary", target="status2", patient="id", visit_time="year", identifiers=("sno.",))
    (found,) = LabelNoise().look(Dataset(frame, roles))  # type: ignore[misc]
    assert "status" in found.evidence["left_out"]


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_too_few_rows(breast: Dataset, rows: int) -> None:
    assert isinstance(LabelNoise().look(dataclasses.replace(breast, train=breast.train.head(rows))), NotApplicable)


def test_survival_times_are_looked_at() -> None:
    frame = canonical(load_gbsg2())
    wrong = frame.index[frame["cens"] == 1][:12]
    frame.loc[wrong, "time"] = (frame.loc[wrong, "time"] // 30).clip(lower=1)
    roles = Roles(kind="survival", target="cens", event="cens", duration="time")
    (found,) = LabelNoise().look(Dataset(frame, roles))  # type: ignore[misc]
    assert found.kind == "suspect-times" and found.rows is not None
    assert len(found.rows) < 0.03 * len(frame) and set(found.rows.tolist()[:2]) <= set(wrong)
    assert found.evidence["early"] + found.evidence["late"] == len(found.rows)
    assert found.figures[0].data["rows"][0][2] in {"later", "sooner"}


def test_nothing_is_relabelled_and_nothing_suggested(breast: Dataset) -> None:
    data, _ = flipped(breast, 0.2)
    before = data.train.copy()
    (found,) = LabelNoise().look(data)  # type: ignore[misc]
    pd.testing.assert_frame_equal(data.train, before)
    assert found.suggestions == ()
