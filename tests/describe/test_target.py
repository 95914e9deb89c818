"""Guessing the target when none was named."""

from __future__ import annotations

from pathlib import Path

import lifelines
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.describe import describe, guess_target

LIFELINES = Path(lifelines.__file__).parent / "datasets"


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("gbsg2.csv", "cens"),
        ("kidney_transplant.csv", "death"),
        ("larynx.csv", "death"),
        ("lung.csv", "status"),
        ("lymph_node.csv", "censdead"),
        ("merrell1955.csv", "dead"),
        ("rossi.csv", "arrest"),
        ("stanford_heart.csv", "event"),
    ],
)
def test_the_outcome_of_real_studies_comes_first(file: str, target: str) -> None:
    frame = canonical(pd.read_csv(LIFELINES / file))
    first = guess_target(frame, describe(frame))[0]
    assert first.column == target
    assert "usual name of an outcome" in first.because


def test_benchmark_files(bench_data: Path) -> None:
    visits = read([bench_data / "clinical/pbc2.csv"]).frame
    assert [c.column for c in guess_target(visits, describe(visits))] == ["status2", "status"]
    stays = read([bench_data / "clinical/support2.csv"]).frame
    assert {"death", "hospdead"} == {c.column for c in guess_target(stays, describe(stays))[:2]}


def test_what_cannot_be_an_outcome_is_not_guessed() -> None:
    frame = canonical(pd.DataFrame({"outcome": ["x"] * 30, "age": [60.5, 71.5] * 15, "sex": ["m", "f"] * 15}))
    assert guess_target(frame, describe(frame)) == []
    assert guess_target(canonical(pd.DataFrame()), describe(canonical(pd.DataFrame()))) == []


def test_a_nameless_last_column_is_a_weak_guess() -> None:
    frame = canonical(pd.DataFrame({"a": [1.5, 2.5, 3.5] * 10, "b": ["u", "v", "v"] * 10}))
    (only,) = guess_target(frame, describe(frame))
    assert only.column == "b" and only.score < 0.5
    assert only.because == "it is the last column; it has two values"
