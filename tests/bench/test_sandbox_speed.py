"""The case `sandbox`: small counts, the real sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from climbdc.bench import Calls, Place, latency, latency_table, renew_latencies, results_table, run_sandbox, run_speed
from climbdc.bench._latency import take_turns
from climbdc.bench._sandbox_jobs import HANDLER, handle, write_numbers
from climbdc.bench._sandbox_trials import TrialFailed, bare_seconds, call_seconds, cancel_late, deadline_late
from climbdc.errors import InputError, ToolError
from climbdc.sandbox import Sandbox, SandboxUnavailable, open_sandbox

FEW = Calls(cold=1, empty=3, million=2, fit=1, table=1, ends=2, block=2)
PLACE_FOR_IT = (
    "before\n<!-- latency: begin; renewed by `climbdc bench speed --case sandbox --write docs/benchmarks.md` -->\n"
    "stale\n<!-- latency: end -->\nafter\n"
)


def _ignore(share: float, text: str) -> None: ...


def _open() -> Sandbox:
    try:
        return open_sandbox("landlock", handler=HANDLER)
    except SandboxUnavailable as reason:
        pytest.skip(str(reason))


def test_percentiles_are_values_that_were_seen() -> None:
    found = latency([number / 1000 for number in range(1, 41)])
    assert (found.calls, found.min_ms, found.p50_ms, found.p95_ms, found.max_ms) == (40, 1.0, 21.0, 39.0, 40.0)


def test_trials_take_turns_and_the_first_of_each_is_not_counted() -> None:
    order: list[str] = []

    def trial(name: str) -> float:
        order.append(name)
        return float(order.count(name))

    found = take_turns({"a": lambda: trial("a"), "b": lambda: trial("b")}, 4, block=3)
    assert "".join(order) == "ab" + "aaabbb" + "ab"
    assert (found["a"].calls, found["a"].min_ms, found["b"].max_ms) == (4, 2000.0, 5000.0)


def test_pauses_come_from_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("climbdc.bench._latency.time.sleep", slept.append)
    take_turns({"a": lambda: 0.0}, 3, pauses=Random(5))
    first, slept[:] = slept[:], []
    take_turns({"a": lambda: 0.0}, 3, pauses=Random(5))
    assert first == slept
    assert len(set(first)) == 3
    assert all(0.05 <= pause <= 0.25 for pause in first)


def test_jobs_do_what_they_say(tmp_path: Path) -> None:
    table = pa.ipc.open_file(pa.memory_map(str(write_numbers(tmp_path / "numbers.arrow", 500, 3)))).read_all()
    assert table.shape == (500, 30)
    (means,) = handle("groupby", {}, {"numbers": table}, _ignore).tables.values()
    level = means["c0"][0].as_py()
    of_level = np.array([word == level for word in table["c0"].to_pylist()])
    assert means["f1"][0].as_py() == pytest.approx(table["f1"].to_numpy()[of_level].mean())
    assert handle("table", {}, {"numbers": table}, _ignore).tables["numbers"].equals(table)
    assert handle("fit", {"seed": 1}, {}, _ignore).payload["score"] > 0.9
    assert handle("empty", {}, {}, _ignore).payload == {}
    with pytest.raises(ToolError, match="no job named 'look'"):
        handle("look", {}, {}, _ignore)


def test_numbers_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    texts = [write_numbers(tmp_path / str(number), 200, seed).read_bytes() for number, seed in enumerate((1, 1, 2))]
    assert texts[0] == texts[1] != texts[2]


def test_jobs_are_ended_and_their_lateness_is_told(tmp_path: Path) -> None:
    numbers = write_numbers(tmp_path / "numbers.arrow", 2000, 0)
    with _open() as sandbox:
        assert 0 <= deadline_late(sandbox) < 5
        assert 0 <= cancel_late(sandbox) < 5
        assert call_seconds(sandbox, "table", numbers=numbers) > 0
        with pytest.raises(TrialFailed, match="where Ok was due"):
            call_seconds(sandbox, "no such job")


def test_a_bare_process_that_fails_is_not_a_time() -> None:
    assert bare_seconds("import sys; assert sys.argv[1:] == ['word']", "word") > 0
    with pytest.raises(TrialFailed, match="no such luck"):
        bare_seconds("import sys; sys.exit('no such luck')")


def test_the_handler_needs_nothing_that_an_image_lacks() -> None:
    lacking = "import sys; sys.modules.update(psutil=None, docker=None, platformdirs=None)"
    code = f"{lacking}; import climbdc.bench._sandbox_jobs"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_measure_of_a_backend_and_of_the_bare_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _open().close()
    monkeypatch.setattr("climbdc.bench._sandbox_speed.MILLION", 2000)
    told: list[str] = []
    case = run_sandbox(Place(tmp_path, None, 4), told.append, calls=FEW, backends=["landlock"])
    assert json.loads(json.dumps(case)) == case
    assert set(case["latency"]) == {"bare", "landlock"}
    assert set(case["latency"]["bare"]) == {"cold", "empty", "groupby-million"}
    found = case["latency"]["landlock"]
    assert {name: one["calls"] for name, one in found.items()} == {
        "cold": 1, "empty": 3, "empty-rush": 3, "groupby-million": 2, "table-million": 1, "fit": 1, "deadline": 2,
        "cancel": 2,
    }  # fmt: skip
    assert found["cold"]["p50_ms"] > found["empty"]["p50_ms"] > 0
    assert told
    assert latency_table(case).row_count == 8


def _case(**more: Any) -> dict[str, Any]:
    fast, slow = latency([0.02]).model_dump(), latency([4.0]).model_dump()
    found = {"bare": {"empty": slow}, "docker": {"empty": fast, "cold": latency([2.9]).model_dump(), "cancel": slow}}
    return {
        "name": "sandbox",
        "about": "",
        "rows": 1,
        "passed_over": {"bubblewrap": "Not here."},
        "latency": found,
    } | more


def _results(case: dict[str, Any]) -> dict[str, Any]:
    machine = {"cpu": "A processor", "cores": 2, "memory_gb": 22.9, "system": "Linux"}
    return {"cases": [case], "hardware": machine, "versions": {"python": "3.11.7"}, "seed": 0}


def test_the_page_gets_the_table_and_what_misses_its_aim_stands_out() -> None:
    page = renew_latencies(PLACE_FOR_IT, _results(_case()))
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "stale" not in page
    assert "| `empty` | 4,000 / 4,000 | 20.0 / 20.0 | 60 / 200 |" in page
    assert "| `cold` |  | 2,900 / 2,900 | 2,000 / - (docker 3,000 / -) |" in page
    assert "| `cancel` |  | **4,000 / 4,000** | - / 300 |" in page
    assert "| `empty` | an empty job, after a pause | `python -I -c pass` | 1 |" in page
    assert "Passed over: bubblewrap. Not here." in page
    assert renew_latencies(page, _results(_case())) == page


def test_the_page_on_benchmarks_has_the_place() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert "an empty job, after a pause" in renew_latencies(page, _results(_case()))


def test_a_page_without_a_place_and_results_without_latencies_are_refused() -> None:
    with pytest.raises(InputError, match="no place"):
        renew_latencies("# A page", _results(_case()))
    failed = _case(failed="no")
    del failed["latency"]
    with pytest.raises(InputError, match="No latency"):
        renew_latencies(PLACE_FOR_IT, _results(failed))
    assert "failed: no" in str(latency_table(failed).caption)


def test_the_suite_runs_it_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.bench._speed.run_sandbox", lambda place, told: _case())
    results = run_speed(Place(tmp_path, None, 0), ["sandbox"])
    assert [case["name"] for case in results["cases"]] == ["sandbox"]
    assert len(results_table(results).renderables) == 1


def test_a_backend_that_does_not_open_is_passed_over_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> Sandbox:
        raise SandboxUnavailable(f"{name} does not hold")

    monkeypatch.setattr("climbdc.bench._sandbox_speed.MILLION", 100)
    monkeypatch.setattr("climbdc.bench._sandbox_speed.open_timed", refuse)
    case = run_sandbox(Place(tmp_path, None, 4), calls=FEW, backends=["landlock"])
    assert set(case["latency"]) == {"bare"}
    assert case["passed_over"]["landlock"]
