"""Files of text as hospitals export them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import TEXT, Reading, read
from climbdc.errors import InputError


def reading(tmp_path: Path, content: str | bytes, name: str = "table.csv") -> Reading:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read([path], verbatim=True)


def codes(found: Reading) -> dict[str, object]:
    return {decision.code: decision.value for decision in found.decisions}


SIMPLE = "id,age,sex\n1,61,m\n2,70,f\n3,55,m\n"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " ", "   "])
def test_delimiters(tmp_path: Path, mark: str) -> None:
    found = reading(tmp_path, SIMPLE.replace(",", mark))
    assert found.frame.to_dict("list") == {"id": [1, 2, 3], "age": [61, 70, 55], "sex": ["m", "f", "m"]}
    assert found.options.delimiter == mark[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "name,city\nMüller,Köln\nGarcía,A Coruña\nBjörk,Malmö\nHéloïse,Orléans\n"
    found = reading(tmp_path, text.encode(encoding))
    assert found.frame["name"].tolist() == ["Müller", "García", "Björk", "Héloïse"]
    assert list(found.frame.columns) == ["name", "city"]


@pytest.mark.parametrize("words", [["37°C", "38°C", "µg"], ["ä", "ö"], ["José", "Zoë"], ["Größe", "weiß"]])
def test_few_other_letters_are_western(tmp_path: Path, words: list[str]) -> None:
    rows = "\n".join(f"{word};{i}" for i, word in enumerate(words * 40))
    found = reading(tmp_path, f"word;n\n{rows}\n".encode("cp1252"))
    assert found.frame["word"].tolist() == words * 40


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1251", ["Москва", "Казань"]),
        ("koi8_r", ["Москва", "Казань"]),
        ("cp1253", ["Αθήνα", "Πάτρα"]),
        ("shift_jis", ["東京都", "大阪府", "患者"]),
        ("gb18030", ["北京市", "上海市", "患者"]),
    ],
)
def test_other_alphabets(tmp_path: Path, encoding: str, words: list[str]) -> None:
    rows = "\n".join(f"{word},{i}" for i, word in enumerate(words * 40))
    found = reading(tmp_path, f"word,n\n{rows}\n".encode(encoding))
    assert found.frame["word"].tolist() == words * 40


def test_decimal_comma(tmp_path: Path) -> None:
    found = reading(tmp_path, "id;crp;name\n1;1,5;a, b\n2;;c\n3;12,25;d\n")
    assert found.options.decimal == ","
    assert found.frame["crp"].tolist()[::2] == [1.5, 12.25]
    assert found.verbatim is not None
    assert found.verbatim.column("crp").to_pylist() == ["1,5", "", "12,25"]


def test_thousands_are_not_taken_for_decimals(tmp_path: Path) -> None:
    found = reading(tmp_path, "id;cost\n1;1,500\n2;22,750\n")
    assert found.options.decimal == "."
    assert found.frame["cost"].dtype == TEXT


def test_quoted_newlines_and_quotes(tmp_path: Path) -> None:
    found = reading(tmp_path, 'id,note\n1,"line one\nline ""two"", end"\n2,ok\n')
    assert found.frame["note"].tolist() == ['line one\nline "two", end', "ok"]


def test_preamble(tmp_path: Path) -> None:
    found = reading(tmp_path, f"Study: CARDIO\nExported,2024-01-05\n\n{SIMPLE}")
    assert list(found.frame.columns) == ["id", "age", "sex"]
    assert codes(found)["preamble"] == 3


def test_preamble_padded_with_delimiters(tmp_path: Path) -> None:
    assert list(reading(tmp_path, f"Study CARDIO,,\n,,\n{SIMPLE}").frame.columns) == ["id", "age", "sex"]


def test_separator_line_of_excel(tmp_path: Path) -> None:
    assert reading(tmp_path, "sep=;\n" + SIMPLE.replace(",", ";")).frame["age"].tolist() == [61, 70, 55]


def test_missing_header(tmp_path: Path) -> None:
    found = reading(tmp_path, "1,61,m\n2,70,f\n3,55,m\n4,80,f\n")
    assert list(found.frame.columns) == ["col_1", "col_2", "col_3"]
    assert found.frame["col_2"].tolist() == [61, 70, 55, 80]
    assert "header-missing" in codes(found)


def test_missing_header_of_text(tmp_path: Path) -> None:
    found = reading(tmp_path, "male,yes\nfemale,no\nmale,no\nfemale,yes\nmale,yes\n")
    assert len(found.frame) == 5


@pytest.mark.parametrize(
    "content",
    [
        "name,city\nAnna,Bonn\nBernd,Ulm\nCarla,Kiel\n",
        "sex,smoker\nm,yes\nf,no\nm,no\nf,yes\n",
        "country,2019,2020,2021\nA,5,6,7\nB,1,2,3\n",
        "a,b\n1,2\n",
    ],
)
def test_header_is_kept(tmp_path: Path, content: str) -> None:
    assert list(reading(tmp_path, content).frame.columns) == content.split("\n")[0].split(",")


@pytest.mark.parametrize(
    "ending", ["Total,,186\n", "Total,186\n", ",,\n", "Source: hospital records\n", "\n\nSum,,1\n,,\n"]
)
def test_closing_rows(tmp_path: Path, ending: str) -> None:
    found = reading(tmp_path, "id,sex,age\n1,m,61\n2,f,70\n3,m,55\n" + ending)
    assert found.frame["id"].tolist() == [1, 2, 3]
    assert "footer" in codes(found)


def test_a_total_among_the_data_is_data(tmp_path: Path) -> None:
    found = reading(tmp_path, "group,n\nmale,1\ntotal,2\nfemale,3\ntotal,4\nmale,5\ntotal,6\n")
    assert len(found.frame) == 6


def test_names(tmp_path: Path) -> None:
    found = reading(tmp_path, " age ,sex,age,,_row\n1,m,2,3,4\n5,f,6,7,8\n")
    assert list(found.frame.columns) == ["age", "sex", "age_2", "column_4", "_row_2"]
    assert {"names-trimmed", "names-doubled", "names-empty"} <= set(codes(found))
    assert found.options.header == (" age ", "sex", "age", "", "_row")


@pytest.mark.parametrize("content", ['"","age"\n"a",1\n"b",2\n', '"age"\n"a",1\n"b",2\n'])
def test_row_names_of_r(tmp_path: Path, content: str) -> None:
    found = reading(tmp_path, content)
    assert found.frame.to_dict("list") == {"row_name": ["a", "b"], "age": [1, 2]}


@pytest.mark.parametrize("header", ["id,age,", "id,age"])
def test_trailing_delimiter(tmp_path: Path, header: str) -> None:
    found = reading(tmp_path, f"{header}\n1,61,\n2,70,\n3,70,\n")
    assert list(found.frame.columns) == ["id", "age"]
    assert found.frame["age"].tolist() == [61, 70, 70]


def test_ragged_rows_are_recorded(tmp_path: Path) -> None:
    rows = [f"{i},{i % 90},m" for i in range(400)]
    rows[10], rows[20] = "10,10", "20,20,m,extra"
    found = reading(tmp_path, "id,age,sex\n" + "\n".join(rows) + "\n")
    assert codes(found)["rows-short"] == [12]
    assert codes(found)["rows-long"] == [22]
    assert len(found.frame) == 399
    assert pd.isna(found.frame.loc[10, "sex"])
    assert found.frame.index[20] == 21


def test_too_ragged_names_the_line(tmp_path: Path) -> None:
    rows = "\n".join("1,2,3,4" if i % 10 == 5 else "1,2,3" for i in range(100))
    with pytest.raises(InputError, match="line 7") as caught:
        reading(tmp_path, "a,b,c\n" + rows)
    assert caught.value.code == "ragged"


@pytest.mark.parametrize("column", [0, 1, 2])
def test_open_quote_is_refused(tmp_path: Path, column: int) -> None:
    rows = [["1", "a", "b"] for _ in range(300)]
    rows[150][column] = '"lost'
    with pytest.raises(InputError, match="never closed"):
        reading(tmp_path, "id,x,y\n" + "\n".join(",".join(row) for row in rows))


def test_inches_are_no_quotes(tmp_path: Path) -> None:
    assert reading(tmp_path, 'id,size\n1,5" tall\n2,6\n').frame["size"].tolist() == ['5" tall', "6"]


def test_missing_cells(tmp_path: Path) -> None:
    found = reading(tmp_path, "n,t\n1,None\nNA,NA\n.,.\nNone,x\n ,\n1,y\n")
    assert found.frame["n"].isna().tolist() == [False, True, True, True, True, False]
    assert found.frame["t"].isna().tolist() == [False, True, False, False, True, False]
    values = [decision.value for decision in found.decisions if decision.code == "missing-cells"]
    assert {"cell": "NA", "columns": {"n": 1, "t": 1}} in values


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "2"], "int64"),
        (["+1", "-2"], "int64"),
        (["1.0", "2"], "float64"),
        ([" 1", "2e3 "], "float64"),
        (["1", "NA"], "float64"),
        (["NA", "."], "float64"),
        (["0123", "1"], "str"),
        (["1234567890123456", "1"], "str"),
        (["1", "?"], "str"),
        (["1", "inf"], "str"),
        (["1", "0x1F"], "str"),
        (["1", "1_000"], "str"),
        (["1e999", "1"], "str"),
        (["0.5", "-0.25"], "float64"),
    ],
)
def test_what_is_a_number(tmp_path: Path, cells: list[str], dtype: str) -> None:
    found = reading(tmp_path, "k,v\n" + "".join(f"x,{cell}\n" for cell in cells))
    assert str(found.frame["v"].dtype) == dtype


def test_text_keeps_its_blanks(tmp_path: Path) -> None:
    assert reading(tmp_path, "id,t\n1, a \n2,b\n").frame["t"].tolist() == [" a ", "b"]


def test_one_row_and_one_column(tmp_path: Path) -> None:
    assert reading(tmp_path, "id,age\n1,61\n").frame["age"].tolist() == [61]
    assert reading(tmp_path, "age\n61\n70\n").frame["age"].tolist() == [61, 70]


def test_wide_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(np.arange(10_000).reshape(2, 5000), columns=[f"c{i}" for i in range(5000)])
    found = reading(tmp_path, frame.to_csv(index=False))
    assert found.frame.shape == (2, 5000)
    assert found.frame["c4999"].tolist() == [4999, 9999]


def test_support2(bench_data: Path) -> None:
    path = bench_data / "clinical" / "support2.csv"
    found = read([path])
    pd.testing.assert_frame_equal(
        found.frame, pd.read_csv(path).rename_axis("_row"), check_dtype=False, check_index_type=False
    )
    assert found.sources[0].rows == 9105


def test_every_table_has_all_its_rows(bench_data: Path) -> None:
    for path in sorted(bench_data.glob("repair/**/*.csv")):
        expected = pd.read_csv(path, dtype=str)
        assert read([path]).frame.shape == expected.shape, path.parent.name


def test_tables_of_lifelines() -> None:
    import lifelines.datasets

    folder = Path(str(lifelines.datasets.__file__)).parent
    for path in sorted(folder.glob("*.csv")):
        expected = pd.read_csv(path)
        if expected.columns[0].startswith("Unnamed") or len(expected) < 5:
            continue
        assert len(read([path]).frame) in (len(expected), len(expected) + 1), path.name
