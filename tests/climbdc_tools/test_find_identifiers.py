"""Ids, row numbers and the order of the file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.find_identifiers import FindIdentifiers


def look(frame: pd.DataFrame, roles: Roles) -> list[Finding]:
    found = FindIdentifiers().look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    return found


def kinds(frame: pd.DataFrame, roles: Roles | None = None) -> dict[str, str]:
    return {name: one.kind for one in look(frame, roles or Roles()) for name in one.columns}


def lifelines_csv(name: str) -> pd.DataFrame:
    with resources.files("lifelines.datasets").joinpath(name).open() as file:
        return pd.read_csv(file)


def test_row_number_and_kept_patient(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    found = look(frame, Roles(kind="binary", target="status2", patient="id", visit_time="year"))
    by_name = {name: one for one in found for name in one.columns}
    assert set(by_name) == {"sno.", "id"}
    assert by_name["sno."].kind == "row-number" and by_name["sno."].suggestions
    assert by_name["id"].severity == "info" and not by_name["id"].suggestions


def test_a_row_number_is_known_in_a_part_of_the_file(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")).sample(frac=0.5, random_state=0)
    assert kinds(frame) == {"sno": "row-number"}


def test_ids_of_a_trial() -> None:
    assert kinds(lifelines_csv("ACTG175.csv")) == {"Unnamed: 0": "row-number", "pidnum": "identifier"}


def test_measurements_are_left_alone() -> None:
    for name in ("gbsg2.csv", "rossi.csv", "lung.csv", "larynx.csv", "kidney_transplant.csv"):
        assert kinds(lifelines_csv(name)) == {}, name


def test_codes_and_words() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "Fall": [f"KH{number:06d}" for number in generator.permutation(900_000)[:300]],
            "register": generator.permutation(9_000_000)[:300] + 1_000_000,
            "weight": generator.normal(70, 9, 300),
            "steps": generator.integers(900, 20_000, 300),
            "number_of_visits": generator.integers(0, 9, 300),
            "remark": [f"came on foot and left by car after {i} hours" for i in range(300)],
            "leer": np.nan,
            "same": 1,
        }
    )
    assert kinds(frame) == {"Fall": "identifier", "register": "identifier"}


def test_a_sorted_file_is_told() -> None:
    y = np.sort(np.random.default_rng(0).integers(0, 2, 200))
    (order,) = look(pd.DataFrame({"y": y, "x": 1.0}), Roles(kind="binary", target="y"))
    assert (order.kind, order.severity, order.columns) == ("file-order", "major", ())
    mixed = np.random.default_rng(0).permutation(y)
    assert look(pd.DataFrame({"y": mixed, "x": 1.0}), Roles(kind="binary", target="y")) == []


def test_patients_in_a_row_are_no_sorting(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    shuffled = frame.assign(order=frame["id"].map(dict(enumerate(np.random.default_rng(0).permutation(400)))))
    frame = shuffled.sort_values(["order", "year"], ignore_index=True).drop(columns=["order", "sno."])
    found = look(frame, Roles(kind="binary", target="status2", patient="id", visit_time="year"))
    assert [one.kind for one in found] == ["identifier"]


def test_too_few_rows() -> None:
    data = Dataset(canonical(pd.DataFrame({"id": [1, 2, 3]})))
    assert isinstance(FindIdentifiers().look(data), NotApplicable)
