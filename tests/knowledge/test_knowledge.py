"""The pack itself: what it holds, its tokens and roles, and what it refuses to load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from climbdc.errors import InputError
from climbdc.knowledge import Knowledge, knowledge


def test_there_are_enough_variables_each_with_a_dated_source() -> None:
    variables = knowledge().variables
    assert len(variables) >= 150
    assert [name for name, variable in variables.items() if not re.search(r"\b(19|20)\d\d\b", variable.source)] == []


def test_a_variable_with_conversions_has_limits_to_tell_them_apart() -> None:
    for variable in knowledge().variables.values():
        if variable.conversions:
            assert None not in (variable.low, variable.high, variable.typical_low, variable.typical_high), variable.id
        assert variable.unit not in [conversion.unit for conversion in variable.conversions]


@pytest.mark.parametrize(
    ("variable", "unit", "value", "usual"),
    [
        ("glucose", "mmol/L", 5.55, 100),
        ("creatinine", "umol/L", 88.4, 1.0),
        ("urea_nitrogen", "mmol/L", 7.14, 20),
        ("temperature", "F", 98.6, 37),
        ("haemoglobin", "mmol/L", 8.69, 14),
        ("total_cholesterol", "mmol/L", 5.17, 200),
        ("triglycerides", "mmol/L", 1.69, 150),
        ("bilirubin", "umol/L", 17.1, 1.0),
        ("calcium", "mmol/L", 2.5, 10),
        ("uric_acid", "umol/L", 357, 6),
        ("hba1c", "mmol/mol", 48, 6.5),
        ("pao2", "kPa", 13.3, 100),
        ("lactate", "mg/dL", 18, 2),
        ("vitamin_d", "nmol/L", 50, 20),
        ("free_t4", "pmol/L", 12.9, 1),
        ("phosphate", "mmol/L", 1.0, 3.1),
        ("magnesium", "mmol/L", 0.82, 2),
        ("iron", "umol/L", 17.9, 100),
    ],
)
def test_conversions_agree_with_textbook_pairs(variable: str, unit: str, value: float, usual: float) -> None:
    conversion = next(c for c in knowledge().variables[variable].conversions if c.unit == unit)
    assert value * conversion.factor + conversion.offset == pytest.approx(usual, rel=0.02)


def test_zeros() -> None:
    variables = knowledge().variables
    for name in ("heart_rate", "respiratory_rate", "white_cells", "mean_bp", "systolic_bp", "diastolic_bp", "insulin"):
        assert variables[name].zero_impossible
    for name in ("skin_fold", "glucose", "bmi", "total_cholesterol", "gcs", "blood_pressure"):
        assert variables[name].zero_impossible
    for name in (
        "urine_output",
        "bilirubin",
        "nihss",
        "gravidity",
        "age",
        "apgar",
        "crp",
        "base_excess",
        "positive_nodes",
    ):
        assert not variables[name].zero_impossible


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("N/A", "certain"),
        ("", "certain"),
        ("  not recorded", "certain"),
        ("?", "likely"),
        ("Unknown", "likely"),
        ("-", "likely"),
    ],
)
def test_missing_tokens(text: str, sure: str) -> None:
    assert knowledge().is_missing_token(text) == sure


@pytest.mark.parametrize("text", ["no", "n", "0", "male", "normal", "negative", "y"])
def test_words_that_are_values(text: str) -> None:
    assert knowledge().is_missing_token(text) is None


def test_numeric_sentinels() -> None:
    assert {-9, -99, -999, 99, 999, 9999, 88, 77} <= set(knowledge().numeric_sentinels)


@pytest.mark.parametrize(
    ("text", "canonical", "family"),
    [("M", "male", "sex"), ("Weiblich", "female", "sex"), ("JA", "yes", "answer"), ("+", "positive", "test_result")],
)
def test_synonyms(text: str, canonical: str, family: str) -> None:
    assert (knowledge().synonym_group(text), knowledge().synonym_family(text)) == (canonical, family)


def test_a_category_without_synonyms() -> None:
    assert knowledge().synonym_group("metastatic") is None


@pytest.mark.parametrize(
    ("name", "role", "weight"),
    [
        ("Patient ID", "patient", "strong"),
        ("id", "patient", "weak"),
        ("sno.", "row", "strong"),
        ("Unnamed: 0", "row", "strong"),
        ("visit_date", "visit_time", "strong"),
        ("year", "visit_time", "weak"),
        ("admission_date", "index_date", "strong"),
        ("survival_months", "duration", "strong"),
        ("years", "duration", "weak"),
        ("DEATH_EVENT", "event", "strong"),
        ("status2", "event", "weak"),
        ("hospital_id", "site", "strong"),
        ("gender", "sex", "strong"),
        ("age", "age", "strong"),
        ("race", "ethnicity", "strong"),
    ],
)
def test_roles(name: str, role: str, weight: str) -> None:
    assert (role, weight) in [(hint.role, hint.weight) for hint in knowledge().role_hints(name)]


@pytest.mark.parametrize("name", ["glucose", "sodium", "num", "ascites"])
def test_columns_without_a_role(name: str) -> None:
    assert knowledge().role_hints(name) == ()


OWN = """
- id: {id}
  names: [{name}]
  type: continuous
  unit: "mmHg"
  low: {low}
  high: 300
  source: {source}
"""


def own(
    folder: Path, name: str = "ward pressure", id: str = "ward", low: float = 1, source: str = "Our manual, 2024"
) -> Knowledge:
    (folder / "ours.yaml").write_text(OWN.format(id=id, name=name, low=low, source=source), encoding="utf-8")
    return Knowledge.load(folder)


def test_a_hospital_adds_a_variable(tmp_path: Path) -> None:
    match = own(tmp_path).match("WardPressure", values=[80, 95, 120])
    assert match and (match.variable.id, match.variable.area) == ("ward", "ours")
    assert len(knowledge().variables) + 1 == len(own(tmp_path).variables)


def test_a_hospital_replaces_a_variable(tmp_path: Path) -> None:
    pack = own(tmp_path, name="mean arterial pressure", id="mean_bp", low=15)
    assert pack.variables["mean_bp"].limits.low == 15
    assert len(pack.variables) == len(knowledge().variables)


def test_a_hospital_adds_words(tmp_path: Path) -> None:
    (tmp_path / "lexicon.yaml").write_text("missing: {likely: [sin registro]}\n", encoding="utf-8")
    (tmp_path / "synonyms.yaml").write_text("families: {answer: {'yes': [aye]}}\n", encoding="utf-8")
    pack = Knowledge.load(tmp_path)
    assert pack.is_missing_token("Sin registro") == "likely" and pack.is_missing_token("n/a") == "certain"
    assert pack.synonym_group("aye") == "yes" and pack.synonym_group("ja") == "yes"


def test_two_variables_with_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"heart_rate and ward"):
        own(tmp_path, name="heart rate")


def test_one_name_for_two_ranges_is_told_apart_by_numbers(tmp_path: Path) -> None:
    pack = own(tmp_path, name="potassium", low=250)
    ours, theirs = pack.match("potassium", values=[280, 290, 260]), pack.match("potassium", values=[3.1, 4.2, 2.8])
    assert ours and ours.variable.id == "ward"
    assert theirs and theirs.variable.id == "potassium"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"low": 400}, "go upwards"),
        ({"source": "''"}, "source"),
        ({"source": "nobody"}, "no source is called 'nobody'"),
        ({"id": "Bad-Id"}, "id"),
    ],
)
def test_a_faulty_variable_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        own(tmp_path, **change)


@pytest.mark.parametrize(
    "text", ["- id: [", "just words", "- id: x\n  nmaes: [x]\n  type: text\n  source: Our manual, 2024"]
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"ours\.yaml"):
        Knowledge.load(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        Knowledge.load(tmp_path / "none")


def test_a_category_in_two_groups_is_refused(tmp_path: Path) -> None:
    (tmp_path / "synonyms.yaml").write_text("families: {answer: {'no': [ja]}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="'ja'"):
        Knowledge.load(tmp_path)
