"""Columns that are the target in another guise are named, honest strong ones are not."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from climbdc.data import canonical
from climbdc.sdk import Column, Dataset, Dictionary, Finding, NotApplicable, Roles
from climbdc_tools.find_identifiers import FindIdentifiers
from climbdc_tools.known_later import KnownLater
from climbdc_tools.missingness_leak import MissingnessLeak
from climbdc_tools.target_proxy import TargetProxy

CONFIDENT = {"major", "critical"}
LEAKS = (TargetProxy, KnownLater, MissingnessLeak, FindIdentifiers)


def look(data: Dataset) -> list[Finding]:
    found = TargetProxy().look(data)
    assert not isinstance(found, NotApplicable)
    return found


def kinds(data: Dataset) -> dict[str, str]:
    return {name: one.kind for one in look(data) for name in one.columns if one.severity in CONFIDENT}


def named(data: Dataset) -> set[str]:
    names: set[str] = set()
    for tool in LEAKS:
        found = tool().look(data)
        assert not isinstance(found, NotApplicable)
        names |= {name for one in found if one.severity in CONFIDENT for name in one.columns}
    return names


def part(frame: pd.DataFrame, target: str, seed: int) -> pd.DataFrame:
    return frame.groupby(target, group_keys=False).sample(frac=0.8, random_state=seed).sort_index()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("described", [False, True], ids=["bare", "described"])
def test_support2_every_leak_and_no_more_than_two_false_alarms(bench_data: Path, seed: int, described: bool) -> None:
    key = yaml.safe_load((bench_data / "answers" / "support2.yaml").read_text())
    leaks = {name for names in key["leaks"].values() for name in names}
    frame = canonical(pd.read_csv(bench_data / key["data"]))
    meanings = pd.read_csv(bench_data / key["dictionary"]) if described else pd.DataFrame(columns=["column", "meaning"])
    entries = [Column(name=str(row.column), meaning=str(row.meaning)) for row in meanings.itertuples()]
    roles = Roles(kind="binary", target=key["target"])
    seen = named(Dataset(part(frame, key["target"], seed), roles, Dictionary(entries), seed=seed))
    due = leaks | set(key["identifiers"])
    assert due - (set() if described else set(key["needs_dictionary"])) <= seen
    assert len(seen - due - set(key["ask"])) <= 2


def test_two_times_equal_for_one_outcome_only(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    data = Dataset(frame.drop(columns="death"), Roles(kind="binary", target="hospdead"))
    (tie,) = [one for one in look(data) if one.kind == "outcome"]
    assert set(tie.columns) == {"d.time", "slos"} and tie.evidence["agreement"] == 1.0


def test_visits_and_survival(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    honest = {"age", "drug", "serBilir", "albumin", "prothrombin", "platelets", "SGOT", "histologic"}
    visits = Roles(kind="binary", target="status2", patient="id", visit_time="year")
    assert {"status", "years"} <= (seen := named(Dataset(frame, visits))) and not seen & honest
    study = visits.model_copy(update={"kind": "survival", "duration": "years", "event": "status2"})
    assert "status" in (seen := named(Dataset(frame, study))) and not seen & {*honest, "years"}


def test_a_study_that_ended_for_all_who_reached_it() -> None:
    with resources.files("lifelines.datasets").joinpath("rossi.csv").open() as file:
        frame = canonical(pd.read_csv(file))
    assert kinds(Dataset(frame, Roles(kind="binary", target="arrest"))) == {"week": "function"}


def made(rows: int = 1500, seed: int = 0) -> Dataset:
    generator = np.random.default_rng(seed)
    risk = generator.normal(size=rows)
    y = (risk + generator.normal(size=rows) > 0.8).astype(int)
    frame = pd.DataFrame(
        {
            "y": y,
            "Größe": generator.normal(170, 9, rows),
            "lactate": np.exp(risk),
            "answer": np.where(y == 1, "exitus", "entlassen"),
            "grund": np.where(y == 1, generator.choice(["a", "b"], rows), generator.choice(["c", "d"], rows)),
            "home": np.where((y == 0) & (generator.random(rows) < 0.5), "yes", "no"),
            "model": 1 / (1 + np.exp(-2 * risk)),
        }
    )
    return Dataset(canonical(frame), Roles(kind="binary", target="y"))


def test_each_kind_is_told_apart() -> None:
    assert kinds(made()) == {
        "answer": "near-copy",
        "grund": "near-copy",
        "home": "one-sided",
        "model": "others-predictions",
    }


def test_a_scaled_table_holds_no_predictions() -> None:
    data = made()
    others = {
        f"lab{i}": np.clip(data.train["model"] + np.random.default_rng(i).normal(0, 0.2, 1500), 0, 1) for i in range(9)
    }
    scaled = dataclasses.replace(data, train=canonical(data.train.assign(**others)))
    assert "others-predictions" not in kinds(scaled).values()


def test_what_a_person_says_is_known_in_time_is_not_dropped() -> None:
    data = made()
    said = Column(name="home", known_at="before", sources={"known_at": "person"})
    assert "home" not in kinds(dataclasses.replace(data, dictionary=Dictionary([said])))


def test_a_copy_of_a_number() -> None:
    generator = np.random.default_rng(1)
    y = generator.normal(size=500)
    frame = pd.DataFrame({"y": y, "in other units": y * 1.8 + 32, "related": y + generator.normal(size=500)})
    assert kinds(Dataset(canonical(frame), Roles(kind="numeric", target="y"))) == {"in other units": "near-copy"}


@pytest.mark.parametrize("y", [[], [1], [1.0] * 40, [np.nan] * 40], ids=["empty", "one row", "one class", "unknown"])
def test_nothing_to_tell(y: list[float]) -> None:
    data = Dataset(canonical(pd.DataFrame({"x": np.arange(float(len(y))), "y": y})), Roles(kind="binary", target="y"))
    assert isinstance(TargetProxy().look(data), NotApplicable)
    assert isinstance(TargetProxy().look(dataclasses.replace(data, roles=Roles())), NotApplicable)
