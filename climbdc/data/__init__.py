"""Tables: reading files into one canonical shape, keeping, comparing and writing them."""

from climbdc.data._diff import Changes, changed_cells, diff
from climbdc.data._frames import ROW, TEXT, canonical, from_arrow, to_arrow
from climbdc.data._options import ColumnLabel, ReadDecision, Reading, ReadOptions, Source
from climbdc.data._read import read
from climbdc.data._render import render, write_csv
from climbdc.data._storage import frame_hash, read_frame, write_frame

__all__ = [
    "ROW",
    "TEXT",
    "Changes",
    "ColumnLabel",
    "ReadDecision",
    "ReadOptions",
    "Reading",
    "Source",
    "canonical",
    "changed_cells",
    "diff",
    "frame_hash",
    "from_arrow",
    "read",
    "read_frame",
    "render",
    "to_arrow",
    "write_csv",
    "write_frame",
]
