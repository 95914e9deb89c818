"""When a value is known, by meaning and by name."""

from __future__ import annotations

from pathlib import Path

import lifelines
import pandas as pd
import pytest
import yaml

from climbdc.knowledge import knowledge

STRONG = {"cens", "censdead", "censrec", "Censor", "CENSOR", "Censored", "dead", "death", "deathdate", "survtime"}


@pytest.mark.parametrize(
    ("meaning", "known", "kind"),
    [
        ("days from study entry to discharge", "after", "outcome"),
        ("length of follow-up", "after", "outcome"),
        ("Level of disability two months later", "after", "outcome"),
        ("30-day mortality", "after", "outcome"),
        ("readmission within 30 days of discharge", "after", "outcome"),
        ("Todesfall während des Aufenthalts", "after", "outcome"),
        ("maximum lactate during the ICU stay", "after", "known-later"),
        ("cost of the stay", "after", "known-later"),
        ("average score over days 3 to 25", "after", "known-later"),
        ("do-not-resuscitate order", "after", "known-later"),
        ("physician's estimate of survival", "after", "others-predictions"),
        ("APACHE-predicted risk of death", "after", "others-predictions"),
        ("history of stroke", "before", ""),
        ("family history of premature death", "before", ""),
        ("prior hospital stay", "before", ""),
        ("outcome of previous pregnancy", "before", ""),
        ("number of days in hospital before study entry", "before", ""),
        ("diabetes as a comorbidity", "before", ""),
        ("years of education", "before", ""),
        ("blood pressure at baseline", "at", ""),
        ("heart rate on day 3", "at", ""),
    ],
)
def test_meaning(meaning: str, known: str, kind: str) -> None:
    hint = knowledge().known_at("x", meaning)
    assert hint is not None
    assert (hint.known_at, hint.kind, hint.basis) == (known, kind, "meaning")


@pytest.mark.parametrize(
    "meaning",
    [
        "serum sodium",
        "nipple discharge",
        "FEV1 percent predicted",
        "estimated glomerular filtration rate",
        "BMI at 5 years of age",
    ],
)
def test_meanings_that_say_nothing(meaning: str) -> None:
    assert knowledge().known_at("x", meaning) is None


@pytest.mark.parametrize(
    ("name", "kind", "strength"),
    [
        ("DEATH_EVENT", "outcome", "strong"),
        ("d.time", "outcome", "strong"),
        ("SurvivalMonths", "outcome", "strong"),
        ("hosp_los", "outcome", "strong"),
        ("hospital_expire_flag", "outcome", "strong"),
        ("readmitted", "outcome", "strong"),
        ("status", "outcome", "weak"),
        ("years", "outcome", "weak"),
        ("TenYearCHD", "outcome", "weak"),
        ("discharge_disposition", "known-later", "strong"),
        ("total_charges", "known-later", "strong"),
        ("dnr_date", "known-later", "strong"),
        ("complications", "known-later", "weak"),
        ("predicted_mortality", "others-predictions", "strong"),
        ("surv1y", "others-predictions", "strong"),
        ("risk_score", "others-predictions", "weak"),
    ],
)
def test_names_known_after(name: str, kind: str, strength: str) -> None:
    hint = knowledge().known_at(name)
    assert hint is not None
    assert (hint.known_at, hint.kind, hint.strength, hint.basis) == ("after", kind, strength, "name")


@pytest.mark.parametrize(
    "name",
    ["studied", "dead_space", "closed", "census_tract", "costal_pain", "fev1_pct_pred", "smoking_status", "glucose"],
)
def test_names_that_only_look_like_it(name: str) -> None:
    assert knowledge().known_at(name) is None


@pytest.mark.parametrize("name", ["family_history_death", "prior_mortality_score", "hx_transplant"])
def test_names_of_the_past(name: str) -> None:
    hint = knowledge().known_at(name)
    assert hint is not None and hint.known_at == "before"


def test_support2_meanings_name_every_leak_and_nothing_else(bench_data: Path) -> None:
    answers = yaml.safe_load((bench_data / "answers" / "support2.yaml").read_text("utf-8"))
    kinds = {"outcome", "known-later", "others-predictions"}
    leaks = {name: kind for kind, names in answers["leaks"].items() if kind in kinds for name in names}
    words = pd.read_csv(bench_data / "clinical" / "support2_dictionary.csv", keep_default_na=False)
    hints = {row.column: knowledge().known_at(str(row.column), str(row.meaning)) for row in words.itertuples()}
    after = {name: hint.kind for name, hint in hints.items() if hint and hint.known_at == "after"}
    assert after.pop(answers["target"]) == "outcome"
    assert after == leaks


def test_support2_names_alone(bench_data: Path) -> None:
    """Patterns that are not made for this file find what its names tell, and no day-3 score among the strong ones."""
    columns = pd.read_csv(bench_data / "clinical" / "support2.csv", nrows=1).columns
    hints = {name: knowledge().known_at(name) for name in columns}
    strong = {name for name, hint in hints.items() if hint and hint.known_at == "after" and hint.strength == "strong"}
    weak = {name for name, hint in hints.items() if hint and hint.known_at == "after"} - strong
    outcome = {"hospdead", "death", "d.time"}
    later = {"charges", "totcst", "totmcst", "avtisst", "dnr", "dnrday"}
    assert strong == outcome | later | {"surv2m", "surv6m", "prg2m", "prg6m"}
    assert weak == {"slos"}


def test_strong_names_of_other_files() -> None:
    """Nothing but outcomes, their time and censoring is named strongly in files the patterns were not written for."""
    files = sorted((Path(lifelines.__file__).parent / "datasets").glob("*.csv"))
    columns = {(file.name, str(name)) for file in files for name in pd.read_csv(file, nrows=1).columns}
    hints = {column: knowledge().known_at(column[1]) for column in columns}
    strong = {c for c, hint in hints.items() if hint and hint.known_at == "after" and hint.strength == "strong"}
    assert {name for _, name in strong} == STRONG
