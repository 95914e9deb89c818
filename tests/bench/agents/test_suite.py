"""The suite `agents`: which runs there are, that it goes on where it was broken off, and what is shown of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from climbdc.bench import Place
from climbdc.bench._machine import code_hash
from climbdc.bench.agents import (
    AGENT_CASES,
    Method,
    Said,
    Setting,
    agents_markdown,
    agents_table,
    chosen_methods,
    planned,
    renew_agents,
    run_agents,
    together,
)
from climbdc.cli import app
from climbdc.errors import InputError
from climbdc.settings import Settings

RULES = Method("rules")


def test_methods_are_named_and_a_wrong_name_says_what_there_is() -> None:
    configured = Settings(model="gpt", base_url="https://example.org/v1")
    rules, local, own = chosen_methods(["rules", "local:1.5B", "configured"], configured)
    assert not rules.model and local.size == "1.5b" and local.model == "local"
    assert own == Method("gpt", "", "gpt", "https://example.org/v1")
    with pytest.raises(InputError, match=r"local:0\.5b"):
        chosen_methods(["magic"], configured)
    with pytest.raises(InputError, match="CLIMBDC_MODEL"):
        chosen_methods(["configured"], Settings(model=""))


def test_what_is_run() -> None:
    cells = list(planned([RULES, Method("x", model="x")], tuple(AGENT_CASES), ["heart", "support2"], 0))
    assert [cell.method.name for cell in cells] == sorted(cell.method.name for cell in cells), "method by method"
    assert len({cell.id for cell in cells}) == len(cells)
    told = [cell for cell in cells if cell.case == "sessions" and cell.method is RULES]
    assert [(cell.dataset, cell.setting.told) for cell in told] == [
        ("heart", False), ("support2", False), ("support2", True),
    ]  # fmt: skip
    cut = [cell.setting for cell in cells if cell.case == "ablations" and cell.dataset == "heart"]
    assert Setting(look_ahead=0) in cut and Setting(backtracking=False) in cut
    assert {cell.setting.manner for cell in cells if cell.case == "clinicians"} == {
        "truthful", "careless", "contrary", "mistaken",
    }  # fmt: skip


def test_the_rules_speak_first() -> None:
    ruled = {"hrt": Said(meaning="heart rate", known_at="unknown"), "x": Said()}
    ideas = {"hrt": Said(meaning="hertz", unit="Hz", known_at="at")}
    both = together(ruled, ideas)
    assert both["hrt"] == Said(meaning="heart rate", unit="Hz", known_at="at") and both["x"] == Said()


def test_unknown_cases_and_data_sets_are_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, None, 0)
    with pytest.raises(InputError, match="no case 'x'"):
        run_agents(place, [RULES], ["x"])
    with pytest.raises(InputError, match="no data set 'x'"):
        run_agents(place, [RULES], [], ["x"])


def test_data_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    results = run_agents(Place(tmp_path, None, 0), [RULES], ["dictionary"], ["pbc2"])
    assert results["runs"] == [] and "--data" in results["skipped"]["pbc2"]


def made_up(case: str, **more: Any) -> dict[str, Any]:
    """A run as it is stored."""
    head = {"case": case, "dataset": "heart", "method": "a|b", "setting": "silent", "seed": 0}
    session = {
        "status": "finished", "asked": 9, "questions_in_vain": 4, "applied_of_the_model": 1, "steps_of_the_model": 3,
        "calls": 7, "tokens_in": 1000, "tokens_out": 234, "cost": 0.0123, "seconds": 61.0, "model_seconds": 40.0,
        "leaks": {"due": 3, "found": 2, "kept": 1, "false_alarms": 0, "lost": 0},
        "sealed": {"name": "auc", "value": 0.8, "low": 0.75, "high": 0.85, "rows": 100}, "after": None,
    }  # fmt: skip
    return {**head, **session, **more}


def test_tables_and_the_page() -> None:
    hardware, versions = {"cpu": "abacus", "cores": 2}, {"climbdc": "0", "python": "3", "scikit-learn": "1"}
    runs = [made_up("sessions"), made_up("ablations", failed="ModelError unreachable: gone")]
    results = {"runs": runs, "skipped": {}, "seed": 0, "hardware": hardware, "versions": versions}
    text = agents_markdown(results)
    assert "| auc 0.800 | 0.750 to 0.850 | 2 of 3 | 1 |" in text and "| 1,234 | 0.0123 | 61 |" in text
    assert "a/b" in text and "Failed: ablations, heart" in text and "### Ablations" not in text
    page = "# Page\n<!-- measured: agents -->\nold\n<!-- end -->\ntail\n"
    renewed = renew_agents(page, results)
    assert "old" not in renewed and renewed.startswith("# Page\n") and renewed.endswith("<!-- end -->\ntail\n")
    assert renew_agents(renewed, results) == renewed
    with pytest.raises(InputError, match="no place"):
        renew_agents("# Page", results)
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(agents_table(results))
    assert "Whole sessions" in shown.get() and "unreachable" in shown.get()


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The quick suite, as a person runs it."""
    out = tmp_path_factory.mktemp("agents") / "out"
    done = CliRunner().invoke(app, ["bench", "agents", "--quick", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    return out, json.loads(done.stdout)


def test_a_quick_run_with_the_rules(quick: tuple[Path, dict[str, Any]]) -> None:
    out, results = quick
    dictionary, session = results["runs"]
    assert dictionary["rules"]["meaning"]["precision"] == 1 and dictionary["rules"]["unit"]["accuracy"] == 1
    assert dictionary["rules"]["meaning"]["accuracy"] > dictionary["name"]["meaning"]["accuracy"]
    assert session["status"] == "finished" and session["sealed"]["value"] > 0.7 and session["leaks"]["kept"] == 0
    assert session["calls"] == session["tokens_in"] == session["steps_of_the_model"] == 0
    assert session["asked"] == session["questions_in_vain"] + session["answers_that_changed_something"]
    assert {path.name for path in out.iterdir()} == {"results.json", "runs", "dictionary.png", "sessions.png"}
    assert set(results["data"]) == {"heart"} and results["versions"]["climbdc"]


def test_it_goes_on_where_it_was_broken_off(
    quick: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, before = quick
    kept = tmp_path / "runs"
    kept.mkdir()
    for path in (out / "runs").iterdir():
        (kept / path.name).write_bytes(path.read_bytes())

    def never(*args: object) -> dict[str, Any]:
        raise AssertionError("what was measured is measured again")

    monkeypatch.setattr("climbdc.bench.agents._suite.run_one", never)
    again = run_agents(Place(tmp_path, None, 0), [RULES], ["dictionary", "sessions"], ["heart"], kept=kept)
    assert again["runs"] == before["runs"]
    shown = run_agents(Place(tmp_path, None, 0), [RULES], [], ["heart"], kept=kept, only_kept=True)
    assert shown["runs"] == before["runs"], "of all cases only those that are there"
    monkeypatch.setattr("climbdc.bench.agents._suite.run_one", lambda *args: {"failed": "gone"})
    other = run_agents(Place(tmp_path, None, 1), [RULES], ["sessions"], ["heart"], kept=kept)
    assert other["runs"][0]["failed"] == "gone", "another seed is another run"
    monkeypatch.setattr("climbdc.bench.agents._suite.run_one", lambda *args: {"done": True})
    once_more = run_agents(Place(tmp_path, None, 1), [RULES], ["sessions"], ["heart"], kept=kept)
    assert once_more["runs"][0]["done"], "what failed is tried again"
    monkeypatch.setattr("climbdc.bench.agents._suite.key_hash", lambda key: "changed")
    monkeypatch.setattr("climbdc.bench.agents._suite.run_one", lambda *args: {"anew": True})
    anew = run_agents(Place(tmp_path, None, 0), [RULES], ["sessions"], ["heart"], kept=kept)
    assert anew["runs"][0]["anew"], "what was scored by another key is measured again"


def test_other_prompts_or_code_are_measured_anew(
    quick: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, before = quick
    kept = tmp_path / "runs"
    shutil.copytree(out / "runs", kept)
    assert len({run["code"] for run in before["runs"]}) == 1 and len(before["runs"][0]["code"]) == 64
    monkeypatch.setattr("climbdc.bench.agents._suite._code", lambda: "a prompt was changed")
    heard: list[str] = []
    shown = run_agents(Place(tmp_path, None, 0), [RULES], [], ["heart"], heard.append, kept=kept, only_kept=True)
    assert shown["runs"] == before["runs"] and "other code" in heard[-1]
    monkeypatch.setattr("climbdc.bench.agents._suite.run_one", lambda *args: {"anew": True})
    again = run_agents(Place(tmp_path, None, 0), [RULES], ["sessions"], ["heart"], kept=kept)
    assert again["runs"][0]["anew"] and again["runs"][0]["code"] == "a prompt was changed"


def test_code_is_told_apart_by_every_file_and_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.bench._machine.files", lambda package: tmp_path)
    (tmp_path / "models" / "prompts").mkdir(parents=True)
    (tmp_path / "models" / "__pycache__").mkdir()
    prompt = tmp_path / "models" / "prompts" / "talk.md"
    prompt.write_text("Be short.")
    seen = [code_hash("climbdc", "models")]
    (tmp_path / "models" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert code_hash("climbdc", "models") == seen[0], "compiled files do not count"
    prompt.write_text("Be long.")
    seen.append(code_hash("climbdc", "models"))
    prompt.rename(prompt.with_name("work.md"))
    seen.append(code_hash("climbdc", "models"))
    assert len(set(seen)) == 3
