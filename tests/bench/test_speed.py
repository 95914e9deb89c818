"""The suite on commands that take no time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.bench import CASES, SUITES, Case, Place, run_speed
from climbdc.bench._suites import commands_table
from climbdc.cli import main
from climbdc.errors import InputError


def _tiny(file: Callable[[Place], Path], code: str) -> Case:
    return Case("tiny", "a tiny command", file, lambda path: ["-c", code, str(path), "OUT"], python=True)


def _replace(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    monkeypatch.setitem(CASES, "tiny", case)


def test_a_case_runs_as_often_as_asked_and_names_its_data(
    tmp_path: Path, heart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import os, sys; os.mkdir(sys.argv[2]); assert os.path.exists(sys.argv[1])"
    _replace(monkeypatch, _tiny(Place.heart, code))
    told: list[str] = []
    results = run_speed(Place(tmp_path, None, 7), ["tiny"], 2, told.append)
    (case,) = results["cases"]
    assert len(case["runs"]) == 2
    assert case["wall_seconds"] == pytest.approx(sum(run["wall_seconds"] for run in case["runs"]) / 2, abs=0.002)
    assert set(results["data"]) == {heart.name}
    assert (results["seed"], results["suite"]) == (7, "speed")
    assert results["hardware"]["cores"] >= 1
    assert results["versions"]["pandas"] != "not installed"
    assert told == ["tiny: run 1 of 2", "tiny: run 2 of 2"]
    assert json.loads(json.dumps(results)) == results


def test_a_case_without_its_data_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    results = run_speed(Place(tmp_path, None, 0), ["run-support2"])
    assert "CLIMBDC_BENCH_DATA" in results["cases"][0]["skipped"]
    elsewhere = run_speed(Place(tmp_path, tmp_path, 0), ["diagnose-support2"])
    assert "support2.csv is not in" in elsewhere["cases"][0]["skipped"]
    assert str(tmp_path) not in json.dumps(elsewhere)


def test_a_case_that_fails_says_so_and_is_not_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _replace(monkeypatch, _tiny(Place.heart, "raise SystemExit('out of luck')"))
    (case,) = run_speed(Place(tmp_path, None, 0), ["tiny"])["cases"]
    assert case["failed"] == "out of luck"
    assert "wall_seconds" not in case


def test_an_unknown_case_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no case 'demmo'"):
        run_speed(Place(tmp_path, None, 0), ["demmo"])


def test_the_table_has_a_line_a_case_and_the_reasons_below(tmp_path: Path) -> None:
    table = commands_table(run_speed(Place(tmp_path, None, 0), ["run-support2", "diagnose-support2"]))
    assert table.row_count == 2
    assert "run-support2 passed over" in str(table.caption)


def test_million_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.bench._cases.MILLION", 50)
    place = Place(tmp_path, None, 1)
    path = place.million()
    before = path.stat().st_mtime_ns
    assert place.million() == path
    assert path.stat().st_mtime_ns == before
    assert len(path.read_text().splitlines()) == 51


def _status(argv: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    return int(ended.value.code or 0)


def test_list_for_people_and_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["bench", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == SUITES
    assert _status(["bench", "list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("speed", "diagnose-million", "run-support2"))


def test_speed_leaves_results_and_prints_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace(monkeypatch, _tiny(Place.heart, "pass"))
    assert _status(["bench", "speed", "--case", "tiny", "--out", str(tmp_path / "new"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "new" / "results.json").read_text())
    assert printed["cases"][0]["name"] == "tiny"


def test_speed_ends_badly_when_a_case_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    _replace(monkeypatch, _tiny(Place.heart, "raise SystemExit(3)"))
    assert _status(["bench", "speed", "--case", "tiny"]) == 1


def test_the_product_is_measured_by_its_own_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("tiny", "the version", Place.heart, lambda file: ["--version"])
    _replace(monkeypatch, case)
    (found,) = run_speed(Place(tmp_path, None, 0), ["tiny"])["cases"]
    assert found["wall_seconds"] > 0
