"""Spellings that a model takes for one category, and which of them the letters bear out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.agents import head
from climbdc.data import canonical
from climbdc.models import SpellingIdea
from climbdc.models.llm import Table
from climbdc.models.llm._spellings import checked_groups, find_spellings
from climbdc.models.llm._spellings_check import one_category
from climbdc.privacy import Gate
from climbdc.registry import registry
from climbdc.sdk import Column, Dictionary, Roles
from climbdc.store import SessionStore, Store

from .turns import FakeClient, Moment

WARDS = ["surgery"] * 40 + ["Surg."] * 12 + ["medicine"] * 40 + ["internal"] * 9 + ["stage I"] * 20 + ["stage II"] * 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("surgery", "Surg."), ("male", "MALE "), ("m", "male"), ("Hungary", "Hungray"), ("ICU", "intensive care unit"),
        ("internal med", "internal medicine"), ("Ja", "yes"), ("metastatic", "meta-static"), ("White", "white"),
    ],
)  # fmt: skip
def test_spellings_of_one_thing(one: str, other: str) -> None:
    assert one_category(one, other) and one_category(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("yes", "no"), ("Ja", "nein"), ("edema", "no edema"), ("stage I", "stage II"), ("grade 1", "grade 2"),
        ("typical angina", "atypical angina"), ("asymptomatic", "symptomatic"), ("hypothyroid", "hyperthyroid"),
        ("upsloping", "downsloping"), ("fixed defect", "reversible defect"), ("normal", "abnormal"), ("<5", ">5"),
        ("type a", "type b"), ("left eye", "right eye"), ("+", "-"), ("0-5", "0+5"), ("colon cancer", "lung cancer"),
        ("male", "female"), ("$11-$25k", "$25-$50k"), ("lv hypertrophy", "normal"), ("1", "2"), ("b", "c"),
    ],
)  # fmt: skip
def test_different_things_are_never_one(one: str, other: str) -> None:
    assert not one_category(one, other) and not one_category(other, one)


def test_no_two_categories_of_the_real_columns_are_one(bench_data: Path) -> None:
    """Every pair in support2 and pbc2: there are no double spellings in them."""
    for name in ("support2", "pbc2"):
        frame = pd.read_csv(bench_data / "clinical" / f"{name}.csv")
        for column in frame.select_dtypes(exclude="number"):
            levels = sorted(frame[column].dropna().unique())
            assert [
                (column, one, other) for one in levels for other in levels if one < other and one_category(one, other)
            ] == []


def test_a_group_is_of_values_that_exist_each_in_one_group() -> None:
    levels = ["surgery", "Surg.", "SURGERY", "medicine", "Medicine"]
    groups: list[dict[str, Any]] = [
        {"keep": "surgery", "same": ["Surg.", "surgery", "surg", "Surg."]},
        {"keep": "SURGERY", "same": ["Surg."]},
        {"keep": "Medizin", "same": ["medicine"]},
        {"keep": "medicine", "same": ["Medicine"]},
    ]
    assert checked_groups("ward", levels, groups) == [
        SpellingIdea(column="ward", keep="surgery", spellings=("surgery", "Surg.")),
        SpellingIdea(column="ward", keep="medicine", spellings=("medicine", "Medicine")),
    ]


def test_a_column_is_not_emptied() -> None:
    levels = ["male", "Male", "MALE"]
    assert checked_groups("sex", levels, [{"keep": "male", "same": ["Male", "MALE"]}]) == []


def session(folder: Path, frame: pd.DataFrame, dictionary: Dictionary) -> SessionStore:
    stored = Store(folder).create("t", {})
    reading = {"frame": stored.objects.put_frame(frame), "dictionary": dictionary.to_json(), "rows": len(frame),
               "columns": [str(name) for name in frame.columns], "test": None}  # fmt: skip
    stored.put("reading", reading)
    stored.put("goal", {"roles": Roles(kind="binary", target="dead").model_dump(mode="json")})
    return stored


def test_a_model_sees_and_names_only_what_many_rows_hold(tmp_path: Path) -> None:
    wards = [*WARDS, *["Surgury"] * 3]
    frame = canonical(pd.DataFrame({"ward": wards, "n": range(len(wards)), "dead": [n % 2 for n in range(len(wards))]}))
    dictionary = Dictionary([Column(name="ward", type="categorical"), Column(name="n", type="integer")])
    stored = session(tmp_path, frame, dictionary)
    group = {"keep": "surgery", "same": ["Surg.", "Surgury", "medicine"]}
    client = FakeClient([{"ward": [group, {"keep": "stage I", "same": ["stage II"]}]}])
    table = Table(frame, dictionary, Roles(kind="binary", target="dead"))
    ideas = find_spellings(client, Gate(stored, registry()), table, ["ward", "n", "gone"])  # type: ignore[arg-type]
    assert ideas == [SpellingIdea(column="ward", keep="surgery", spellings=("surgery", "Surg."))]
    assert "Surgury" not in client.text and "Surgury" not in str(client.schema) and "Surg." in str(client.schema)


def test_nothing_is_asked_where_no_value_may_be_seen(heart_turn: Moment) -> None:
    version = head(heart_turn.session.stored)
    table, client = Table(version.load(), version.dictionary, version.roles), FakeClient()
    gate = Gate(heart_turn.session.stored, registry(), level="metadata")
    assert find_spellings(client, gate, table, [*table.frame.columns]) == []  # type: ignore[arg-type]
    assert client.asked == []


def test_real_columns_of_text_are_asked_about_in_one_call(heart_turn: Moment) -> None:
    version = head(heart_turn.session.stored)
    table = Table(version.load(), version.dictionary, version.roles)
    confused = {"cp": [{"keep": "typical angina", "same": ["atypical angina", "asymptomatic"]}]}
    client = FakeClient([confused, {}])
    gate = Gate(heart_turn.session.stored, registry())
    assert find_spellings(client, gate, table, [*table.frame.columns]) == []  # type: ignore[arg-type]
    asked = [field.alias for _, _, reply in client.asked for field in reply.model_fields.values()]
    assert asked == ["dataset", "cp", "restecg", "slope", "thal"]
