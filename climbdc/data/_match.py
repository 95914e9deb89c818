"""Holding a new file against how an earlier one was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from climbdc.data._header import Header, Row, find_header
from climbdc.data._options import ReadDecision, ReadOptions

__all__ = ["compare", "match_header"]

_SEARCHED: Final = 50
_KNOWN: Final = 0.5  # share of the earlier names that makes a row the header


def match_header(found: Header, rows: Sequence[Row], options: ReadOptions) -> Header:
    """The header of a new file: the row with the names of the earlier one, or none where that had none."""
    if options.header_row is None:
        return Header(None, found.data if found.row is None else found.row, found.width)
    known = {_tidy(name) for name in options.header} - {""}
    for i, row in enumerate(rows[:_SEARCHED]):
        names = {_tidy(cell) for cell in row} - {""}
        if known and len(known & names) >= _KNOWN * min(len(known), len(names)) and known & names:
            below = find_header(rows[i:])
            names_rows = below.row_names and below.row == 0
            return Header(i, i + 1, max(below.width, len(row)) if not names_rows else below.width, names_rows)
    return found


def compare(old: ReadOptions, new: ReadOptions) -> list[ReadDecision]:
    """What differs between the files of two readings."""
    decisions = []
    absent = [name for name in old.column_names if name not in {*new.column_names, *old.dropped_columns}]
    added = [name for name in new.column_names if name not in {*old.column_names, *new.dropped_columns}]
    changed = {n: f"{k} -> {new.kinds[n]}" for n, k in old.kinds.items() if n in new.kinds and new.kinds[n] != k}
    if absent:
        text = f"{len(absent)} columns of the earlier data are not in this file: {', '.join(absent[:5])}."
        decisions.append(ReadDecision(code="columns-absent", text=text, value=[*absent]))
    if added:
        text = f"{len(added)} columns were not in the earlier data: {', '.join(added[:5])}."
        decisions.append(ReadDecision(code="columns-new", text=text, value=[*added]))
    if changed:
        text = f"{len(changed)} columns hold other kinds of cells than before: {', '.join(list(changed)[:5])}."
        decisions.append(ReadDecision(code="kinds-differ", text=text, value={**changed}))
    for key in ("format", "encoding", "skip_rows", "footer_rows", "sheet"):
        before, now = getattr(old, key), getattr(new, key)
        if before != now:
            text = f"The earlier file had {key.replace('_', ' ')} {before}, this one {now}."
            decisions.append(
                ReadDecision(code="layout-differs", text=text, value={"what": key, "old": before, "new": now})
            )
    return decisions


def _tidy(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())
