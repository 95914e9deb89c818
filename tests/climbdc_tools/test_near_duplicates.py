"""Planted near copies and split patients are found, and none in tables without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_dd, load_gbsg2, load_lung
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.find_duplicates import FindDuplicates
from climbdc_tools.near_duplicates import NearDuplicates

HEART = Roles(kind="multiclass", target="num", identifiers=("id",))
PBC = Roles(kind="survival", target="status2", event="status2", duration="years", patient="id", visit_time="year")


def look(frame: pd.DataFrame, roles: Roles | None = None, **params: Any) -> list[Finding]:
    found = NearDuplicates(params).look(Dataset(frame, roles or Roles()))
    assert not isinstance(found, NotApplicable)
    return found


def appended(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([frame, rows.set_axis(range(len(frame), len(frame) + len(rows)))])
    both.index.name = frame.index.name
    return both.astype(frame.dtypes)


def pairs(found: Sequence[Finding]) -> set[tuple[int, int]]:
    return {(left, right) for one in found for left, right in one.evidence["pairs"]}


def persons(count: int = 400) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    sounds = np.array(["ba", "re", "mi", "to", "lun", "kas", "vel", "dor", "pi", "schu"])
    words = ["".join(row).title() for row in draw.choice(sounds, (count, 4))]
    born = pd.to_datetime("1930-01-01") + pd.to_timedelta(draw.integers(0, 25000, count), unit="D")
    frame = {"patient": range(5000, 5000 + 3 * count, 3), "nachname": words, "born": born}
    frame |= {"sex": draw.choice(["m", "f"], count), "town": draw.choice(sounds, count)}
    return canonical(pd.DataFrame(frame))


@pytest.mark.parametrize("table", ["support2", "pbc2"])
def test_clinical_tables_have_no_near_copies(table: str, bench_data: Path) -> None:
    frame = read([bench_data / "clinical" / f"{table}.csv"]).frame
    assert look(frame, PBC if table == "pbc2" else Roles(target="hospdead")) == []


def test_the_one_near_copy_of_the_heart_table_is_told(heart: Path) -> None:
    """Rows 747 and 899, of one hospital, differ in the electrocardiogram only."""
    (found,) = look(read([heart]).frame, HEART)
    assert pairs([found]) == {(747, 899)} and found.figures[0].data["rows"][0][2].startswith("restecg")


def test_tables_of_packages_have_none() -> None:
    for frame in (load_breast_cancer(as_frame=True).frame, load_diabetes(as_frame=True, scaled=False).frame):
        assert look(canonical(frame), Roles(target="target")) == []
    for frame in (load_lung(), load_gbsg2(), load_dd()):
        assert look(canonical(frame)) == []


def test_copies_with_a_slip_are_found_and_nothing_else(heart: Path) -> None:
    """Fourteen coarse columns tell one in three of such copies from chance; none is told wrongly."""
    frame = read([heart]).frame
    draw = np.random.default_rng(0)
    slips = frame.loc[np.sort(draw.choice(600, 40, replace=False))].assign(id=range(3000, 3040))
    for at, row in enumerate(slips.index):
        name = ("age", "chol", "thalch", "trestbps")[at % 4]
        slips.loc[row, name] = slips.loc[row, name] + 33
    (found,) = look(appended(frame, slips), HEART)
    assert (found.kind, found.severity) == ("near-copy", "info") and found.rows is not None
    planted = {(row, 920 + at) for at, row in enumerate(slips.index)}
    assert set(found.rows.tolist()) <= {899} | {row for _, row in planted} and len(found.rows) >= 13
    assert pairs([found]) <= planted | {(747, 899)}
    step = found.suggestions[0]
    assert step.confidence < 0.5 and {one["row"] for one in step.params["drop"]} == set(found.rows.tolist())


def test_a_wide_table_tells_copies_with_several_slips(bench_data: Path) -> None:
    frame = read([bench_data / "clinical" / "support2.csv"]).frame
    slips = frame.sample(40, random_state=0)
    slips[["age", "meanbp", "hrt", "temp"]] = slips[["age", "meanbp", "hrt", "temp"]] * 1.1
    found = look(appended(frame, slips), Roles(kind="binary", target="hospdead"))
    planted = {(row, len(frame) + at) for at, row in enumerate(slips.index.tolist())}
    assert len(found) == 1 and pairs(found) <= planted and found[0].rows is not None and len(found[0].rows) >= 39


def test_a_rounded_copy_is_found_and_rows_map_back(bench_data: Path) -> None:
    frame = read([bench_data / "clinical" / "support2.csv"]).frame
    copy = frame.loc[[42, 4242]].copy()
    numbers = [str(name) for name in copy.columns if copy[name].dtype.kind == "f"]
    copy[numbers] = copy[numbers].map(lambda value: float(f"{value:.3g}"))
    copy["hrt"] += 30
    both = appended(frame, copy)
    both.index = pd.Index(both.index * 2 + 1, name=both.index.name)
    (found,) = look(both, Roles(kind="binary", target="hospdead"))
    assert pairs([found]) == {(85, 18211), (8485, 18213)} and found.evidence["total"] == 9107
    assert "hrt" in found.figures[0].data["rows"][0][2]


def test_one_patient_under_two_numbers_is_told_with_all_visits(bench_data: Path) -> None:
    frame = read([bench_data / "clinical" / "pbc2.csv"]).frame
    again = frame[frame["id"] == 5].assign(id=9999)
    again["serBilir"] = again["serBilir"] + 1
    (found,) = look(appended(frame, again), PBC)
    assert (found.kind, found.columns) == ("two-ids", ("id",))
    cells = found.suggestions[0].params["cells"]
    assert {cell["value"] for cell in cells} == {5} and len(cells) == len(again)


def test_three_numbers_of_one_patient_become_one_whatever_their_order(bench_data: Path) -> None:
    frame = read([bench_data / "clinical" / "pbc2.csv"]).frame
    again = frame[frame["id"] == 5]
    both = appended(appended(frame, again.assign(id=9999, serBilir=3.3)), again.assign(id=8888, serBilir=6.6))
    both = both.iloc[::-1].set_axis(range(len(both)))
    (found,) = look(both, PBC)
    cells = found.suggestions[0].params["cells"]
    assert {cell["value"] for cell in cells} == {8888} and len(cells) == 2 * len(again)


def test_names_with_slips_are_linked_and_namesakes_are_not() -> None:
    frame = persons()
    again = frame.loc[[7, 70]].assign(patient=[9, 10])
    again["nachname"] = [name[:-1] + "x" for name in again["nachname"]]
    namesake = frame.loc[[99]].assign(patient=11, born=pd.Timestamp("1999-09-09"), sex="m", town="elsewhere")
    found = look(appended(frame, pd.concat([again, namesake])), Roles(patient="patient"))
    assert pairs(found) == {(7, 400), (70, 401)}
    assert look(frame, Roles(patient="patient")) == []


def test_persons_with_other_visits_under_another_number_are_linked() -> None:
    draw = np.random.default_rng(1)
    people = persons()
    people = appended(people, people.loc[[3]].assign(patient=11))
    visits = people.loc[people.index.repeat(4)].reset_index(drop=True)
    for name in "abcdef":
        visits[name] = draw.normal(100, 15, len(visits))
    (found,) = look(canonical(visits), Roles(patient="patient"))
    assert pairs([found]) == {(12, 1600)}


def test_exact_copies_are_left_to_the_tool_for_them(heart: Path) -> None:
    frame = read([heart]).frame
    both = appended(frame, frame.loc[[10, 20]].assign(id=[3000, 3001]))
    assert pairs(look(both, HEART)) == {(747, 899)}
    exact = FindDuplicates({}).look(Dataset(both, HEART))
    assert isinstance(exact, list) and {920, 921} <= {
        row for one in exact for row in (one.rows if one.rows is not None else [])
    }


def test_coarse_rows_are_nobodys_copies() -> None:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({name: draw.integers(0, 3, 500) for name in "abcdefgh"})
    assert isinstance(NearDuplicates({}).look(Dataset(canonical(frame))), NotApplicable)
    bound = pd.DataFrame(dict.fromkeys(map(str, range(30)), frame["a"]))
    found = NearDuplicates({}).look(Dataset(canonical(bound)))
    assert isinstance(found, NotApplicable) or found == []


def test_too_little_to_compare_is_not_applicable() -> None:
    empty = persons().assign(leer=np.nan)
    for frame in (empty.iloc[:0], empty.iloc[:1], empty[["patient", "sex"]], pd.DataFrame({"größe": ["x"] * 9})):
        assert isinstance(NearDuplicates({}).look(Dataset(canonical(frame))), NotApplicable)
    assert isinstance(NearDuplicates({}).look(Dataset(empty)), list)
