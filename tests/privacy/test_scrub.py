"""Identifiers leave free text; clinical words, numbers, units and names of columns stay."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.knowledge import knowledge
from climbdc.privacy import looks_like_data, scrub
from climbdc.registry import registry, title
from climbdc_taxonomy import load

HOME, USERS = "/home", "C:" + r"\Users"

TAKEN = [
    ("Mrs Jane Miller, born 3/4/1951, call 020 7946 0123", "Mrs [name], born [date], call [phone]"),
    ("Dr. Ahmed Khan saw the patient john smith", "Dr. [name] saw the patient [name]"),
    ("mr o'brien (93 years old)", "mr [name] ([age] years old)"),
    ("he lives at 12 Baker Street, London NW1 6XE", "he lives at [address], London [postcode]"),
    ("Patient Meyer, geb. 12.03.1940, Hauptstraße 12, 10115 Berlin", "Patient [name], geb. [date], [address]"),
    ("M. Jean Dupont, 12 rue de la Paix, 75002 Paris", "M. [name], [address]"),
    ("Sr. García López, Calle Mayor 5, 28013 Madrid", "Sr. [name], [address]"),
    ("SMITH, JOHN was seen on March 12th, 2020", "[name] was seen on [date]"),
    ("Prof. Dr. Müller-Lüdenscheidt", "Prof. Dr. [name]"),
    ("seen by J. Kowalski on 2019-03-12T10:30:00Z", "seen by [name] on [date]"),
    ("MRN 00482913 and MRN: KH-20931", "MRN [id] and MRN: [id]"),
    ("NHS number 943 476 5919", "NHS number [id]"),
    ("SSN 123-45-6789, card 4539 5787 6362 1486", "SSN [id], card [id]"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [id]"),
    ("DNI 12345678Z; CPF 529.982.247-25", "DNI [id]; CPF [id]"),
    ("write to jane.doe@nhs.net or www.jane-doe.org/me", "write to [email] or [url]"),
    (rf"{HOME}/jsmith/data.csv, {USERS}\Maria\x.csv", rf"{HOME}/[name]/data.csv, {USERS}\[name]\x.csv"),
    ("(212) 555-0187 x12, +44 20 7946 0958", "[phone], [phone]"),
    ("from 10.1.17.200", "from [ip]"),
    ("Toronto M5V 2T6, Springfield, CA 90210", "Toronto [postcode], Springfield, CA [postcode]"),
    ("aged 97 and 101-year-old", "aged [age] and [age]-year-old"),
    ("row 5551234567", "row [id]"),
]
LEFT = [
    "platelets 150000 /uL, WBC 4.5-11.0 x10^9/L, BP 120/80, 5/10/20 mg, SpO2 95-100 %",
    "Patient age and Patient ID matter. Patients with Child-Pugh C; the Charlson index; GRACE score 140.",
    "Wilson's disease, Parkinson disease, the Cox model (Martin S et al. 2019), Martin Luther Hospital",
    "MR Imaging, MS patients, ms 12, Sr 90, patients older than 90 years, age 0-120, aged 45, SAPS II",
    "drop rows after 1,000,000 and use 0.0833333; ICD-10 I21.4, range 1990-2010, 30-60-90 days",
    "May be missing. Mark these as missing, then use the mean. Will it help? Grace period of 30 days.",
    "NCT01234567, PMID: 12345678 and doi:10.1080/00031305.2017.1375989",
    "E. coli, C. difficile, S. aureus, vitamin D. The dose; hepatitis C. Liver enzymes",
]


@pytest.mark.parametrize(("text", "wanted"), TAKEN)
def test_identifiers_go_and_the_rest_stays(text: str, wanted: str) -> None:
    assert scrub(text).text == wanted


@pytest.mark.parametrize("text", LEFT)
def test_clinical_text_is_left_alone(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize("text", [text for text, _ in TAKEN])
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = scrub(text).text
    assert scrub(once).text == once and not scrub(once).found


def _texts(value: Any, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from () if key in without else _texts(each, without=without)
    elif isinstance(value, (list, tuple, frozenset)):
        for each in value:
            yield from _texts(each, without=without)
    elif isinstance(value, str):
        yield value


def test_no_false_alarm_in_what_the_product_says() -> None:
    pack, tools = knowledge(), list(registry().values())
    told = [*_texts([one.model_dump(exclude={"source", "id"}) for one in pack.variables.values()])]
    told += _texts([one.model_dump() for one in load()], without=frozenset({"references"}))
    told += _texts(yaml.safe_load((resources.files("climbdc.knowledge") / "synonyms.yaml").read_text(encoding="utf-8")))
    told += [text for tool in tools for text in (tool.spec.doc, title(tool.spec.name), *tool.spec.says.values())]
    told += _texts([tool.spec.schema for tool in tools])
    assert len(told) > 3000
    assert {text: scrub(text).text for text in told if scrub(text).found} == {}


def test_no_false_alarm_in_a_dictionary(bench_data: Path) -> None:
    with (bench_data / "clinical" / "support2_dictionary.csv").open(encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert len(cells) > 100 and [cell for cell in cells if scrub(cell).found] == []


def test_names_of_real_columns_are_names(bench_data: Path) -> None:
    names = {name for one in knowledge().variables.values() for name in (*one.names, *one.synonyms, *one.abbreviations)}
    paths = [*bench_data.rglob("*.csv"), *Path(str(resources.files("lifelines.datasets"))).glob("*.csv")]
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as file:
            names |= set(next(csv.reader(file)))
    assert len(names) > 2000
    assert sorted(filter(looks_like_data, names)) == []


@pytest.mark.parametrize(
    "name",
    ["2019-03-12", "bp 12.03.1940", "17.5", "1,200", "John Smith", "john_smith", "MaryJones", "Maria", "a@b.org",
     "mrn_0048291", "x" * 61, "line\nbreak", "943 476 5919", "Müller, Anna"],
)  # fmt: skip
def test_a_name_that_is_data(name: str) -> None:
    assert looks_like_data(name)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_taken(text: str) -> None:
    seen = scrub(text)
    assert bool(seen.found) == (seen.text != text) or "[" in text
    looks_like_data(text)
