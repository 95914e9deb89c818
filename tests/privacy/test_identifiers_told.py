"""One plain sentence or two about personal data, before anything is done."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from climbdc.describe import describe
from climbdc.privacy import scan_columns, tell_personal_data
from climbdc.sdk import Roles
from climbdc_ui._look import look

NAMES = ["Jane Miller", "Ahmed Khan", "Olga Petrova", "Thomas Weber"] * 10
BORN = [f"{day:02d}.03.19{year}" for day in range(1, 11) for year in (30, 48, 61, 77)]


def told(frame: pd.DataFrame, roles: Roles | None = None) -> str:
    return tell_personal_data(scan_columns(frame, describe(frame), roles or Roles()))


def test_what_was_seen_and_what_will_be_proposed() -> None:
    frame = pd.DataFrame({"patient_name": NAMES, "dob": BORN, "age": [*range(55, 94), 91], "k": 4.1})
    assert told(frame) == (
        "Personal data was seen: names of persons (patient_name), dates of birth (dob) and ages above 89 (age). "
        "I shall propose to leave out patient_name and keep only the year of dob. age can be made coarser. "
        "Nothing of it leaves this machine unless you reveal it."
    )


def test_the_patients_own_number_is_kept() -> None:
    frame = pd.DataFrame({"mrn": [f"{7 * n + 1_000_003}" for n in range(40)], "k": 4.1})
    assert "mrn is kept to tell patients apart." in told(frame, Roles(patient="mrn"))


def test_nothing_is_said_where_nothing_will_be_proposed() -> None:
    assert told(pd.DataFrame({"age": range(55, 95), "k": 4.1})) == ""
    assert told(pd.DataFrame({"k": [4.1]})) == "" and told(pd.DataFrame()) == ""


def test_many_columns_are_counted() -> None:
    frame = pd.DataFrame({f"mail{n}": [f"a{row}.{n}@x.org" for row in range(30)] for n in range(9)})
    assert "mail4, mail5 and 3 more" in told(frame)


def test_the_first_look_says_so(tmp_path: Path) -> None:
    pd.DataFrame({"patient_name": NAMES, "k": range(40)}).to_csv(tmp_path / "visits.csv", index=False)
    text = look([tmp_path / "visits.csv"]).text
    assert '<p class="personal">Personal data was seen: names of persons (patient_name).' in text
    pd.DataFrame({"k": range(40)}).to_csv(tmp_path / "plain.csv", index=False)
    assert "Personal data" not in look([tmp_path / "plain.csv"]).text
