"""Closing evaluations: run once at the end, each named where it fails, found again after a kill."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pandas as pd
import pytest

from climbdc.agents import head
from climbdc.agents._closing import Closing, close, closing_tools, spoken, told_in_metrics
from climbdc.agents._workbench import Look
from climbdc.registry import RegisteredTool, Registry, registry, sentence
from climbdc.report import render_report
from climbdc.sdk import Evaluation, Metric, Params, evaluate

from .conftest import SEVERITY, Made, make


@evaluate("evaluation/baseline", targets="any", sealed=True)
class MeasureAll(Evaluation[Params]):
    """Measure everything."""

    says: ClassVar[dict[str, str]] = {"seen": "{n} rows were measured."}


@evaluate("evaluation/baseline", targets="survival")
class MeasureSurvival(Evaluation[Params]):
    """Measure survival only."""


@evaluate("evaluation/baseline")
class ChooseModels(Evaluation[Params]):
    """Named by the taxonomy as a treatment only, so it runs when it is chosen."""


TOOLS = Registry([RegisteredTool(cls.spec, "file", cls) for cls in (MeasureAll, MeasureSurvival, ChooseModels)])
TAXONOMY = [SimpleNamespace(screen=("measure_survival",), treat=("choose_models", "measure_survival"), verify=())]
METRIC = Metric(name="auc", model="m", value=0.8, low=0.7, high=0.9, rows=9, folds=5, detail={"rows": [1, 2]})
FOUND: dict[str, Any] = {
    "challenge": "evaluation/baseline", "kind": "seen", "severity": "info", "columns": [], "rows": None,
    "evidence": {"n": 9}, "suggestions": [], "figures": [],
}  # fmt: skip


class Bench:
    """Counts what is asked of it; the first `fail` evaluations break."""

    def __init__(self, fail: int = 0) -> None:
        self.registry, self.seed, self.fail = TOOLS, 0, fail
        self.asked: list[tuple[str, int, bool]] = []

    def key(self, version: Any, steps: Any, params: dict[str, Any]) -> str:
        return json.dumps([version.id, len(steps), params])

    def evaluate(self, tool: str, version: Any, steps: Any, seconds: float, **frames: Path) -> Look:
        self.asked.append((tool, len(steps), "test" in frames))
        if len(self.asked) <= self.fail:
            return Look(tool, failed="It took longer than 180 seconds.")
        return Look(tool, [(FOUND, None)], metrics=[METRIC.model_dump(mode="json")])


def context(made: Made, bench: Bench) -> Any:
    options = SimpleNamespace(evaluations=True)
    return SimpleNamespace(session=made.session.stored, bench=bench, taxonomy=TAXONOMY, options=options)


@pytest.fixture(scope="module")
def done(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A finished session of its own: tests measure again at its end."""
    folder = tmp_path_factory.mktemp("closing")
    pd.read_csv(heart, dtype=str, keep_default_na=False).head(300).to_csv(folder / "few.csv", index=False)
    return make(folder, folder / "few.csv", SEVERITY)


@pytest.fixture
def again(done: Made) -> Any:
    """The finished session, as if nothing had been measured at its end."""
    stored = done.session.stored
    stored.drop_findings("last")
    yield done
    stored.drop_results("closing/measure_all")
    assert stored.looks("test") == 1


def test_those_run_that_fit_the_target_and_are_no_treatment(done: Made) -> None:
    asked = context(done, Bench())
    assert [spec.name for spec in closing_tools(asked, "numeric")] == ["measure_all"]
    assert [spec.name for spec in closing_tools(asked, "survival")] == ["measure_all", "measure_survival"]
    real = context(done, Bench())
    real.bench.registry = registry()
    assert "quick_models" not in [spec.name for spec in closing_tools(real, "binary")]


def test_train_is_refitted_in_folds_and_the_sealed_part_is_looked_at_once(again: Made) -> None:
    bench = Bench()
    before = again.session.stored.looks("test")
    closings = close(context(again, bench))
    (tool, steps, test), (same, none, sealed) = sorted(bench.asked, key=lambda item: item[2])
    assert (tool, same) == ("measure_all", "measure_all") and steps > 0 and not test and none == 0 and sealed
    assert again.session.stored.looks("test") == before == 1
    told = told_in_metrics(closings)
    assert [item["part"] for item in told] == ["cross-validated", "sealed"]
    assert all("detail" not in item["metrics"][0] and item["metrics"][0]["value"] == 0.8 for item in told)
    kept = [item for item in again.session.stored.findings() if item["tool"] == "measure_all"]
    assert [(item["part"], item["screening"]) for item in kept] == [("cross-validated", "last"), ("sealed", "last")]
    assert [sentence(item, TOOLS) for item in kept] == [
        "9 rows were measured.", "On the sealed rows: 9 rows were measured.",
    ]  # fmt: skip


def test_what_was_measured_before_a_kill_is_not_measured_again(again: Made) -> None:
    first, second = Bench(), Bench()
    close(context(again, first))
    events = len(again.session.stored.events())
    closings = close(context(again, second))
    assert len(first.asked) == 2 and second.asked == []
    assert closings[0].look.metrics[0]["detail"] == {"rows": [1, 2]}
    assert len(again.session.stored.events()) == events
    assert sum(item["tool"] == "measure_all" for item in again.session.stored.findings()) == 2


def test_one_that_fails_is_named_and_costs_nothing_else(again: Made) -> None:
    closings = close(context(again, Bench(fail=2)))
    assert {item.look.failed for item in closings} == {"It took longer than 180 seconds."}
    assert [look.tool for look in spoken(closings)] == ["measure_all", "measure_all"]
    facts = {
        "title": "t", "version": "0", "goal": {"kind": "numeric", "target": "num"},
        "metrics": {"evaluations": told_in_metrics(closings)},
    }  # fmt: skip
    assert "could not be measured: It took longer than 180 seconds." in render_report(facts)


def test_nothing_is_measured_where_nobody_wants_it(again: Made) -> None:
    asked = context(again, bench := Bench())
    asked.options.evaluations = False
    assert close(asked) == [] and bench.asked == []


def test_nothing_is_measured_without_a_target(done: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    version = head(done.session.stored)
    bare = replace(version, roles=version.roles.model_copy(update={"kind": "none"}))
    monkeypatch.setattr("climbdc.agents._closing.head", lambda session: bare)
    bench = Bench()
    assert close(context(done, bench)) == [] and bench.asked == []


def test_one_look_a_tool_is_told_unless_the_sealed_one_failed() -> None:
    fine, broken = Look("a"), Look("a", failed="x")
    assert spoken([Closing("cross-validated", fine), Closing("sealed", Look("a"))]) == [fine]
    assert spoken([Closing("cross-validated", fine), Closing("sealed", broken)]) == [fine, broken]
