"""Categories written in more than one way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.inconsistent_values import InconsistentValues


def look(frame: pd.DataFrame) -> list[Finding]:
    found = InconsistentValues({}).look(Dataset(canonical(frame), Roles()))
    assert not isinstance(found, NotApplicable)
    return found


def maps(cells: dict[str, int]) -> dict[str, dict[str, str]]:
    """Kind -> what is proposed for a column with these cells."""
    column = [text for text, count in cells.items() for _ in range(count)]
    found = look(pd.DataFrame({"x": column}))
    return {finding.kind: finding.suggestions[0].params["maps"]["x"] for finding in found if finding.suggestions}


def test_case_spaces_and_punctuation() -> None:
    cells = {"non-smoker": 50, "Non smoker": 40, "non-smoker ": 1, "smoker (heavy)": 30}
    assert maps(cells) == {"writing": {"Non smoker": "non-smoker", "non-smoker ": "non-smoker"}}


def test_words_for_one_category_in_two_languages() -> None:
    assert maps({"male": 40, "female": 45, "M": 6, "weiblich": 3}) == {"synonyms": {"M": "male", "weiblich": "female"}}


def test_letters_are_no_synonyms_among_other_words() -> None:
    assert maps({"male": 40, "M": 30, "ward A": 50, "ward B": 50}) == {}


def test_a_rare_typing_error_of_a_frequent_category() -> None:
    assert maps({"carcinoma": 60, "lymphoma": 50, "carcnioma": 2}) == {"misspelt": {"carcnioma": "carcinoma"}}


@pytest.mark.parametrize(
    ("usual", "rare"),
    [
        ("hypertension", "hypotension"),
        ("symptomatic", "asymptomatic"),
        ("inpatient", "outpatient"),
        ("stage iii disease", "stage ii disease"),
        ("type 1 diabetes", "type 2 diabetes"),
        ("male", "female"),
        ("O+", "O-"),
        ("SVHC", "SVHD"),
        ("grade 1.5", "grade 15"),
        ("† See notes", "¶ See notes"),
    ],
)
def test_what_only_looks_alike_is_left(usual: str, rare: str) -> None:
    assert maps({usual: 90, rare: 2, "something else entirely": 40}) == {}


def test_two_frequent_values_are_never_merged() -> None:
    assert maps({"Cortland town": 30, "Portland town": 40}) == {}


def test_other_columns_can_speak_against_it() -> None:
    frame = pd.DataFrame(
        {
            "city": ["marshall"] * 40 + ["marshell"] * 2 + ["springville"] * 20,
            "county": [f"c{i % 4}" for i in range(40)] + ["far"] * 2 + [f"d{i % 4}" for i in range(20)],
        }
    )
    assert [finding.kind for finding in look(frame)] == ["misspelt"]
    other = pd.DataFrame({"city": ["springvelle"] * 6, "county": ["far"] * 6})
    assert "marshell" not in str([f.evidence for f in look(pd.concat([frame, other], ignore_index=True))])


def test_hospital_is_repaired_without_harm(bench_data: Path) -> None:
    folder = bench_data / "repair/quintet/hospital"
    dirty, clean = (
        pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("dirty", "clean")
    )
    clean.columns = dirty.columns
    right = wrong = 0
    for finding in look(dirty):
        for step in finding.suggestions:
            for name, pairs in step.params["maps"].items():
                touched = dirty[name].isin(list(pairs))
                agrees = dirty[name][touched].map(pairs) == clean[name][touched]
                right, wrong = right + int(agrees.sum()), wrong + int((~agrees).sum())
    assert wrong == 0
    assert right >= 150


def test_odd_tables_do_not_stop_it() -> None:
    frame = pd.DataFrame({"診断": ["肺炎", "肺炎", None], "c": ["same"] * 3, "all": [None] * 3})
    assert look(frame) == []
    assert look(frame.iloc[:1]) == []
    assert isinstance(InconsistentValues({}).look(Dataset(canonical(frame.iloc[:0]))), NotApplicable)
