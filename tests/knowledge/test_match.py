"""Matching: right units, and nothing rather than something wrong."""

from __future__ import annotations

import numpy as np
import pytest

from climbdc.knowledge import knowledge


def around(centre: float, spread: float) -> list[float]:
    return [float(value) for value in np.random.default_rng(7).normal(centre, spread, 200)]


@pytest.mark.parametrize(
    ("name", "values", "variable", "unit"),
    [
        ("glucose", around(110, 20), "glucose", "mg/dL"),
        ("glucose", around(6, 1), "glucose", "mmol/L"),
        ("Creatinine", around(90, 20), "creatinine", "umol/L"),
        ("temp", around(98.5, 1), "temperature", "F"),
        ("hb", around(130, 12), "haemoglobin", "g/L"),
        ("age", around(20000, 3000), "age", "days"),
        ("serBilir", around(2, 0.3), "bilirubin", "mg/dL"),
        ("weight_lb", around(170, 20), "weight", "lb"),
        ("ef", around(0.5, 0.08), "ejection_fraction", "fraction"),
        ("WBC (10^3/uL)", around(8, 1), "white_cells", "10^9/L"),
        ("Körpergewicht [kg]", around(75, 9), "weight", "kg"),
        ("serum_sodium_admission", around(139, 3), "sodium", "mmol/L"),
        ("has_diabetes", [0.0, 1.0] * 50, "diabetes", ""),
    ],
)
def test_name_and_unit(name: str, values: list[float], variable: str, unit: str) -> None:
    match = knowledge().match(name, values=values)
    assert match is not None
    assert (match.variable.id, match.unit) == (variable, unit)


@pytest.mark.parametrize(
    "name",
    "age_group days_to_glucose hr_missing bp_med glucose_change delta_hr bun_creat_ratio glucose_date log_glucose "
    "hr_std na_measured glucose_target temp_method age_unit sd_glucose systolic_bp_category has_glucose".split(),
)
def test_words_that_make_another_quantity(name: str) -> None:
    assert knowledge().match(name, values=around(120, 20)) is None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("temp", around(12, 8)),  # outdoors
        ("na", [0.0, 1.0] * 50),  # a flag
        ("cholesterol", [1.0, 2.0, 3.0] * 50),  # classes
        ("pulse", around(0, 1)),  # standardised
        ("glucose", []),  # words
        ("hr", [99999.0] * 20),  # nothing but a missing code
    ],
)
def test_values_that_speak_against_the_name(name: str, values: list[float]) -> None:
    assert knowledge().match(name, values=values) is None


def test_zeros_and_sentinels_do_not_count() -> None:
    match = knowledge().match("hr", values=[0.0] * 50 + [-99.0] * 20 + around(80, 9))
    assert match is not None and match.variable.id == "heart_rate"


def test_an_abbreviation_without_values_is_hardly_believed() -> None:
    known, guessed = knowledge().match("hr", values=around(80, 9)), knowledge().match("hr")
    assert known and guessed
    assert guessed.confidence < 0.6 <= known.confidence


def test_a_meaning_decides_over_an_abbreviation() -> None:
    values = around(9.3, 0.4)
    by_name = knowledge().match("ca", values=values)
    assert by_name and by_name.variable.id == "calcium"
    assert knowledge().match("ca", meaning="number of cigarettes bought", values=values) is None
    cancer = knowledge().match("ca", meaning="cancer at entry (no, yes, metastatic)", values=[])
    assert cancer and cancer.variable.id == "cancer_comorbidity"


def test_a_meaning_can_speak_against_a_plain_name() -> None:
    assert knowledge().match("glucose", meaning="change in glucose since baseline", values=around(110, 20)) is None
    assert knowledge().match("glucose", meaning="glucose on day 3", values=around(110, 20)) is not None


def test_a_stated_unit_of_another_kind_refuses() -> None:
    assert knowledge().match("creatinine", unit="ms", values=around(1, 0.1)) is None
    stated = knowledge().match("creatinine", unit="µmol/l", values=around(90, 10))
    assert stated and stated.unit == "umol/L"


def test_family_history_is_not_the_disease() -> None:
    match = knowledge().match("family_history_of_diabetes", values=[0.0, 1.0] * 50)
    assert match and match.variable.id == "family_history_diabetes"
