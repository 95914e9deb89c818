"""Excel, Parquet, Feather, Stata, SPSS, SAS, archives, several files and what is refused."""

from __future__ import annotations

import datetime as dt
import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from climbdc.data import TEXT, ColumnLabel, ReadOptions, read
from climbdc.errors import InputError

FRAME = pd.DataFrame({"id": [1, 2, 3], "crp": [1.5, np.nan, 2.0], "sex": ["m", "f", None]})


def workbook(path: Path, rows: list[list[object]], other: list[list[object]] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Notes" if other else "Data"
    for row in other or rows:
        sheet.append(row)
    if other:
        second = book.create_sheet("Data")
        for row in rows:
            second.append(row)
    book.save(path)
    return path


def check(path: Path) -> None:
    frame = read([path]).frame
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["id"].dtype == np.dtype("int64")
    np.testing.assert_array_equal(frame["crp"].to_numpy(), [1.5, np.nan, 2.0])
    assert frame["sex"].dtype == TEXT
    assert frame["sex"].fillna("").tolist()[:2] == ["m", "f"]


def test_parquet_and_feather(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "a.parquet")
    FRAME.to_feather(tmp_path / "a.feather")
    check(tmp_path / "a.parquet")
    check(tmp_path / "a.feather")


@pytest.mark.parametrize("suffix", ["dta", "sav", "por", "xpt"])
def test_packages(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    names = {"dta": "write_dta", "sav": "write_sav", "por": "write_por", "xpt": "write_xport"}
    frame = FRAME.rename(columns=str.upper if suffix == "por" else str)
    getattr(pyreadstat, names[suffix])(frame.fillna({"sex": "", "SEX": ""}), str(path))
    found = read([path]).frame.rename(columns=str.lower)
    assert found["id"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found["crp"].to_numpy(), [1.5, np.nan, 2.0])
    assert found["sex"].tolist()[:2] == ["m", "f"]


def test_labels_and_user_missing_of_spss(tmp_path: Path) -> None:
    frame = pd.DataFrame({"sex": [1, 2, 99], "age": [61.0, 998.0, 999.0]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "a.sav"),
        column_labels={"sex": "Sex of the patient", "age": "Age"},
        variable_value_labels={"sex": {1: "male", 2: "female", 99: "unknown"}},
        missing_ranges={"sex": [99], "age": [{"lo": 990, "hi": 999}]},
    )
    found = read([tmp_path / "a.sav"])
    assert found.frame["sex"].tolist() == [1, 2, 99]
    labels = {"1": "male", "2": "female", "99": "unknown"}
    assert found.labels["sex"] == ColumnLabel(meaning="Sex of the patient", labels=labels, missing_codes=("99",))
    assert found.labels["age"].missing_codes == ("998", "999")


def test_dates_of_stata(tmp_path: Path) -> None:
    frame = pd.DataFrame({"day": [dt.date(2020, 1, 5), dt.date(2021, 2, 6)]})
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"))
    assert read([tmp_path / "a.dta"]).frame["day"].astype(str).tolist() == ["2020-01-05", "2021-02-06"]


def test_excel(tmp_path: Path) -> None:
    day = dt.datetime(2020, 1, 5)
    rows: list[list[object]] = [
        ["Study CARDIO"],
        [],
        [None, "id", "admitted", "crp", "mixed", "code"],
        [None, 1, day, 1.5, 5, "007"],
        [None, 2, None, "NA", "?", "008"],
        [],
        [None, 3, day, 2, 6.5, "009"],
        [],
        [None, "Total", None, 3.5],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, other=[["read me"]])
    found = read([path])
    assert list(found.frame.columns) == ["id", "admitted", "crp", "mixed", "code"]
    assert found.frame["id"].tolist() == [1, 2, 3]
    assert found.frame.index.tolist() == [0, 1, 3]
    assert str(found.frame["admitted"].dtype) == "datetime64[us]"
    assert found.frame["crp"].fillna(-1).tolist() == [1.5, -1, 2]
    assert found.frame["mixed"].tolist() == ["5", "?", "6.5"]
    assert found.frame["code"].tolist() == ["007", "008", "009"]
    sheet = next(decision for decision in found.decisions if decision.code == "sheet")
    assert sheet.value == {"read": "Data", "others": ["Notes"]}


def test_old_excel(tmp_path: Path) -> None:
    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def cell(row: int, column: int, value: str | float) -> bytes:
        place = struct.pack("<HH3x", row, column)
        if isinstance(value, str):
            return record(4, place + bytes([len(value)]) + value.encode())
        return record(3, place + struct.pack("<d", value))

    rows: list[list[str | float]] = [["id", "crp"], [1.0, 1.5], [2.0, "NA"], [3.0, 2.0]]
    cells = b"".join(cell(i, j, value) for i, row in enumerate(rows) for j, value in enumerate(row))
    (tmp_path / "a.xls").write_bytes(record(9, struct.pack("<HH", 2, 16)) + cells + record(10, b""))
    frame = read([tmp_path / "a.xls"]).frame
    assert frame["id"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(frame["crp"].to_numpy(), [1.5, np.nan, 2.0])


def test_protected_excel(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(InputError, match="password"):
        read([path])


def test_archives(tmp_path: Path) -> None:
    text = FRAME.to_csv(index=False)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner/a.csv", text)
    check(tmp_path / "a.csv.gz")
    check(tmp_path / "a.zip")


def test_archives_that_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as sink:
        for _ in range(70):
            sink.write(b"0,0\n" * (1 << 18))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8b broken")
    for name, words in {"bomb.csv.gz": "200 times", "two.zip": "2 files", "broken.csv.gz": "damaged"}.items():
        with pytest.raises(InputError, match=words):
            read([tmp_path / name])


def test_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,age\n1,61\n2,70\n")
    (tmp_path / "b.csv").write_text("age;id\n?;3\n")
    found = read([tmp_path / "a.csv", tmp_path / "b.csv"], verbatim=True)
    assert found.frame.to_dict("list") == {
        "id": [1, 2, 3],
        "age": ["61", "70", "?"],
        "source_file": ["a.csv", "a.csv", "b.csv"],
    }
    assert found.frame.index.tolist() == [0, 1, 2]
    assert [source.rows for source in found.sources] == [2, 1]
    assert found.verbatim is not None and found.verbatim.column("age").to_pylist() == ["61", "70", "?"]


def test_several_formats(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "a.parquet")
    FRAME.to_csv(tmp_path / "b.csv", index=False)
    frame = read([tmp_path / "a.parquet", tmp_path / "b.csv"]).frame
    assert frame["id"].tolist() == [1, 2, 3, 1, 2, 3]
    assert frame["crp"].isna().sum() == 2


def test_different_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,age\n1,61\n")
    (tmp_path / "b.csv").write_text("id,sex\n1,m\n")
    with pytest.raises(InputError, match=r"only in a.csv: age; only in b.csv: sex.*a session asks"):
        read([tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n  \n", "empty"),
        ("a.csv", b"id,age\n", "no data rows"),
        ("a.csv", bytes(range(256)) * 50, "not a table of text"),
        ("a.csv", b"PK\x03\x04" + b"x" * 100, "not text but Excel"),
        ("a.parquet", b"PAR1 broken", "damaged"),
        ("a.feather", b"ARROW1 broken", "damaged"),
        ("a.dta", b"broken broken broken", "Stata"),
        ("a.sav", b"broken broken broken", "Spss"),
        ("a.xlsx", b"broken", "not an Excel"),
        ("a.xlsx", b"PK\x05\x06" + b"\0" * 18, "damaged"),
        ("a.csv", b"<html><table><tr><td>1</td></tr>\n</table></html>", "web page"),
        ("a.pdf", b"%PDF", "no table format"),
    ],
)
def test_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read([tmp_path / name])
    assert caught.value.fix
    assert str(tmp_path) not in str(caught.value)


def test_missing_file_suggests(tmp_path: Path) -> None:
    (tmp_path / "support2.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"mean 'support2\.csv'"):
        read([tmp_path / "suport2.csv"])
    with pytest.raises(InputError, match="is a folder"):
        read([tmp_path])


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="permission"):
        read([tmp_path / "a.csv"])


def test_options_read_a_new_file_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Study X\nid;code;crp;out\n1;007;1,5;1\n2;x;2,5;0\n3;y;2,5;0\n")
    (tmp_path / "b.csv").write_text("crp;id;code;new\n3;7;9;1\n4;8;8;1\n")
    first = read([tmp_path / "a.csv"])
    options = ReadOptions.model_validate_json(first.options.model_dump_json())
    assert str(tmp_path) not in options.model_dump_json()
    found = read([tmp_path / "b.csv"], options, expect=["id", "crp"])
    assert found.frame["code"].tolist() == ["9", "8"]
    assert found.frame["crp"].tolist() == [3, 4]
    differing = {decision.code: decision.value for decision in found.decisions}
    assert differing["columns-absent"] == ["out"]
    assert differing["columns-new"] == ["new"]
    with pytest.raises(InputError, match="no column 'out'"):
        read([tmp_path / "b.csv"], options, expect=["out"])


def test_same_file_with_options_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,61,m\n2,70,f\n3,55,m\n4,80,f\n")
    first = read([tmp_path / "a.csv"])
    again = read([tmp_path / "a.csv"], first.options)
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert again.options == first.options
