"""Reading a dictionary file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.describe import read_dictionary
from climbdc.errors import InputError


def _file(folder: Path, text: str, name: str = "dictionary.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_the_fields_of_the_contract(tmp_path: Path) -> None:
    text = (
        'column,meaning,unit,type,missing_codes,known_at\ncrea,"creatinine, day 3",mg/dL,numeric,-9; 999,at\nsex,,,,,\n'
    )
    crea, sex = read_dictionary(_file(tmp_path, text))
    assert (crea.meaning, crea.unit, crea.type, crea.known_at) == ("creatinine, day 3", "mg/dL", "continuous", "at")
    assert crea.missing_codes == ("-9", "999")
    assert set(crea.sources.values()) == {"file"}
    assert crea.known_because == "the dictionary says so"
    assert sex.sources == {}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Variable Name;Description;Units;When known\nGröße;Körpergröße;cm;baseline\n", "cp1252"),
        ("variable\tLabel\tUNITS\tavailable at\nGröße\tKörpergröße\tcm\tbefore\n", "utf-8-sig"),
        ("name|definition|unit|known at\nGröße|Körpergröße|cm|prior\n", "utf-16"),
    ],
)
def test_other_headings_delimiters_and_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    (column,) = read_dictionary(_file(tmp_path, text, "d.tsv", encoding))
    assert (column.name, column.meaning, column.unit, column.known_at) == ("Größe", "Körpergröße", "cm", "before")


def test_a_redcap_dictionary(tmp_path: Path) -> None:
    text = (
        'Variable / Field Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"\n'
        'sex,radio,Sex at birth,"1, Male | 2, Female"\nage,text,Age,\n'
    )
    sex, age = read_dictionary(_file(tmp_path, text))
    assert sex.labels == {"1": "Male", "2": "Female"}
    assert (sex.type, age.meaning) == ("categorical", "Age")


def test_excel(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.xlsx"
    pd.DataFrame({"column": ["age"], "meaning": ["age at entry"], "missing codes": [-9]}).to_excel(path, index=False)
    (column,) = read_dictionary(path)
    assert (column.name, column.meaning, column.missing_codes) == ("age", "age at entry", ("-9",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("colum,meaning\nage,age\n", "Is it 'colum'"),
        ("column,known_at\nage,befor\n", "'befor'.*before, at, after, unknown.*Did you mean 'before'"),
        ("column,type\nage,contnuous\n", "'contnuous'.*Did you mean 'continuous'"),
        ("column,meaning\nage,a\nage,b\n", "'age' more than once"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=f"(?s){said}"):
        read_dictionary(_file(tmp_path, text))


def test_files_that_are_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_dictionary(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_dictionary(tmp_path / "missing.xlsx")
    junk = tmp_path / "junk.xlsx"
    junk.write_bytes(b"\x00\x01not a workbook")
    with pytest.raises(InputError, match="no Excel workbook"):
        read_dictionary(junk)
    junk = junk.rename(tmp_path / "junk.csv")
    with pytest.raises(InputError, match="not text"):
        read_dictionary(junk)
    with pytest.raises(InputError, match="neither CSV"):
        read_dictionary(junk.rename(tmp_path / "junk.pdf"))


def test_the_real_dictionary(bench_data: Path) -> None:
    columns = {column.name: column for column in read_dictionary(bench_data / "clinical/support2_dictionary.csv")}
    assert len(columns) == 48
    assert (columns["hrt"].meaning, columns["hrt"].unit) == ("heart rate on day 3", "beats/min")
    assert columns["ca"].meaning == "cancer at entry (no, yes, metastatic)"
