"""Whole runs on real clinical data, made once and looked at by many tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from climbdc.cli import main


@dataclass(frozen=True)
class Result:
    """What `run --out` left."""

    out: Path

    def json(self, name: str) -> Any:
        """A JSON file of the results."""
        return json.loads((self.out / name).read_text("utf-8"))

    @property
    def data(self) -> pd.DataFrame:
        """The treated training part."""
        return pd.read_csv(self.out / "data.csv", index_col="_row")

    @property
    def test(self) -> pd.DataFrame:
        """The treated sealed part."""
        return pd.read_csv(self.out / "test.csv", index_col="_row")

    def leaks(self, *severities: str) -> set[str]:
        """Columns that a leakage finding of the first screening names."""
        return {
            column
            for finding in self.json("findings.json")
            if finding["challenge"].startswith("leakage/") and finding["severity"] in severities
            for column in finding["columns"]
        }


def run(folder: Path, *arguments: str) -> Result:
    """`climbdc run` with the automatic expert."""
    out = folder / "out"
    main_ok(["run", *arguments, "--expert", "auto", "--out", str(out), "--data-dir", str(folder / "store")])
    return Result(out)


def main_ok(arguments: list[str]) -> None:
    """A command that must succeed."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0


@pytest.fixture(scope="session")
def support2(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """SUPPORT2, target hospdead, without a dictionary."""
    file = bench_data / "clinical" / "support2.csv"
    return run(tmp_path_factory.mktemp("support2"), str(file), "--target", "hospdead")


@pytest.fixture(scope="session")
def support2_told(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """SUPPORT2 with its dictionary."""
    clinical = bench_data / "clinical"
    folder = tmp_path_factory.mktemp("support2_told")
    dictionary = clinical / "support2_dictionary.csv"
    return run(folder, str(clinical / "support2.csv"), "--target", "hospdead", "--dictionary", str(dictionary))


@pytest.fixture(scope="session")
def pbc2(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """PBC2, target status2: rows are visits."""
    return run(tmp_path_factory.mktemp("pbc2"), str(bench_data / "clinical" / "pbc2.csv"), "--target", "status2")


@pytest.fixture(scope="session")
def pbc2_survival(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """PBC2 as a survival study."""
    file = str(bench_data / "clinical" / "pbc2.csv")
    return run(tmp_path_factory.mktemp("pbc2s"), file, "--time", "years", "--event", "status2", "--id", "id")


@pytest.fixture(scope="session")
def hospital(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The hospital table with planted errors; nothing is to be predicted."""
    return run(tmp_path_factory.mktemp("hospital"), str(bench_data / "repair" / "quintet" / "hospital" / "dirty.csv"))


@pytest.fixture(scope="session")
def key(bench_data: Path) -> Any:
    """The leakage answer key of SUPPORT2."""
    return yaml.safe_load((bench_data / "answers" / "support2.yaml").read_text("utf-8"))
