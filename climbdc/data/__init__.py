"""Tables: reading files into one canonical shape, keeping, comparing and writing them."""

from climbdc.data._diff import Changes, changed_cells, diff
from climbdc.data._frames import ROW, TEXT, canonical, from_arrow, to_arrow
from climbdc.data._join import join_readings, match_keys, moments
from climbdc.data._options import (
    ColumnLabel,
    Join,
    JoinedColumn,
    JoinRule,
    ReadDecision,
    Reading,
    ReadOptions,
    Source,
)
from climbdc.data._read import read, read_joined, read_tables
from climbdc.data._render import render, write_csv
from climbdc.data._storage import frame_hash, read_frame, write_frame
from climbdc.data._tables import table_name

__all__ = [
    "ROW",
    "TEXT",
    "Changes",
    "ColumnLabel",
    "Join",
    "JoinRule",
    "JoinedColumn",
    "ReadDecision",
    "ReadOptions",
    "Reading",
    "Source",
    "canonical",
    "changed_cells",
    "diff",
    "frame_hash",
    "from_arrow",
    "join_readings",
    "match_keys",
    "moments",
    "read",
    "read_frame",
    "read_joined",
    "read_tables",
    "render",
    "table_name",
    "to_arrow",
    "write_csv",
    "write_frame",
]
