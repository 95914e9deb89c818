"""The pack against real files that were not used to write its variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import lifelines
import pandas as pd
import pytest
import yaml

from climbdc.knowledge import Knowledge, knowledge

TRUTH: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "recognised.yaml").read_text("utf-8"))
BENCH = ["support2.csv", "pbc2.csv"]
LIFELINES = Path(lifelines.__file__).parent / "datasets"


class Score(NamedTuple):
    recall: float
    wrong: list[str]


def numbers(column: pd.Series) -> list[float]:
    """The numbers of a column when most of it are numbers, else none."""
    read = pd.to_numeric(column, errors="coerce")
    return [] if read.notna().sum() < 0.5 * column.notna().sum() else read.dropna().astype(float).tolist()


def score(pack: Knowledge, frame: pd.DataFrame, truth: dict[str, str]) -> Score:
    found = {name: pack.match(str(name), values=numbers(frame[name])) for name in frame.columns}
    ids = {name: match.variable.id for name, match in found.items() if match}
    wrong = [f"{name} taken for {known}" for name, known in ids.items() if truth.get(name) != known]
    return Score(sum(truth.get(name) == known for name, known in ids.items()) / len(truth), wrong)


def check(folder: Path, name: str) -> None:
    result = score(knowledge(), pd.read_csv(folder / name), TRUTH[name]["columns"])
    assert result.wrong == []
    assert result.recall >= TRUTH[name]["recall"]


@pytest.mark.parametrize("name", [name for name in TRUTH if name not in BENCH])
def test_lifelines_columns(name: str) -> None:
    check(LIFELINES, name)


@pytest.mark.parametrize("name", BENCH)
def test_bench_columns(bench_data: Path, name: str) -> None:
    check(bench_data / "clinical", name)


def test_every_column_of_the_truth_is_in_its_file(bench_data: Path) -> None:
    for name, truth in TRUTH.items():
        folder = bench_data / "clinical" if name in BENCH else LIFELINES
        assert set(truth["columns"]) <= set(pd.read_csv(folder / name, nrows=1).columns)


def test_impossible_zeros_are_known_without_a_dictionary(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    for name in ("hrt", "resp", "meanbp", "wblc"):
        match = knowledge().match(name, values=numbers(frame[name]))
        assert match and match.variable.limits.zero_impossible
    urine = knowledge().match("urine", values=numbers(frame["urine"]))
    assert urine and not urine.variable.limits.zero_impossible
