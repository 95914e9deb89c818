"""Names, meanings, structure and numbers together tell what is known only later."""

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
from climbdc_tools.follow_up import bounded, follow_up
from climbdc_tools.known_later import KnownLater


def look(data: Dataset) -> dict[str, Finding]:
    found = KnownLater().look(data)
    assert not isinstance(found, NotApplicable)
    return {name: one for one in found for name in one.columns}


@pytest.fixture
def pbc(bench_data: Path) -> Dataset:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    return Dataset(frame, Roles(kind="binary", target="status2", patient="id", visit_time="year"))


def test_follow_up_is_told_from_age_by_its_nearness(pbc: Dataset) -> None:
    found = look(pbc)
    assert found["years"].kind == "follow-up-time" and found["years"].severity == "major"
    assert "age" not in found and "year" not in found


@pytest.mark.parametrize("factor", [365.25, 12.0, 52.18])
def test_follow_up_in_another_unit_and_under_another_name(pbc: Dataset, factor: float) -> None:
    frame = pbc.train.assign(q7=pbc.train["years"] * factor).drop(columns="years")
    if factor == 52.18:  # no unit that is tried: a miss, not an error
        assert [one.name for one in follow_up(dataclasses.replace(pbc, train=frame))] in ([], ["q7"])
    else:
        assert [one.name for one in follow_up(dataclasses.replace(pbc, train=frame))] == ["q7"]


def test_follow_up_as_a_date(pbc: Dataset) -> None:
    entry = pd.Timestamp("2001-03-01") + pd.to_timedelta(pbc.train["id"] * 3, unit="D")
    frame = pbc.train.assign(
        year=entry + pd.to_timedelta(pbc.train["year"] * 365.25, unit="D"),
        q7=entry + pd.to_timedelta(pbc.train["years"] * 365.25, unit="D"),
        born=entry - pd.to_timedelta(pbc.train["age"] * 365.25, unit="D"),
    ).drop(columns="years")
    assert [one.name for one in follow_up(dataclasses.replace(pbc, train=canonical(frame)))] == ["q7"]


def test_another_event_is_bounded_by_the_follow_up(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    study = Roles(kind="survival", target="death", event="death", duration="d.time")
    assert [one.name for one in bounded(Dataset(frame, study))] == ["slos", "dnrday"]


@pytest.mark.parametrize("name", ["lung.csv", "gbsg2.csv", "kidney_transplant.csv"])
def test_a_vague_name_counts_with_the_numbers_behind_it(name: str) -> None:
    target = {"lung.csv": "status", "gbsg2.csv": "cens", "kidney_transplant.csv": "death"}[name]
    with resources.files("lifelines.datasets").joinpath(name).open() as file:
        frame = canonical(pd.read_csv(file))
    data = Dataset(frame, Roles(kind="binary", target=target))
    assert {key: one.severity for key, one in look(data).items()} == {"time": "major"}
    drawn = frame.assign(time=np.random.default_rng(0).permutation(frame["time"]))
    (vague,) = look(dataclasses.replace(data, train=drawn)).values()
    assert vague.severity == "minor" and vague.suggestions[0].confidence < 0.5


def dataset(column: Column) -> Dataset:
    generator = np.random.default_rng(0)
    frame = canonical(pd.DataFrame({"y": generator.integers(0, 2, 200), column.name: generator.normal(size=200)}))
    return Dataset(frame, Roles(kind="binary", target="y"), Dictionary([column]))


def test_the_dictionary_is_certain() -> None:
    said = Column(name="v17", known_at="after", later_kind="outcome", sources={"known_at": "file"})
    found = look(dataset(said))["v17"]
    assert (found.kind, found.severity, found.suggestions[0].backed_by) == ("outcome", "critical", "dictionary")


@pytest.mark.parametrize("known", ["before", "at"])
def test_a_person_who_says_in_time_is_believed(known: str) -> None:
    said = Column(name="length of stay", known_at=known, sources={"known_at": "person"})  # type: ignore[arg-type]
    assert look(dataset(said)) == {}


@pytest.mark.parametrize("by", ["file", "label", "person"])
@pytest.mark.parametrize("known", ["before", "at"])
def test_another_prediction_stays_named_though_it_is_known_in_time(known: str, by: str) -> None:
    said = {"known_at": known, "sources": {"known_at": by}}
    meaning = "probability of surviving two months as estimated by a prognostic model"
    (found,) = look(dataset(Column(name="v17", meaning=meaning, **said))).values()  # type: ignore[arg-type]
    assert (found.kind, found.severity) == ("others-predictions", "major")
    assert "a choice" in found.evidence["because"] and "repeats" in found.suggestions[0].why
    by_name = Column(name="surv2m", meaning="", **said)  # type: ignore[arg-type]
    assert look(dataset(by_name)) == {}, "a name alone does not outweigh what was said"
    score = Column(name="sps", meaning="physiology score on day 3", **said)  # type: ignore[arg-type]
    assert look(dataset(score)) == {}


def test_of_support2_no_more_than_the_predictions_stays_named_when_all_is_said_to_be_known(bench_data: Path) -> None:
    answers = yaml.safe_load((bench_data / "answers" / "support2.yaml").read_text("utf-8"))
    words = pd.read_csv(bench_data / "clinical" / "support2_dictionary.csv", keep_default_na=False)
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    columns = [
        Column(name=str(row.column), meaning=str(row.meaning), known_at="at", sources={"known_at": "person"})
        for row in words.itertuples()
        if row.column in frame
    ]
    found = look(Dataset(frame, Roles(kind="binary", target=answers["target"]), Dictionary(columns)))
    assert sorted(found) == sorted(answers["leaks"]["others-predictions"])


def test_a_meaning_is_enough() -> None:
    found = look(dataset(Column(name="v17", meaning="total cost of the hospital stay")))["v17"]
    assert (found.kind, found.severity) == ("known-later", "major")


def test_without_a_target_there_is_no_moment_of_prediction() -> None:
    data = dataset(Column(name="x"))
    assert isinstance(KnownLater().look(dataclasses.replace(data, roles=Roles())), NotApplicable)
