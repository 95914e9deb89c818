"""What names persons where nobody is asked: it stays in the data, and is named nowhere else."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.cli import main

GIVEN = (
    "Patricia", "Helga", "Giovanni", "Svetlana", "Rajesh", "Deborah", "Kenneth", "Stephanie", "Gregory", "Ingrid",
    "Matthew", "Katarina", "Alejandro", "Yolanda",
)  # fmt: skip
FAMILY = (
    "Garcia", "Schneider", "Okafor", "Kowalski", "Nguyen", "Yilmaz", "Fernandez", "Petrov", "Johansson", "Haddad",
)  # fmt: skip
NOTES = ("asthma", "chest pain at rest", "no complaints", "tired after two stairs", "smoker since youth")
FORMS = ("seen by Dr {family}", "referred by Dr. {given} {family}", "his wife {given} called Mr {family} in")
NAMED_NOWHERE = ("recipe.json", "report.html", "findings.json", "decisions.json", "plan.json", "pipeline.py")
PLANTED = ("remarks", "informant")


def note(chance: random.Random) -> str:
    """What a doctor might write."""
    form = chance.choice(FORMS).format(given=chance.choice(GIVEN), family=chance.choice(FAMILY))
    return f"{chance.choice(NOTES)}, {form}"


@pytest.fixture(scope="module")
def table(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The heart data with two columns that the scan is unsure of: remarks, and given names in several spellings."""
    chance = random.Random(3)
    rows = pd.read_csv(heart, dtype=str, keep_default_na=False)
    rows["remarks"] = [note(chance) if chance.random() < 0.9 else "" for _ in range(len(rows))]
    names = [chance.choice(GIVEN) for _ in range(len(rows))]
    rows["informant"] = [name.upper() if chance.random() < 0.05 else name for name in names]
    path = tmp_path_factory.mktemp("planted") / "heart.csv"
    rows.to_csv(path, index=False)
    return path


def ran(table: Path, folder: Path, expert: str, *arguments: str) -> Path:
    """The results of `climbdc run`."""
    words = ["run", str(table), *arguments, "--expert", expert, "--out", str(folder / "out")]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--data-dir", str(folder / "store")])
    assert ended.value.code == 0
    return folder / "out"


@pytest.fixture(scope="module")
def left(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is left where nobody is asked."""
    return ran(table, tmp_path_factory.mktemp("unasked"), "auto", "--target", "num")


def named(text: str) -> list[str]:
    """Planted names in a text."""
    return [name for name in (*GIVEN, *FAMILY) if name.casefold() in text.casefold()]


def raw(table: Path, rows: pd.Series[Any]) -> pd.DataFrame:
    """The planted cells of some rows."""
    return pd.read_csv(table, dtype=str)[list(PLANTED)].iloc[rows.to_numpy()].reset_index(drop=True)


@pytest.mark.parametrize("file", NAMED_NOWHERE)
def test_no_name_is_in_what_tells_of_the_data(left: Path, file: str) -> None:
    assert named((left / file).read_text("utf-8")) == []


@pytest.mark.parametrize("part", ["data", "test"])
def test_the_columns_stay_as_they_came_and_nothing_is_made_of_them(left: Path, table: Path, part: str) -> None:
    with open(left / f"{part}.csv", encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert [name for name in header if name.startswith(PLANTED)] == list(PLANTED) and not named(" ".join(header))
    told = pd.read_csv(left / f"{part}.csv", dtype=str)
    pd.testing.assert_frame_equal(told[list(PLANTED)], raw(table, told["_row"].astype(int)))


def test_models_do_not_use_them(left: Path) -> None:
    assert set(PLANTED) <= set(json.loads((left / "recipe.json").read_text("utf-8"))["roles"]["ignored"])


def test_each_is_an_open_finding_with_its_reason(left: Path) -> None:
    found = json.loads((left / "findings.json").read_text("utf-8"))
    personal = [item for item in found if item["challenge"] == "privacy/personal-data" and item["reason"]]
    assert {(item["columns"][0], item["status"]) for item in personal} == {(name, "open") for name in PLANTED}
    assert all("Nobody was asked" in item["reason"] for item in personal)
    assert all(item["reason"] == "" for item in found if item not in personal)
    told = (left / "report.html").read_text("utf-8")
    assert "remarks and informant may name persons" in told or "informant and remarks may name persons" in told


def test_new_rows_are_treated_alike(left: Path, table: Path, tmp_path: Path) -> None:
    words = ["apply", str(left / "recipe.json"), str(table), "--out", str(tmp_path / "new.csv")]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    told = pd.read_csv(tmp_path / "new.csv", dtype=str)
    assert list(told.columns) == list(pd.read_csv(left / "data.csv", nrows=1).columns)
    pd.testing.assert_frame_equal(told[list(PLANTED)], raw(table, told["_row"].astype(int)))
    beside = [path.read_text("utf-8") for path in tmp_path.iterdir() if path.suffix in {".json", ".html"}]
    assert named(" ".join(beside)) == []


def test_the_closing_words_name_the_columns_and_what_to_do(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where only values are made right nothing is dropped either, and no spelling of a name is corrected."""
    out = ran(table, tmp_path, "auto", "--task", "none")
    told = " ".join(capsys.readouterr().out.split())
    assert "may name persons" in told and "remarks" in told and "informant" in told
    assert "--expert ask" in told and "deidentify" in told and named(told) == []
    assert [named((out / file).read_text("utf-8")) for file in NAMED_NOWHERE] == [[]] * len(NAMED_NOWHERE)
    assert (out / "data.csv").read_text("utf-8").count("PATRICIA") == table.read_text("utf-8").count("PATRICIA") > 0


ANSWERS = """
steps:
  - {challenge: privacy/personal-data, tool: drop_columns, choice: reject, note: These are our wards.}
"""


def test_a_file_that_says_so_keeps_its_choice(table: Path, tmp_path: Path) -> None:
    """It said something of one column, and nothing of the other, which rules then decide about."""
    (tmp_path / "answers.yaml").write_text(ANSWERS, "utf-8")
    out = ran(table, tmp_path, str(tmp_path / "answers.yaml"), "--target", "num")
    header = list(pd.read_csv(out / "data.csv", nrows=1).columns)
    assert "informant" not in header and any(name.startswith("informant") for name in header)
    assert "remarks" in header and not any(name.startswith("remarks_") for name in header)
    assert named((out / "report.html").read_text("utf-8").split('id="dictionary')[0]) == []
