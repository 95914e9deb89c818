"""The three grades of Data-IQ: as published, on rows that were not learnt from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.difficulty import graded
from climbdc_tools.grade_difficulty import GradeDifficulty
from climbdc_tools.uneven_groups import uneven


@pytest.fixture(scope="module")
def breast() -> Dataset:
    return Dataset(canonical(load_breast_cancer(as_frame=True).frame), Roles(kind="binary", target="target"))


def test_the_published_definition() -> None:
    told = np.random.default_rng(1).uniform(size=(200, 30)) ** np.linspace(0.05, 20, 200)[:, None]
    grades = graded(told)
    for row in range(200):
        confidence = np.mean(told[row])
        certain = np.mean(told[row] * (1 - told[row])) < np.percentile(grades.aleatoric, 50)
        assert grades.easy[row] == (certain and confidence >= 0.75)
        assert grades.hard[row] == (certain and confidence <= 0.25)
        assert grades.ambiguous[row] == (not grades.easy[row] and not grades.hard[row])
    assert sum(grades.shares().values()) == pytest.approx(1) and grades.easy.any() and grades.hard.any()


def test_turned_labels_are_hard(breast: Dataset) -> None:
    frame = breast.train.sample(frac=1, random_state=2)
    wrong = frame.sample(frac=0.08, random_state=257).index
    frame.loc[wrong, "target"] = 1 - frame.loc[wrong, "target"]
    found = GradeDifficulty().look(dataclasses.replace(breast, train=frame))[0]  # type: ignore[index]
    assert found.kind == "difficulty" and found.severity == "info" and found.rows is not None
    assert np.isin(found.rows, wrong).mean() > 0.7  # by chance 0.08
    assert np.isin(wrong, found.rows).mean() > 0.4


def test_rows_that_could_go_either_way_are_ambiguous() -> None:
    generator = np.random.default_rng(263)
    ward, x = generator.integers(0, 2, 800), generator.normal(size=800)
    risk = np.where(ward == 1, 0.5, np.where(x > 0, 0.97, 0.03))
    frame = canonical(
        pd.DataFrame({"ward": np.where(ward == 1, "B", "A"), "x": x, "y": (generator.uniform(size=800) < risk) + 0})
    )
    found = GradeDifficulty().look(Dataset(frame, Roles(kind="binary", target="y")))
    assert isinstance(found, list)
    assert len(found) == 1 and found[0].evidence["uneven"] == 1 and found[0].evidence["tests"] == 2
    group, rows, inside, outside, difference, chance = found[0].figures[1].data["rows"][0]
    assert group == "ward: B" and rows == (frame["ward"] == "B").sum() and float(chance) < 0.05
    assert int(inside.rstrip("%")) > int(outside.rstrip("%")) + 10 and difference.startswith("+")


def test_groups_that_do_not_differ_are_not_told() -> None:
    alarms = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        frame = pd.DataFrame({f"c{k}": generator.integers(0, 4, 300) for k in range(8)})
        alarms += bool(uneven(frame, list(frame.columns), generator.uniform(size=300) < 0.4, None, 0.05)[0])
    assert alarms <= 6  # 5 % of 40 and two standard errors


def test_visits_of_one_patient_count_together() -> None:
    person = np.repeat(np.arange(40), 10)
    frame = pd.DataFrame({"group": (person >= 20).astype(int)})
    marked = (person < 8) | (person >= 28)  # 8 of 20 patients here, 12 of 20 there
    assert uneven(frame, ["group"], marked, None, 0.05)[0][0].chance < 1e-3
    assert uneven(frame, ["group"], marked, person, 0.05) == ([], 2)


def test_coma_on_support2(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    roles = Roles(kind="binary", target="hospdead", ignored=("death", "sfdm2", "d.time", "slos", "dnr", "dnrday"))
    found = GradeDifficulty({"cap": 2000}).look(Dataset(frame, roles))
    assert isinstance(found, list) and found[0].evidence["n"] == 2000 and found[0].evidence["N"] == 9105
    assert all(one.severity == "info" and one.suggestions == () for one in found)


def test_numbers_have_no_grades() -> None:
    frame = canonical(load_diabetes(as_frame=True).frame)
    assert isinstance(GradeDifficulty().look(Dataset(frame, Roles(kind="numeric", target="target"))), NotApplicable)


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_too_few_rows(breast: Dataset, rows: int) -> None:
    assert isinstance(GradeDifficulty().look(dataclasses.replace(breast, train=breast.train.head(rows))), NotApplicable)
