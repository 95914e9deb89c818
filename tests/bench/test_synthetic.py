"""The made-up registry: the same seed, the same bytes, and every fault it is to have."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.bench import clinical_table, write_clinical_table
from climbdc.data import read


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return clinical_table(20_000, seed=3)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, two, other = (
        write_clinical_table(tmp_path / name, 500, seed).read_bytes()
        for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2))
    )
    assert one == two
    assert one != other


def test_a_longer_table_begins_with_the_full_blocks_of_a_shorter_one() -> None:
    short, long = clinical_table(100_000, seed=5), clinical_table(100_010, seed=5)
    pd.testing.assert_frame_equal(short, long.head(100_000))
    assert long["record_id"].is_unique


def test_the_file_holds_what_the_table_holds(tmp_path: Path, table: pd.DataFrame) -> None:
    path = write_clinical_table(tmp_path / "registry.csv", len(table), seed=3)
    frame = read([path]).frame
    assert frame.shape == (20_000, 30)
    assert frame["age"].tolist() == table["age"].tolist()
    assert frame["lactate"].isna().tolist() == table["lactate"].isna().tolist()


def test_no_part_of_a_file_is_left(tmp_path: Path) -> None:
    write_clinical_table(tmp_path / "registry.csv", 10)
    assert [path.name for path in tmp_path.iterdir()] == ["registry.csv"]


def test_every_fault_is_there(table: pd.DataFrame) -> None:
    assert (table["age"] == 999).mean() == pytest.approx(0.004, abs=0.002)
    assert (table["heart_rate"] == 0).mean() == pytest.approx(0.006, abs=0.003)
    assert table["lactate"].isna().mean() == pytest.approx(0.58, abs=0.02)
    assert set(table["sex"].dropna()) == {"female", "F", "Female", "male", "M", "Male"}
    written = table["admitted"].str.contains("/")
    assert written.mean() == pytest.approx(0.1, abs=0.02)
    assert set(table["died"]) == {0, 1}


def test_the_outcome_moves_what_it_is_said_to_move(table: pd.DataFrame) -> None:
    plausible = table[table["creatinine"].notna()]
    medians = plausible.groupby("died")["creatinine"].median()
    assert medians[1] > medians[0] * 1.2
    sodium = table[table["sodium"] > 0].groupby("died")["sodium"].mean()
    assert abs(sodium[1] - sodium[0]) < 0.5
