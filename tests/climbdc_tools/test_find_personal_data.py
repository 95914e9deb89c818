"""Persons planted into real tables are found; nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical, read
from climbdc.describe import describe, propose_roles
from climbdc.sdk import Dataset, Finding, Goal, NotApplicable, Roles
from climbdc_tools.find_identifiers import FindIdentifiers
from climbdc_tools.find_personal_data import FindPersonalData

GIVEN = ("Jane", "Thomas", "María", "Ahmed", "Olga", "Heike", "Siobhan", "Rajesh")
FAMILY = ("Miller", "Schmidt", "García", "O'Brien", "Kowalska", "Tanaka", "Nilsson", "Okafor")


def planted(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a name, a telephone, a date of birth and a postcode for each row."""
    made = np.random.default_rng(0)
    rows = len(frame)
    day = pd.Timestamp("1930-01-01") + pd.to_timedelta(made.integers(0, 20_000, rows), unit="D")
    return frame.assign(
        who=[f"{made.choice(GIVEN)} {made.choice(FAMILY)}" for _ in range(rows)],
        tel=[
            f"({made.integers(200, 999)}) {made.integers(200, 999)}-{number:04d}" for number in made.permutation(rows)
        ],
        dob=day.strftime("%d.%m.%Y"),
        zip=made.integers(10_000, 99_999, rows),
        remark=["seen by Dr. Weber" if number % 9 == 0 else "no pain, sleeps well" for number in range(rows)],
    )


def look(frame: pd.DataFrame, roles: Roles) -> list[Finding]:
    data = canonical(frame)
    found = FindPersonalData().look(Dataset(data, roles, describe(data)))
    assert not isinstance(found, NotApplicable)
    return found


def test_persons_in_support2(bench_data: Path) -> None:
    frame = planted(pd.read_csv(bench_data / "clinical" / "support2.csv").head(3000))
    roles = Roles(kind="binary", target="hospdead")
    found = {finding.columns[0]: finding for finding in look(frame, roles)}
    told = FindIdentifiers().look(Dataset(canonical(frame), roles))
    assert not isinstance(told, NotApplicable)
    already = {name for finding in told if finding.suggestions for name in finding.columns}
    assert set(found) == {"age", "who", "tel", "dob", "zip", "remark"} - already
    severities = {name: (finding.kind, finding.severity) for name, finding in found.items()}
    assert severities["who"] == ("names-persons", "major") and severities["tel"] == ("names-persons", "major")
    assert severities["dob"] == ("helps-to-find", "minor") and severities["zip"] == ("helps-to-find", "info")
    assert severities["remark"] == ("remarks", "minor") and severities["age"] == ("helps-to-find", "info")
    steps = {name: (one.suggestions[0].tool, one.suggestions[0].params) for name, one in found.items()}
    assert steps["who"] == ("drop_columns", {"columns": ["who"]})
    assert steps["dob"] == ("deidentify", {"columns": {"dob": "year"}})
    assert steps["remark"] == ("deidentify", {"columns": {"remark": "scrub"}})


def test_no_value_stands_in_a_finding() -> None:
    frame = planted(pd.DataFrame({"x": np.arange(200.0)}))
    said = str([finding.to_json() for finding in look(frame, Roles())])
    values = {str(cell) for name in ("who", "tel", "dob", "zip") for cell in frame[name]}
    assert [value for value in values if value in said] == []


def test_the_patients_number_is_kept_and_told() -> None:
    number = [f"{n:07d}" for n in np.random.default_rng(0).permutation(9_000_000)[:200]]
    frame = pd.DataFrame({"mrn": number, "age": np.linspace(20, 80, 200)})
    (found,) = look(frame, Roles(patient="mrn"))
    assert (found.kind, found.severity, found.suggestions) == ("patient-number", "info", ())


def test_what_only_names_rows_is_not_told_twice() -> None:
    number = [f"KH{n:06d}" for n in np.random.default_rng(0).permutation(900_000)[:200]]
    frame = pd.DataFrame({"mrn": number, "age": np.linspace(20, 80, 200)})
    assert look(frame, Roles()) == []


def test_clinical_data_give_no_alarm(bench_data: Path) -> None:
    tables = {"support2.csv": {"age": "helps-to-find"}, "pbc2.csv": {}}
    for name, wanted in tables.items():
        reading = read([bench_data / "clinical" / name])
        dictionary = describe(reading.frame, reading.labels)
        roles = propose_roles(reading.frame, dictionary, Goal(task="none")).roles
        found = FindPersonalData().look(Dataset(reading.frame, roles, dictionary))
        assert not isinstance(found, NotApplicable)
        assert {one.columns[0]: one.kind for one in found} == wanted, name
