"""What the demo leaves: files that agree with each other, and a script and a notebook that make them again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.cli import main
from climbdc.data import read, write_csv
from climbdc.recipe import Recipe

EXECUTE = """
import sys, nbformat, nbclient
book = nbformat.read("session.ipynb", 4)
nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
"""


def ended(arguments: list[str]) -> int:
    """The exit status of a command."""
    with pytest.raises(SystemExit) as status:
        main(arguments)
    return int(status.value.code or 0)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's results."""
    folder = tmp_path_factory.mktemp("demo")
    assert ended(["demo", "--out", str(folder / "out"), "--data-dir", str(folder / "store")]) == 0
    return folder / "out"


def run(folder: Path, *arguments: str) -> None:
    """A Python process in a folder; it must succeed."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_script_makes_the_same_bytes(left: Path, heart: Path, tmp_path: Path) -> None:
    run(tmp_path, str(left / "pipeline.py"), str(heart), "-o", str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_bytes() == (left / "data.csv").read_bytes()


def test_the_notebook_makes_the_same_bytes(left: Path, heart: Path, tmp_path: Path) -> None:
    shutil.copy(left / "session.ipynb", tmp_path)
    shutil.copy(heart, tmp_path / "heart_disease.csv")
    run(tmp_path, "-c", EXECUTE)
    assert (tmp_path / "reproduced.csv").read_bytes() == (left / "data.csv").read_bytes()


def test_csv_and_parquet_agree(left: Path) -> None:
    for part in ("data", "test"):
        text, table = pd.read_csv(left / f"{part}.csv"), pd.read_parquet(left / f"{part}.parquet")
        assert list(text.columns) == list(table.columns)
        np.testing.assert_allclose(text.to_numpy(dtype="float64"), table.to_numpy(dtype="float64"), rtol=1e-12)


def test_the_recipe_treats_the_sealed_rows_as_the_session_did(left: Path, heart: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(left / "recipe.json")
    rows = pd.read_csv(left / "test.csv")["_row"]
    raw = read([heart], recipe.reading).frame.loc[rows]
    write_csv(recipe.apply(raw).frame, tmp_path / "again.csv", recipe.whole)
    assert (tmp_path / "again.csv").read_bytes() == (left / "test.csv").read_bytes()


def test_every_changed_cell_is_accounted_for(left: Path, heart: Path) -> None:
    raw = pd.read_csv(heart, dtype=str, keep_default_na=False)
    data = pd.read_csv(left / "data.csv", index_col="_row")
    changes = pd.read_parquet(left / "changes.parquet")
    cells = changes[changes["_row"].notna() & changes["column"].notna()]
    last = cells.drop_duplicates(["_row", "column"], keep="last").set_index(["_row", "column"])["after"]
    for name in set(raw.columns) & set(data.columns):
        told = pd.to_numeric(raw.loc[data.index, name], errors="coerce")
        mine = last[last.index.get_level_values("column") == name]
        rows = mine.index.get_level_values("_row").astype("int64")
        told.update(pd.Series(pd.to_numeric(mine.to_numpy()), index=rows))
        np.testing.assert_allclose(told.to_numpy("float64"), data[name].to_numpy("float64"), rtol=1e-12, err_msg=name)
    gone = changes[changes["column"].isna()]
    assert set(gone["_row"]) == set(raw.index) - set(data.index)


def test_every_file_of_the_contract_is_there(left: Path) -> None:
    names = {path.name for path in left.iterdir()}
    assert names >= {
        "data.csv", "data.parquet", "test.csv", "test.parquet", "recipe.json", "findings.json", "plan.json",
        "decisions.json", "changes.parquet", "metrics.json", "lineage.parquet", "report.html", "pipeline.py",
        "session.ipynb", "model_ledger.jsonl",
    }  # fmt: skip
    for finding in json.loads((left / "findings.json").read_text("utf-8")):
        assert finding.keys() >= {
            "id", "challenge", "kind", "severity", "columns", "rows", "evidence", "screening", "status", "answered_by",
        }  # fmt: skip
    assert (left / "model_ledger.jsonl").read_bytes() == b""


def test_nothing_in_the_recipe_names_a_place_or_a_time(left: Path, heart: Path) -> None:
    told = (left / "recipe.json").read_text("utf-8")
    assert str(heart.parent) not in told and str(left.parent) not in told
    for decision in json.loads((left / "decisions.json").read_text("utf-8")):
        assert decision["answered_at"] not in told


def test_a_second_run_into_the_same_folder_is_refused(left: Path, heart: Path, tmp_path: Path) -> None:
    before = (left / "data.csv").read_bytes()
    arguments = ["run", str(heart), "--target", "num", "--expert", "auto", "--out", str(left)]
    assert ended([*arguments, "--data-dir", str(tmp_path)]) == 2
    assert (left / "data.csv").read_bytes() == before
