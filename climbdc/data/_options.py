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

__all__ = [
    "ColumnLabel", "Format", "Join", "JoinRule", "JoinedColumn", "ReadDecision", "ReadOptions", "Reading", "Source",
    "words",
]  # fmt: skip

Format = Literal["csv", "excel", "parquet", "feather", "stata", "spss", "sas"]
Kind = Literal["number", "text", "date"]
JoinRule = Literal["first", "last", "mean", "min", "max", "count"]
"""How several rows of a joined table become one value; `first` is also what is taken where a key has one row."""


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
    joins: tuple[Join, ...] = ()
    """Further tables whose columns were added to this one, in this order."""


class JoinedColumn(BaseModel):
    """One column that a joined table adds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Its name in the result."""
    source: str
    rule: JoinRule = "first"
    level: str = ""
    """In a long table, the name of the measurement whose rows are meant."""


class Join(BaseModel):
    """How a further table is brought to the rows of the main one: every row of that stays, and none is added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    """Its name: that of its file without the ending."""
    options: ReadOptions
    keys: tuple[tuple[str, str], ...]
    """Pairs of columns that hold the same: of the main table and of this one."""
    columns: tuple[JoinedColumn, ...]
    several: bool = False
    """Whether a key may have several rows, which the rules of the columns make one."""
    order: str | None = None
    """Column that orders the rows of a key; the file's order when None."""
    until: float | None = None
    """Only rows at or before this value of `order` enter; for dates, days after the key's first row."""
    labels: str | None = None
    """In a long table, the column that names what each row measures."""


ReadOptions.model_rebuild()


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
    lineage: pd.DataFrame | None = None
    """Where tables were joined: `_row`, `table` and `source_row` of every row that was brought to one."""


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
