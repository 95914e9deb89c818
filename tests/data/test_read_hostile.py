"""Files that are made to fill the memory, to write elsewhere, or are no tables: each is refused in one sentence."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq
import pytest

from climbdc.data import read
from climbdc.errors import InputError

SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
ENDS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
FAR = f"<sheetData>{ENDS}</sheetData>"
SPARSE = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 4001))
LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))


def refused(path: Path, code: str) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(InputError) as raised:
        read([path])
    assert raised.value.code == code and raised.value.fix, raised.value
    assert str(path.parent) not in str(raised.value)
    return str(raised.value)


def workbook(path: Path, sheet: str) -> Path:
    """A workbook whose sheet has this XML."""
    book = openpyxl.Workbook()
    whole = path.with_name("whole.xlsx")
    book.save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for part in parts.infolist():
            written.writestr(part, sheet if part.filename.endswith("sheet1.xml") else parts.read(part))
    return path


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (SHEET.format(FAR), "too-large"),
        (SHEET.format('<dimension ref="A1:XFD1048576"/>' + FAR), "too-large"),
        (SHEET.format(f"<sheetData>{SPARSE}</sheetData>"), "too-large"),
        (SHEET.format(f'<sheetData><row r="1">{"<c/>" * 17_000_000}</row></sheetData>'), "archive"),
        (SHEET.format("<sheetData><row r='1'><c"), "broken"),
        (SHEET.replace("<worksheet", f'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">{LAUGHS}]><worksheet').format(
            "<sheetData><row r='1'><c t='inlineStr'><is><t>&j;</t></is></c></row></sheetData>"), "broken"),
    ],
    ids=["far", "far-told", "sparse", "bomb", "cut", "laughs"],
)  # fmt: skip
def test_workbooks(tmp_path: Path, sheet: str, code: str) -> None:
    path = workbook(tmp_path / "book.xlsx", sheet)
    assert path.stat().st_size < 400_000
    refused(path, code)


def test_tables_of_arrow_that_unfold(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": np.zeros(100_000)}), tmp_path / "a.parquet", compression="zstd")
    for name, write in (("bomb.parquet", pq.write_table), ("a.feather", pf.write_feather)):
        write(pa.table({"a": np.zeros(10_000_000)}), tmp_path / name, compression="zstd")
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(200_000, dtype="int32")), pa.array(["x" * 1000]))
    pq.write_table(pa.table({"a": long}), tmp_path / "long.parquet")
    for name in ("bomb.parquet", "a.feather", "long.parquet"):
        assert "more than 200 times its size" in refused(tmp_path / name, "archive")
    assert len(read([tmp_path / "a.parquet"]).frame) == 100_000, "what fits is read"


def test_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("t.csv", "0\n" * 50_000_000)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"0\n" * 50_000_000))
    for name in ("bomb.zip", "bomb.csv.gz"):
        refused(tmp_path / name, "archive")
    for name in ("../../outside.csv", "/tmp/outside.csv", "..\\outside.csv", "C:\\outside.csv", "a\0b.csv"):
        with zipfile.ZipFile(tmp_path / "slip.zip", "w") as slip:
            slip.writestr(zipfile.ZipInfo(name), "a,b\n1,2\n")
        before = sorted(path for path in tmp_path.parent.rglob("*"))
        if name.endswith("b.csv") and "\0" in name:
            refused(tmp_path / "slip.zip", "unknown-format")
        else:
            assert read([tmp_path / "slip.zip"]).frame.shape == (1, 2)
        assert sorted(path for path in tmp_path.parent.rglob("*")) == before, "nothing is written anywhere"
    link = zipfile.ZipInfo("t.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as linked:
        linked.writestr(link, "/etc/passwd")
    assert "root" not in refused(tmp_path / "link.zip", "no-rows")


def test_lines_and_tables_that_are_too_long(tmp_path: Path) -> None:
    start = "a,b\n" + "1,2\n" * 30
    texts = {
        "line.csv": "x" * 9_000_000,
        "commas.csv": "1," * 5_000_000,
        "later.csv": f"{start}{'x' * 9_000_000},1\n",
        "quoted.csv": start + '"' + "x\n" * 5_000_000 + '",1\n1,2\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
        assert "longer than 8 million characters" in refused(tmp_path / name, "long-line"), name
    (tmp_path / "later-commas.csv").write_text(start + "1," * 5_000_000 + "\n", "utf-8")
    refused(tmp_path / "later-commas.csv", "too-wide")
    wide = ",".join(f"c{n}" for n in range(100_000))
    (tmp_path / "wide.csv").write_text(f"{wide}\n{wide}\n", "utf-8")
    assert "100,000 columns, and at most 10,000" in refused(tmp_path / "wide.csv", "too-wide")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.csv", b"<html><script>alert(1)</script></html>\n" * 9, "not-text"),
        ("picture.csv", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>\n', "no-rows"),
        ("program.csv", b"MZ\x90\x00\x03" + bytes(range(256)) * 9, "not-text"),
        ("program.exe", b"MZ\x90\x00\x03" + bytes(range(256)) * 9, "unknown-format"),
        ("picture.svg", b"<svg/>", "unknown-format"),
        ("both.csv", b"PK\x03\x04" + b"a,b\n1,2\n" * 9, "not-text"),
        ("both.xlsx", b"GIF89a,b\n1,2\n", "broken"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 999, "broken"),
        ("stata.dta", b"<stata_dta><header><release>118</release>" + b"\xff" * 99, "broken"),
        ("spss.sav", b"$FL2@(#) SPSS DATA FILE" + b"\x7f" * 200, "broken"),
        ("sas.sas7bdat", b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\xff" * 999, "broken"),
        ("arrow.feather", b"ARROW1\0\0" + b"\xff" * 99, "broken"),
        ("columns.parquet", b"PAR1" + b"\xff" * 99 + b"PAR1", "broken"),
    ],
)
def test_what_is_no_table(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, code)
