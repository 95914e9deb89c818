"""Signs that a file was read wrongly."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.data import TEXT
from climbdc.sdk import Dataset, Field, Finding, Inspection, Params, inspect
from climbdc_tools.reading_signs import GARBLED, SUMS, UNNAMED

__all__ = ["ReadTable", "ReadTableParams"]

_DELIMITERS = (";", "\t", "|", ",")
_SPLIT = 0.9
_FIRST, _LAST = 3, 5
_HEADS = 0.5
_CELLS = 200_000
_FEW = 0.5
_LEAST = 2
_NUMERIC = 0.95


class ReadTableParams(Params):
    """How much of a table is looked at for letters read in the wrong encoding."""

    cap: int = Field(default=20_000, ge=100, description="Most rows that are searched for garbled letters.")


@inspect(addresses=("structure/unreadable-file", "structure/multiple-files"), stage="rows")
class ReadTable(Inspection[ReadTableParams]):
    """Look for signs that the file was read wrongly: one wide column, a second header, sums below, broken letters.

    What the reader itself decided (encoding, delimiter, header line, closing rows) is told under the same name.
    """

    says: ClassVar[dict[str, str]] = {
        "encoding": "The file is not UTF-8: its text was read as {setting}.",
        "delimiter": "Cells are set apart by {setting} instead of commas.",
        "decimal": "Numbers in the file have a decimal comma and were read so.",
        "preamble": "{count} lines before the table were left out.",
        "footer": "{count} closing rows that hold totals, notes or nothing were left out.",
        "sheet": "The workbook has several sheets; the one that was read is named in the recipe.",
        "ragged": "{count} rows have more or fewer cells than there are columns.",
        "header-missing": "The file has no column names, so the {count} columns were numbered.",
        "row-names": "The first column has no name and tells the rows apart.",
        "names-trimmed": "{count} column names had blanks or line breaks, which were tidied: {columns}.",
        "names-empty": "{count} columns have no name and were numbered: {columns}.",
        "names-doubled": "{count} column names came twice and were numbered: {columns}.",
        "columns-empty": "{count} columns without name and content were left out.",
        "rows-short": "{count} rows end early; their last cells were read as empty.",
        "rows-long": "{count} rows have more cells than there are columns and were left out.",
        "one-column": "All of the table is in {columns}: {n} of {N} cells hold the same number of {setting}.",
        "second-header": "{rows} of the first rows look like column names or units, not like data: they hold text "
        "where {columns} holds numbers below.",
        "sums-below": "{rows} of the last rows look like sums of the table, not like data.",
        "garbled": "{columns}: {n} of {N} cells hold letters such as an A with a tilde, as text does that was read in "
        "the wrong encoding.",
        "unnamed": "{columns} has no name of its own and numbers the rows, as a saved index does.",
    }

    def look(self, data: Dataset) -> list[Finding]:
        """Signs in the table as it was read."""
        frame = data.train
        if frame.empty:
            return []
        found = _one_column(frame)
        found += _second_header(frame) + _sums(frame) + _unnamed(frame)
        return found + _garbled(frame, self.params.cap)


def _one_column(frame: pd.DataFrame) -> list[Finding]:
    """A table of one column of text whose cells all hold as many delimiters."""
    if frame.shape[1] != 1 or frame.dtypes.iloc[0] != TEXT:
        return []
    cells = frame.iloc[:, 0].dropna()
    for mark in _DELIMITERS:
        counts = cells.str.count(re.escape(mark))
        usual = counts.mode()
        if len(counts) > 1 and len(usual) and usual.iloc[0] > 0 and (counts == usual.iloc[0]).mean() >= _SPLIT:
            n = int((counts == usual.iloc[0]).sum())
            name = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}[mark]
            evidence = {"n": n, "N": len(frame), "setting": name}
            return [Finding("one-column", "critical", (str(frame.columns[0]),), evidence=evidence)]
    return []


def _second_header(frame: pd.DataFrame) -> list[Finding]:
    """First rows with words in columns that hold nothing but numbers from there on."""
    texts = [str(name) for name in frame.columns if frame[name].dtype == TEXT]
    if len(frame) < 2 * _FIRST + 4 or not texts:
        return []
    head, body = frame[texts].iloc[:_FIRST], frame[texts].iloc[_FIRST : _FIRST + 1000]
    numeric = [name for name in texts if _holds_numbers(body[name])]
    if len(numeric) < _LEAST:
        return []
    wordy = pd.DataFrame({name: ~_numbers(head[name]) & head[name].notna() for name in numeric})
    plain = frame.select_dtypes("number").iloc[:_FIRST].notna().sum(axis=1)
    rows = (wordy.sum(axis=1) >= _LEAST) & (wordy.sum(axis=1) > _HEADS * (len(numeric) + plain))
    leading = rows.cummin()
    if not leading.any():
        return []
    named = tuple(name for name in numeric if wordy.loc[leading, name].any())
    numbers = frame.index[:_FIRST][leading.to_numpy()].to_numpy().astype("int64")
    return [Finding("second-header", "major", named, numbers, {"count": len(numeric)})]


def _holds_numbers(values: pd.Series[Any]) -> bool:
    known = values.dropna()
    return len(known) >= _FEW * len(values) and bool(_numbers(known).mean() >= _NUMERIC)


def _numbers(values: pd.Series[Any]) -> pd.Series[Any]:
    """Which cells are plain numbers; a missing one is not."""
    return pd.to_numeric(values.astype(object), errors="coerce").notna()


def _sums(frame: pd.DataFrame) -> list[Finding]:
    """Last rows whose only text is a word such as total, or that are the sums of the columns."""
    if len(frame) < 2 * _LAST:
        return []
    first = _first_text(frame.iloc[-_LAST:])
    named = first.isin(SUMS)
    if named.any():
        named &= ~first.isin(set(_first_text(frame.iloc[:-_LAST])))
    rows = frame.index[-_LAST:][(named | _is_sum(frame)).to_numpy()].to_numpy().astype("int64")
    return [Finding("sums-below", "major", (), rows, {"count": len(rows)})] if len(rows) else []


def _first_text(frame: pd.DataFrame) -> pd.Series[Any]:
    """The first text of each row, in small letters."""
    texts = frame[[name for name in frame.columns if frame[name].dtype == TEXT]].iloc[:, :5]
    found = pd.Series("", index=frame.index, dtype=object)
    for name in reversed(list(texts.columns)):
        cells = texts[name]
        found = found.where(cells.isna(), cells.astype(object))
    return found.astype(str).str.strip().str.rstrip(":").str.casefold()


def _is_sum(frame: pd.DataFrame) -> pd.Series[Any]:
    """Whether a last row is the sum of all before it in two columns of numbers at least, and in most."""
    numbers = frame.select_dtypes("number")
    said = pd.Series(False, index=frame.index[-_LAST:])
    if numbers.shape[1] < 2:
        return said
    last, before = numbers.iloc[-1], numbers.iloc[:-1].sum()
    filled = last.notna() & (before.abs() > 0)
    equal = np.isclose(last[filled], before[filled], rtol=1e-6)
    if filled.sum() >= 2 and equal.mean() > _HEADS and equal.sum() >= 2:
        said.iloc[-1] = True
    return said


def _unnamed(frame: pd.DataFrame) -> list[Finding]:
    """Columns without a name that count the rows."""
    found = []
    for name in map(str, frame.columns):
        values = frame[name]
        counts = values.dtype.kind == "i" and len(values) > 1 and bool((values.diff().iloc[1:] == 1).all())
        if counts and any(re.fullmatch(pattern, name.strip(), re.IGNORECASE) for pattern in UNNAMED):
            found.append(Finding("unnamed", "info", (name,), evidence={"count": len(values)}))
    return found


def _garbled(frame: pd.DataFrame, cap: int) -> list[Finding]:
    """Columns with letters that come from UTF-8 read as Latin-1, or from bytes that no letter has."""
    found = []
    head = frame.iloc[:cap]
    for name in map(str, frame.columns):
        if frame[name].dtype != TEXT:
            continue
        broken = head[name].str.contains(GARBLED, regex=True).fillna(False).astype(bool)
        if broken.any():
            rows = head.index[broken.to_numpy()].to_numpy().astype("int64")
            found.append(Finding("garbled", "minor", (name,), rows, {"n": len(rows), "N": len(head)}))
    names = tuple(name for name in map(str, frame.columns) if re.search(GARBLED, name))
    if names:
        found.append(Finding("garbled", "minor", names, evidence={"n": len(names), "N": frame.shape[1]}))
    return found
