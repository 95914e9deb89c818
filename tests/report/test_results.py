"""What the demo leaves: files that agree with each other, and a script and a notebook that make them again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import update

from climbdc.cli import main
from climbdc.copilot import Copilot
from climbdc.data import read, write_csv
from climbdc.recipe import Recipe
from climbdc.report import collect_facts
from climbdc.sandbox import SandboxUnavailable, open_sandbox
from climbdc.settings import Settings
from climbdc.store import Store
from climbdc.store._models import RunRow

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
    ran = json.loads((tmp_path / "again.audit.json").read_text("utf-8"))
    steps = json.loads((left / "recipe.json").read_text("utf-8"))["steps"]
    assert [item["tool"] for item in ran["runs"]] == [step["tool"] for step in steps]
    assert ran["contained"] and ran["failed"] == 0


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
        "session.ipynb", "model_ledger.jsonl", "audit.json",
    }  # fmt: skip
    for finding in json.loads((left / "findings.json").read_text("utf-8")):
        assert finding.keys() >= {
            "id", "challenge", "kind", "severity", "columns", "rows", "evidence", "screening", "status", "answered_by",
        }  # fmt: skip
    assert (left / "model_ledger.jsonl").read_bytes() == b""
    assert "No language model was asked" in (left / "report.html").read_text("utf-8")


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


def test_every_run_is_in_the_audit(left: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads((left / "audit.json").read_text("utf-8"))
    assert told["contained"] and told["jobs"] == len(told["runs"]) > 30 and told["failed"] == 0
    assert {item["verb"] for item in told["runs"]} == {"look", "fit", "apply", "measure"}
    for item in told["runs"]:
        assert (
            item["backend"] == told["backends"][0] and len(item["code"]) == 64 and item["exit"] in {"", "0", "SIGKILL"}
        )
        assert item["limits"].keys() == {"wall_seconds", "memory_mb", "output_mb"}
        assert item["wall"] > 0 and item["peak_mb"] > 0, item
    store = ["--data-dir", str(left.parent / "store")]
    assert ended(["sessions", "list", "--json", *store]) == 0
    session = json.loads(capsys.readouterr().out)[0]["id"]
    assert ended(["sessions", "show", session, "--runs", "--json", *store]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": session, **told}


def test_the_audit_can_be_read(left: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads((left / "audit.json").read_text("utf-8"))
    monkeypatch.setattr("climbdc.cli._app.console._width", 200)
    store = ["--data-dir", str(left.parent / "store")]
    assert ended(["sessions", "list", "--json", *store]) == 0
    session = json.loads(capsys.readouterr().out)[0]["id"]
    assert ended(["sessions", "show", session, "--runs", *store]) == 0
    head, titles, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"Session {session}: {told['jobs']} jobs in {told['backends'][0]}; 0 failed")
    assert titles.split() == "When (UTC) Verb Tool Outcome Exit Seconds MiB Code".split()
    assert len(lines) == told["jobs"]
    for line, item in zip(lines, told["runs"], strict=True):
        assert item["verb"] in line and item["outcome"] in line and line.rstrip().endswith(item["code"][:12])


def test_the_report_says_where_tools_ran(left: Path) -> None:
    told = json.loads((left / "audit.json").read_text("utf-8"))
    page = (left / "report.html").read_text("utf-8")
    assert f"<td>{told['jobs']}; each allowed" in page and "Jobs that failed</th><td>none</td>" in page


def test_nothing_that_differs_between_equal_runs_is_in_the_report(left: Path, tmp_path: Path) -> None:
    shutil.copytree(left.parent / "store", tmp_path / "store")
    store = Store(tmp_path / "store")
    with Copilot(Settings(data_dir=store.folder)).session(store.sessions()[0]["id"]).context() as context:
        before = collect_facts(context)["sandbox"]
        with store.engine.begin() as connection:
            connection.execute(update(RunRow).values(body={"start": 1.0, "wall": 2.0, "cpu": 3.0, "peak_mb": 4.0}))
        assert {run["wall"] for run in context.session.runs()} == {2.0}
        assert collect_facts(context)["sandbox"] == before
    store.close()


def test_apply_leaves_an_audit(left: Path, heart: Path, tmp_path: Path) -> None:
    assert ended(["apply", str(left / "recipe.json"), str(heart), "-o", str(tmp_path / "new.csv")]) == 0
    told = json.loads((tmp_path / "new.audit.json").read_text("utf-8"))
    assert [(item["verb"], item["outcome"]) for item in told["runs"]] == [("apply", "ok")] and told["contained"]


def test_where_nothing_holds_the_demo_goes_on_and_says_so(
    left: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_holds(backend: str = "auto", *, unsafe: bool = False, **more: Any) -> Any:
        if not unsafe:
            raise SandboxUnavailable("There is no sandbox here.", fix="Install bubblewrap.")
        return open_sandbox(backend, unsafe=True, **more)

    monkeypatch.setattr("climbdc.runs.open_sandbox", nothing_holds)
    out, store = tmp_path / "out", ["--data-dir", str(tmp_path / "store")]
    assert ended(["run", str(tmp_path / "any.csv"), "--out", str(tmp_path / "other"), *store]) == 1
    assert "Install bubblewrap." in capsys.readouterr().err
    assert ended(["demo", "--out", str(out), *store]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "Install bubblewrap." in said and "it goes on without a sandbox" in said
    assert (out / "data.csv").read_bytes() == (left / "data.csv").read_bytes()
    told = json.loads((out / "audit.json").read_text("utf-8"))
    assert told["backends"] == ["none"] and told["contained"] is False
    page = (out / "report.html").read_text("utf-8")
    assert "No sandbox." in page and "none (not contained)" in page
