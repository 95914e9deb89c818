"""Signs of a wrong reading: each is made in real tables, and none is seen in tables that were read well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding
from climbdc_tools.read_table import ReadTable


def look(frame: pd.DataFrame) -> dict[str, Finding]:
    """Findings by kind."""
    return {finding.kind: finding for finding in ReadTable({}).look(Dataset(canonical(frame)))}


@pytest.fixture
def table(heart: Path) -> pd.DataFrame:
    """The demo's table."""
    return read([heart]).frame


@pytest.mark.parametrize("name", ["support2", "pbc2"])
def test_clean_clinical_tables_have_no_sign(bench_data: Path, name: str) -> None:
    assert look(read([bench_data / "clinical" / f"{name}.csv"]).frame) == {}


@pytest.mark.parametrize("name", ["rossi", "lung", "gbsg2", "larynx", "lymph_node", "stanford_heart_transplants"])
def test_tables_of_lifelines_have_no_sign(name: str) -> None:
    import lifelines.datasets

    assert look(getattr(lifelines.datasets, f"load_{name}")()) == {}


def test_a_table_in_one_column_is_seen(table: pd.DataFrame) -> None:
    lines = table.fillna("").astype(str).agg("|".join, axis=1)
    found = look(pd.DataFrame({"|".join(table.columns): lines}))["one-column"]
    assert found.severity == "critical" and found.evidence == {"n": 920, "N": 920, "setting": "bars"}


def test_a_column_of_sentences_is_no_table_in_one_column() -> None:
    notes = ["No fever, no cough", "Chest pain, since yesterday, worse at night", "Well"] * 9
    assert "one-column" not in look(pd.DataFrame({"note": notes}))


def test_a_row_of_units_is_a_second_header(table: pd.DataFrame) -> None:
    units = pd.DataFrame([{"age": "years", "trestbps": "mmHg", "chol": "mg/dL", "sex": "-"}])
    whole = pd.concat([units, table.astype(object)], ignore_index=True)
    for name in ("age", "trestbps", "chol"):
        whole[name] = whole[name].astype(str).where(whole[name].notna())
    found = look(whole[["age", "trestbps", "chol", "sex"]])["second-header"]
    assert found.rows is not None and found.rows.tolist() == [0]
    assert set(found.columns) == {"age", "trestbps", "chol"}


def test_single_words_among_numbers_are_no_second_header(table: pd.DataFrame) -> None:
    text = table["chol"].astype(str)
    text.iloc[0] = "not done"
    assert "second-header" not in look(table.assign(chol=text, thalch=table["thalch"].astype(str)))


def test_a_row_of_totals_is_seen_by_its_word_and_by_its_numbers(table: pd.DataFrame) -> None:
    numbers = table[["sex", "age", "trestbps", "chol"]]
    for word in ("Total", ""):
        sums = pd.DataFrame([{"sex": word, **numbers.select_dtypes("number").sum().to_dict()}])
        found = look(pd.concat([numbers, sums], ignore_index=True))["sums-below"]
        assert found.rows is not None and found.rows.tolist() == [920]


def test_garbled_letters_are_seen_and_rightful_accents_are_not() -> None:
    words = ["São Paulo", "MAÇÃ", "Köln", "25 °C", "naïve", "Ångström"] * 3
    assert look(pd.DataFrame({"city": words})) == {}
    broken = [word.encode().decode("cp1252", "replace") for word in words]
    found = look(pd.DataFrame({"city": broken}))["garbled"]
    assert found.evidence["n"] >= 12


def test_an_index_without_a_name_is_seen(table: pd.DataFrame) -> None:
    frame = table.drop(columns="id")
    frame.insert(0, "Unnamed: 0", np.arange(len(frame)))
    assert look(frame)["unnamed"].columns == ("Unnamed: 0",)
    assert "unnamed" not in look(frame.rename(columns={"Unnamed: 0": "visit"}))


def test_odd_tables_have_no_sign() -> None:
    assert look(pd.DataFrame()) == {}
    assert look(pd.DataFrame({"a": [1]})) == {}
    assert look(pd.DataFrame({"診断": [None, None, None], "b": ["x", "x", "x"]})) == {}
