"""The case `page`: small counts, the real server and a real browser."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from climbdc.bench import Doings, Place, page_table, renew_page, results_table, run_page, run_speed
from climbdc.bench._page_browser import Shipped
from climbdc.bench._page_server import PageServer, ServerFailed
from climbdc.bench._page_trials import measures, places
from climbdc.errors import InputError

FEW = Doings(starts=1, paints=1, samples=1, options=1, rounds=1, pages=1, rows=0, crowd=2)
PLACE_FOR_IT = (
    "before\n<!-- page: begin; renewed by `climbdc bench speed --case page --write docs/benchmarks.md` -->\n"
    "stale\n<!-- page: end -->\nafter\n"
)


def _case(**more: Any) -> dict[str, Any]:
    slow = {"calls": 5, "min_ms": 10.0, "p50_ms": 90.0, "p95_ms": 250.4, "max_ms": 250.4}
    return {
        "name": "page", "about": "the page", "browser": "Chromium 1", "load": [0.1, 1.5],
        "waits": {"panel": slow, "start": slow}, "shipped": {"start page": 12.3},
        "panels": {"data": {"kb": 14.2, "ms": 88.0}}, "memory_mb": {"20 sessions": 450.0},
        "doings": {**Doings().__dict__}, **more,
    }  # fmt: skip


def _results(*cases: dict[str, Any]) -> dict[str, Any]:
    hardware = {"cpu": "Some CPU", "cores": 2, "memory_gb": 8.0, "system": "Linux x86_64"}
    return {"seed": 0, "hardware": hardware, "versions": {"python": "3.11"}, "cases": list(cases)}


def test_without_a_browser_it_is_passed_over_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("climbdc.bench._page_browser.shutil.which", lambda name: None)
    (case,) = run_speed(Place(tmp_path, None, 0), ["page"])["cases"]
    assert case["skipped"] == "needs Chromium: apt-get install chromium"
    assert "waits" not in case
    with pytest.raises(InputError, match="Nothing of the web page was measured"):
        renew_page(PLACE_FOR_IT, _results(case))


def test_bytes_count_once_and_what_everybody_gets_is_told_apart() -> None:
    shipped = Shipped()
    for request, address in (
        ("1", "http://127.0.0.1:1/"),
        ("2", "http://127.0.0.1:1/assets/a.js"),
        ("3", "x://y/live/1"),
    ):
        shipped.asked({"requestId": request, "request": {"url": address}})
    shipped.came({"requestId": "1", "encodedDataLength": 600})
    shipped.came({"requestId": "1", "encodedDataLength": 400})
    shipped.ended({"requestId": "1", "encodedDataLength": 1200})
    shipped.ended({"requestId": "2", "encodedDataLength": 5000})
    shipped.came({"requestId": "3", "encodedDataLength": 30})
    shipped.came({"requestId": "elsewhere"})
    assert (shipped.requests, shipped.wire, shipped.fixed, shipped.own) == (3, 6230, 5000, 1230)


def test_the_section_names_conditions_and_marks_what_misses_its_aim() -> None:
    page = renew_page(PLACE_FOR_IT, _results({"name": "demo"}, _case()))
    assert page.startswith("before\n") and page.endswith("\nafter\n") and "stale" not in page
    assert "2 cores" in page and "Chromium 1" in page and "0.1 at the start and 1.5 at the end" in page
    assert "| `panel` | another panel opens after a press | 90 | **250** | 5 | p95 200 |" in page
    assert "| `start` | start of the server to its first page | 90 | 250 | 5 |  |" in page
    assert "| data | 14.2 | 88 |" in page and "| 20 sessions | 450 |" in page
    assert renew_page(page, _results(_case())) == page


def test_what_failed_is_told_and_not_written() -> None:
    failed = _case(failed="Nothing changed at [role=log].")
    with pytest.raises(InputError):
        renew_page(PLACE_FOR_IT, _results(failed))
    with pytest.raises(InputError, match="no place"):
        renew_page("nothing here", _results(_case()))
    from rich.console import Console

    console = Console(width=200, record=True, file=io.StringIO())
    console.print(page_table(failed))
    console.print(results_table(_results(_case())))
    said = console.export_text()
    assert "page failed: Nothing changed at [role=log]." in said
    assert "panel data of the large session" in said


def test_every_place_and_measure_is_described() -> None:
    assert {"usable", "sample", "talk", "card", "option", "tab", "body"} <= set(places())
    assert all(set(measure) <= {"about", "aim"} and measure["about"] for measure in measures().values())


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ServerFailed, match="did not start"):
        PageServer(blocked / "store")


def test_the_page_in_a_real_browser(tmp_path: Path) -> None:
    told: list[str] = []
    case = run_page(Place(tmp_path, None, 0), told.append, doings=FEW)
    if "skipped" in case:
        pytest.skip(case["skipped"])
    assert "failed" not in case, case["failed"]
    waits = case["waits"]
    there = {"start", "paint-cold", "paint-warm", "text-sample", "text-option", "panel", "panel-crowd", "table"}
    assert there <= set(waits)
    assert all(0 < taken["p50_ms"] <= taken["p95_ms"] for taken in waits.values())
    assert 0 < case["shipped"]["start page, again"] < case["shipped"]["start page, first visit"]
    assert case["memory_mb"]["2 sessions"] > 100
    assert any("changes were told to 1 listeners" in text for text in told)
    assert json.loads(json.dumps(case)) == case
