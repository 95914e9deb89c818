"""How many persons are found, on names that the lexicon was not written from; `-s` prints the tables of the docs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from climbdc.data import read
from climbdc.describe import describe, propose_roles
from climbdc.privacy import PersonalData, scan_columns, scrub
from climbdc.sdk import Dictionary, Goal, Roles

LISTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("held_out.yaml").read_text(encoding="utf-8"))
PLACES = ("sweden", "new_zealand", "switzerland", "mexico")
SENTENCES = {
    "after a title": (
        "Mrs {given} {family} has chest pain",
        "seen by Dr. {family} on the ward",
        "Mr {family} is on dialysis",
    ),
    "after patient": ("patient {family} had a fall", "the patient named {given} {family} is twice in the file"),
    "given and family name": ("{given} {family} was admitted twice", "I think {given} {family} should be left out"),
    "family, given name": ("{family}, {given} has two rows", "exclude {family}, {given}"),
    "given name alone": ("{given} died at home", "the values of {given} are wrong"),
    "family name alone": ("{family} died at home", "the values of {family} are wrong"),
    "in small letters": ("exclude {small} please", "{small} had a stroke"),
}
LEAST = {"after a title": 0.97, "after patient": 0.95, "given and family name": 0.95, "family, given name": 0.8,
         "given name alone": 0.65, "family name alone": 0.4, "in small letters": 0.15}  # fmt: skip
EACH = 300


def people(place: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Given and family names of a place, drawn by how common they are."""
    drawn, names = random.Random(seed), LISTS[place]
    families = names["family"] or LISTS["sweden"]["family"]
    while True:
        yield _one(drawn, names["given"]), _one(drawn, families)


def _one(drawn: random.Random, names: Any) -> str:
    if isinstance(names, dict):
        return str(drawn.choices(list(names), list(names.values()))[0])
    return str(drawn.choice(names))


def recall(place: str, told: tuple[str, ...]) -> float:
    """Share of the sentences in which no part of the name is left."""
    source, hits = people(place), 0
    for number in range(EACH):
        given, family = next(source)
        pattern = told[number % len(told)]
        text = pattern.format(given=given, family=family, small=f"{given} {family}".lower())
        both = "{small}" in pattern
        parts = [given] * ("{given}" in pattern or both) + [family] * ("{family}" in pattern or both)
        left = scrub(text).text
        hits += not any(re.search(rf"\b{re.escape(part)}\b", left, re.IGNORECASE) for part in parts)
    return hits / EACH


@pytest.mark.parametrize("place", PLACES)
def test_names_in_sentences(place: str) -> None:
    found = {kind: recall(place, told) for kind, told in SENTENCES.items()}
    print(f"\n| {place} | " + " | ".join(f"{share:.2f}" for share in found.values()) + " |")
    assert {kind: share for kind, share in found.items() if share < LEAST[kind]} == {}


STREETS = {"sweden": ("Storgatan {n}", "Kungsgatan {n}", "Drottninggatan {n}B", "Björkvägen {n}"),
           "new_zealand": tuple(LISTS["streets"]["english"]), "switzerland": tuple(LISTS["streets"]["german"]),
           "mexico": tuple(LISTS["streets"]["spanish"])}  # fmt: skip
PHONES = {"sweden": "08-{a:03d} {b:02d} {c:02d}", "new_zealand": "+64 9 {a:03d} {b:02d}{c:02d}",
          "switzerland": "044 {a:03d} {b:02d} {c:02d}", "mexico": "+52 55 1{a:03d} {b:02d}{c:02d}"}  # fmt: skip
CODES = {"sweden": (10_000, 98_499), "new_zealand": (1_010, 9_893), "switzerland": (1_000, 9_658),
         "mexico": (10_000, 99_998)}  # fmt: skip
Maker = Callable[[random.Random, str, str, str], object]


def mail(drawn: random.Random, place: str, given: str, family: str) -> str:
    return f"{given}.{drawn.randint(1, 9999)}@post.example".lower()


def phone(drawn: random.Random, place: str, given: str, family: str) -> str:
    return PHONES[place].format(a=drawn.randint(0, 999), b=drawn.randint(0, 99), c=drawn.randint(0, 99))


def address(drawn: random.Random, place: str, given: str, family: str) -> str:
    return str(drawn.choice(STREETS[place]).format(n=drawn.randint(1, 250)))


def birth(drawn: random.Random, place: str, given: str, family: str) -> str:
    return f"{drawn.randint(1, 28):02d}.{drawn.randint(1, 12):02d}.{drawn.randint(1925, 2004)}"


def nhs_number(drawn: random.Random, place: str, given: str, family: str) -> str:
    """A number with the right check digit."""
    while True:
        digits = [drawn.randint(0, 9) for _ in range(9)]
        check = (11 - sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))


COLUMNS: dict[str, tuple[tuple[str, ...], Maker]] = {
    "name": (("patient_name", "Nachname, Vorname", "col3"), lambda drawn, place, given, family: f"{given} {family}"),
    "given name": (("first_name", "fornamn", "col3"), lambda drawn, place, given, family: given),
    "family name": (("surname", "apellido", "col3"), lambda drawn, place, given, family: family),
    "email": (("email", "kontakt", "col3"), mail),
    "phone": (("phone", "Telefon", "col3"), phone),
    "address": (("address", "Adresse", "col3"), address),
    "postcode": (("zip_code", "postnummer", "PLZ"), lambda drawn, place, *_: drawn.randint(*CODES[place])),
    "birth_date": (("dob", "Geburtsdatum", "col3"), birth),
    "id": (("mrn", "Patientennummer", "hospital_number"), lambda drawn, *_: drawn.randint(10**6, 10**7 - 1)),
    "national_id": (("nhs_no", "col3", "number"), nhs_number),
}
KIND = {"given name": "name", "family name": "name"}


def scanned(frame: pd.DataFrame) -> list[PersonalData]:
    return scan_columns(frame, describe(frame), Roles())


def test_columns_of_persons() -> None:
    table = {what: [0, 0] for what in COLUMNS}
    missed = []
    for place in PLACES:
        for what, (headers, make) in COLUMNS.items():
            for number, header in enumerate(headers):
                drawn, source = random.Random(number), people(place, number)
                cells = [make(drawn, place, *next(source)) for _ in range(200)]
                frame = pd.DataFrame({header: cells, "age": np.linspace(20, 80, 200)})
                found = {one.column: one.kind for one in scanned(frame)}
                right = found.get(header) == KIND.get(what, what)
                table[what][0] += right
                table[what][1] += 1
                missed += [] if right else [(place, what, header, found.get(header))]
                assert "age" not in found
    print(*(f"\n| {what} | {hit} of {tried} |" for what, (hit, tried) in table.items()), "\n", missed)
    assert sum(hit for hit, _ in table.values()) >= 0.9 * sum(tried for _, tried in table.values())


REAL = {
    "support2.csv": {"age"},
    "canadian_senators.csv": {"Name", "Appointed on the advice of", "start_date", "end_date"},
    "dd.csv": {"ehead", "leaderspellreg"},
    "lymph_node.csv": {"diagdateb", "recdate", "deathdate"},
}
"""What does name persons in real tables, or helps to find them; nothing else does."""


def test_no_false_alarm_in_real_tables(bench_data: Path) -> None:
    folder = Path(str(resources.files("lifelines.datasets")))
    paths = [*bench_data.rglob("clinical/*.csv"), *bench_data.rglob("dirty.csv"), *folder.glob("*.csv")]
    columns = 0
    alarms: dict[str, list[str]] = {}
    for path in sorted(paths):
        reading = read([path])
        dictionary = describe(reading.frame, reading.labels)
        roles = propose_roles(reading.frame, dictionary, Goal(task="none")).roles
        found = {one.column for one in scan_columns(reading.frame, dictionary, roles)}
        columns += len(reading.frame.columns)
        assert REAL.get(path.name, set()) <= found, path.name
        if other := sorted(found - REAL.get(path.name, set())):
            alarms[path.name] = other
    print(f"\n{len(paths)} tables, {columns} columns")
    assert columns > 600 and alarms == {}


def test_clinical_variables_are_no_persons() -> None:
    drawn = np.random.default_rng(0)
    high, low = drawn.integers(90, 180, 500).astype(str), drawn.integers(50, 100, 500).astype(str)
    frame = pd.DataFrame(
        {
            "id": np.arange(500),
            "creatinine": drawn.normal(90, 20, 500),
            "wbc": drawn.integers(1_000, 30_000, 500),
            "ferritin": drawn.integers(5, 2_000_000, 500),
            "icd10": drawn.choice(["I21.4", "E11.9", "J18.9"], 500),
            "drug": drawn.choice(["Aspirin", "Metoprolol", "Ramipril", "Warfarin", "Insulin", "Amoxicillin"], 500),
            "ward": drawn.choice(["North", "St. Mary", "Intensive Care", "Martin Luther Hospital"], 500),
            "diagnosis": drawn.choice(
                ["Crohn disease", "Parkinson disease", "Graves disease", "Hodgkin lymphoma"], 500
            ),
            "bp": [f"{one}/{other}" for one, other in zip(high, low, strict=True)],
            "time": [f"{minute // 60:02d}:{minute % 60:02d}" for minute in drawn.integers(0, 1440, 500)],
            "unix": drawn.integers(1_500_000_000, 1_700_000_000, 500),
            "year": drawn.integers(1990, 2020, 500),
        }
    )
    assert scan_columns(frame, describe(frame), Roles(patient="id")) == []


def test_a_million_rows_are_sampled_by_the_seed() -> None:
    drawn = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{n}": drawn.normal(size=1_000_000) for n in range(5)})
    frame["zip"] = drawn.integers(10_000, 99_999, 1_000_000)
    frame["age"] = np.where(np.arange(1_000_000) % 1000 == 0, 95.0, 50.0)
    first, second = (scan_columns(frame, Dictionary(), Roles()) for _ in range(2))
    assert first == second and [one.column for one in first] == ["zip", "age"]
    assert (first[0].looked, first[1].looked, first[1].rows) == (2_000, 1_000_000, 1_000)


def test_the_outcome_is_never_looked_at() -> None:
    frame = pd.DataFrame({"who": ["Jane Miller", "Ahmed Khan"] * 20})
    assert scan_columns(frame, Dictionary(), Roles(target="who")) == []


TOLD = ("she lives at {it} now", "{it} is his; keep sodium", "write {it} down")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", [address, phone, birth, mail, nhs_number], ids=lambda make: str(make.__name__))
def test_contact_data_in_sentences(place: str, make: Maker) -> None:
    drawn, source, hits = random.Random(1), people(place), 0
    for number in range(EACH):
        it = str(make(drawn, place, *next(source)))
        text = scrub(TOLD[number % len(TOLD)].format(it=it)).text
        hits += it not in text and "sodium" in text + "sodium" * (number % len(TOLD) != 1)
    print(f"\n| {place} | {make.__name__} | {hits / EACH:.2f} |")
    assert hits / EACH >= 0.8
