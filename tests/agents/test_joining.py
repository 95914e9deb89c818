"""Sessions over several files: asked before anything is joined, told what it did, and made again byte for byte."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert, FileExpert
from climbdc.cli import main
from climbdc.copilot import Copilot, Session
from climbdc.errors import Stopped
from climbdc.report import write_results
from climbdc.sdk import Goal
from climbdc.settings import Settings

from .conftest import answers

EXECUTE = """
import nbformat, nbclient
book = nbformat.read("session.ipynb", 4)
nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
"""
SURVIVAL = Goal(time="years", event="status2", task="survival")


@pytest.fixture(scope="module")
def pbc(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """PBC as patients, visits, and a table of people who are mostly others."""
    folder = tmp_path_factory.mktemp("pbc-files")
    whole = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    files = [folder / name for name in ("patients.csv", "visits.csv", "strangers.csv")]
    whole.drop_duplicates("id")[["id", "years", "status2", "drug", "age", "sex"]].to_csv(files[0], index=False)
    whole[["id", "year", "edema", "serBilir", "albumin", "platelets"]].to_csv(files[1], index=False)
    pd.DataFrame({"id": range(200, 900), "ward": ["A", "B"] * 350}).to_csv(files[2], index=False)
    return files


def started(folder: Path, files: list[Path], goal: Goal = SURVIVAL, *, screen_only: bool = True) -> Session:
    """A session in a store of its own."""
    return Copilot(Settings(data_dir=folder / "store")).start(files, goal, screen_only=screen_only)


def screened(folder: Path, files: list[Path], expert: AutoExpert | FileExpert | None = None) -> Session:
    """A session that looks and changes nothing."""
    session = started(folder, files)
    list(session.run(expert or AutoExpert()))
    return session


def found(session: Session, tool: str) -> dict[str, dict[str, object]]:
    """Findings of a tool by kind."""
    return {item["kind"]: item for item in session.stored.findings() if item["tool"] == tool}


def test_rows_lost_and_multiplied_are_told_before_anything_is_joined(pbc: list[Path], tmp_path: Path) -> None:
    session = started(tmp_path, pbc)
    seen: list[Checkpoint] = []

    class Stopping:
        name = "human"

        def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
            seen.append(checkpoint)
            raise Stopped("Far enough.")

    with pytest.raises(Stopped):
        list(session.run(Stopping()))
    (asked,) = seen
    assert asked.kind == "question" and asked.default == "join" and session.stored.get("reading") is None
    visits, strangers = asked.detail["tables"]
    assert (visits["key"], visits["relation"], visits["main_rows_found"]) == ("id", "1:n", 312)
    assert (visits["rows_lost"], visits["rows_if_multiplied"]) == (0, 1945)
    assert strangers["rows_lost"] == 587 and strangers["default"].startswith("leave out")
    assert "312 rows would become 1,945" in asked.text and "587 of its 700 rows are lost" in asked.text
    list(session.run(AutoExpert()))
    assert session.stored.need("reading")["rows"] == 312, "what was asked before is answered and not asked again"


def test_nobody_asked_joins_what_loses_nothing_and_names_what_was_left(pbc: list[Path], tmp_path: Path) -> None:
    session = screened(tmp_path, pbc)
    reading = session.stored.need("reading")
    assert reading["rows"] == 312 and "serBilir" in reading["columns"] and "ward" not in reading["columns"]
    findings = found(session, "merge_files")
    assert findings["summed-up"]["status"] == "answered" and findings["summed-up"]["severity"] == "info"
    left = findings["left-out"]
    assert (left["severity"], left["status"]) == ("major", "open")
    assert "only 16% of its keys" in str(left["evidence"])
    assert any(decision["code"] == "left-out" for decision in reading["decisions"])
    (decision,) = (item for item in session.stored.decisions() if item["id"] == "join")
    assert decision["expert"] == "auto" and decision["answer"]["rule"]


def test_values_from_over_time_are_a_serious_finding(pbc: list[Path], tmp_path: Path) -> None:
    session = screened(tmp_path, pbc[:2], answers(tmp_path, "join: {choice: join_summary}\n"))
    finding = found(session, "merge_files")["summed-up"]
    assert (finding["severity"], finding["status"]) == ("major", "open")
    assert "serBilir_mean" in session.stored.need("reading")["columns"]


def test_an_answers_file_says_how(pbc: list[Path], tmp_path: Path) -> None:
    text = "join: {choice: join_all, rules: [max], until: 0, without: [visits]}\n"
    reading = screened(tmp_path, pbc, answers(tmp_path, text)).stored.need("reading")
    assert "ward" in reading["columns"] and "serBilir" not in reading["columns"]
    text = "join: {choice: join, rules: [max], until: 1}\n"
    session = screened(tmp_path / "until", pbc, answers(tmp_path, text))
    frame = session.stored.objects.frame(session.stored.need("reading")["frame"])
    visits = pd.read_csv(pbc[1]).query("year <= 1")
    assert frame["serBilir"].tolist() == visits.groupby("id")["serBilir"].max().loc[frame["id"]].tolist()


def test_a_row_a_visit_keeps_every_visit(pbc: list[Path], tmp_path: Path) -> None:
    reading = screened(tmp_path, pbc, answers(tmp_path, "join: {choice: every_row}\n")).stored.need("reading")
    assert reading["rows"] == 1945 and {"drug", "serBilir"} <= set(reading["columns"])


def test_what_the_reader_decided_is_found(heart: Path, tmp_path: Path) -> None:
    lines = heart.read_text("utf-8").splitlines()[:60]
    body = "\n".join(line.replace(",", ";") for line in lines)
    path = tmp_path / "export.csv"
    path.write_text(f"Klinik Köln\n\n{body}\nTotal;;;\n", "cp1252")
    session = Copilot(Settings(data_dir=tmp_path / "store")).start([path], Goal(target="num"), screen_only=True)
    list(session.run(AutoExpert()))
    findings = found(session, "read_table")
    assert {"encoding", "delimiter", "preamble", "footer"} <= set(findings)
    assert {findings[kind]["status"] for kind in ("encoding", "delimiter", "preamble", "footer")} == {"answered"}
    assert findings["delimiter"]["evidence"] == {"count": 0, "setting": "semicolons"}


@pytest.fixture(scope="module")
def left(pbc: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole session over patients and visits."""
    folder = tmp_path_factory.mktemp("joined")
    session = started(folder, pbc[:2], screen_only=False)
    list(session.run(AutoExpert()))
    (folder / "out").mkdir()
    with session.context() as context:
        write_results(context, folder / "out")
    return folder / "out"


def run(folder: Path, *arguments: str) -> None:
    """A Python process in a folder; it must succeed."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_script_and_the_notebook_make_the_same_bytes(left: Path, pbc: list[Path], tmp_path: Path) -> None:
    files = [str(file) for file in pbc[:2]]
    run(tmp_path, str(left / "pipeline.py"), *files, "-o", str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_bytes() == (left / "data.csv").read_bytes()
    shutil.copy(left / "session.ipynb", tmp_path)
    for file in pbc[:2]:
        shutil.copy(file, tmp_path)
    run(tmp_path, "-c", EXECUTE)
    assert (tmp_path / "reproduced.csv").read_bytes() == (left / "data.csv").read_bytes()


def test_the_recipe_takes_new_files_in_any_order(left: Path, pbc: list[Path], tmp_path: Path) -> None:
    patients, visits = pd.read_csv(pbc[0]), pd.read_csv(pbc[1])
    sealed = pd.read_csv(left / "test.csv")
    new = [tmp_path / "people.csv", tmp_path / "lab.csv"]
    rows = patients.iloc[sealed["_row"]].drop(columns=["years", "status2"])
    rows.to_csv(new[0], index=False)
    visits[visits["id"].isin(rows["id"])].to_csv(new[1], index=False)
    out = tmp_path / "new.csv"
    with pytest.raises(SystemExit) as status:
        main(["apply", str(left / "recipe.json"), str(new[1]), str(new[0]), "-o", str(out)])
    assert not status.value.code
    done = pd.read_csv(out)
    kept = [name for name in done.columns if name != "_row"]
    pd.testing.assert_frame_equal(done[kept], sealed[kept], check_dtype=False)


def test_lineage_names_the_rows_of_every_table(left: Path, pbc: list[Path]) -> None:
    lineage = pd.read_parquet(left / "lineage.parquet")
    data = pd.read_csv(left / "data.csv")
    visits = pd.read_csv(pbc[1])
    brought = lineage[lineage["table"] == "visits"]
    ids = data.set_index("_row")["id"] if "id" in data else pd.read_csv(pbc[0])["id"]
    assert (visits.loc[brought["source_row"], "id"].to_numpy() == ids.loc[brought["_row"]].to_numpy()).all()
    assert set(brought["_row"]) == set(data["_row"]) == set(lineage.loc[lineage["table"] == "", "source_row"])


def test_the_report_says_how_the_files_were_joined(left: Path) -> None:
    page = (left / "report.html").read_text("utf-8")
    assert "visits was joined by id" in page
    findings = json.loads((left / "findings.json").read_text("utf-8"))
    (joined,) = (item for item in findings if item["tool"] == "merge_files")
    assert joined["challenge"] == "structure/multiple-files" and "312 of 312 rows found theirs" in joined["sentence"]
    assert any(item["tool"] == "describe_table" for item in findings)
