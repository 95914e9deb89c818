"""What a reading is: how a file was read, what was decided on the way, and the table that came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd
import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, JsonValue

__all__ = ["ColumnLabel", "Format", "ReadDecision", "ReadOptions", "Reading", "Source", "words"]

Format = Literal["csv", "excel", "parquet", "feather", "stata", "spss", "sas"]
Kind = Literal["number", "text", "date"]


@cache
def words(group: str) -> tuple[str, ...]:
    """One list of `reading.yaml`."""
    return tuple(yaml.safe_load((files("climbdc.data") / "reading.yaml").read_text("utf-8"))[group])


class ReadOptions(BaseModel):
    """All that is needed to read another file of the same kind in the same way; part of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format
    encoding: str = "utf-8"
    delimiter: str = ","
    """One character, or a blank for columns set apart by any number of blanks."""
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    header_row: int | None = 0
    """0-based line of the column names (row of the sheet in Excel); None where the file has none."""
    skip_rows: int = 0
    """Lines (rows of the sheet) before the first data row, the column names included."""
    footer_rows: int = 0
    """Closing rows left out: totals, notes, empty rows. Looked for anew in each file."""
    header: tuple[str, ...] = ()
    """The column names as they stand in the file."""
    column_names: tuple[str, ...] = ()
    """The names in use, in the same order."""
    dropped_columns: tuple[str, ...] = ()
    """Names in use of columns without name or content, left out."""
    kinds: dict[str, Kind] = {}
    """What each column was read as; a column read as text stays text."""
    sheet: str | None = None
    missing_in_numbers: tuple[str, ...] = ()
    missing_in_text: tuple[str, ...] = ()
    source_column: bool = False
    """Whether several files were stacked, and a column `source_file` says which one a row is from."""


class ReadDecision(BaseModel):
    """One thing that reading had to decide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    text: str
    value: JsonValue = None


class ColumnLabel(BaseModel):
    """What a statistics package knows about a column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: str = ""
    labels: dict[str, str] = {}
    """Code, as it is rendered, to label."""
    missing_codes: tuple[str, ...] = ()


class Source(BaseModel):
    """A file that was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Reading:
    """A table with the story of how it was read."""

    frame: pd.DataFrame
    options: ReadOptions
    verbatim: pa.Table | None = None
    """The text of each cell as it stands in the file, in the frame's columns and order of rows; text formats only."""
    decisions: tuple[ReadDecision, ...] = ()
    labels: Mapping[str, ColumnLabel] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """One file as a reader leaves it: columns under their final names, not yet converted."""

    columns: dict[str, pa.ChunkedArray]
    rows: pa.Array
    """The 0-based data row of each row, gaps where rows were left out."""
    total_rows: int
    options: ReadOptions
    decisions: tuple[ReadDecision, ...] = ()
    labels: Mapping[str, ColumnLabel] = field(default_factory=dict)
    is_text: bool = False
    """Whether string columns are cells of text that may be numbers."""
