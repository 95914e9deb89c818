"""Several files with the same columns as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from climbdc.data._frames import from_arrow, unique_names
from climbdc.data._options import RawTable, ReadDecision
from climbdc.data._render import render
from climbdc.errors import InputError

__all__ = ["stack"]


def stack(tables: Sequence[RawTable], names: Sequence[str]) -> RawTable:
    """Put tables below each other, in the order of the first one's columns, and say which file each row is from.

    Raises:
        InputError: Their columns differ.
    """
    first = tables[0]
    for table, name in zip(tables[1:], names[1:], strict=True):
        _same_columns(first, table, names[0], name)
    is_text = any(table.is_text for table in tables)
    decimal = "," if any(table.options.decimal == "," for table in tables) else "."
    columns = {column: _joined([table.columns.pop(column) for table in tables]) for column in list(first.columns)}
    source = unique_names(["source_file"], taken=columns)[0]
    columns[source] = pa.chunked_array(
        [pa.array([name] * len(table.rows), pa.string()) for name, table in zip(names, tables, strict=True)]
    )
    starts = [sum(table.total_rows for table in tables[:i]) for i in range(len(tables))]
    rows = [pa.compute.add(table.rows, start) for start, table in zip(starts, tables, strict=True)]
    text = f"{len(tables)} files with the same columns were stacked; column {source!r} says which one a row is from."
    decisions = [_about(decision, name) for name, t in zip(names, tables, strict=True) for decision in t.decisions]
    decisions.append(ReadDecision(code="stacked", text=text, value=[*names]))
    return replace(
        first,
        columns=columns,
        rows=pa.concat_arrays([pa.array(part, pa.int64()) for part in rows]),
        total_rows=sum(table.total_rows for table in tables),
        options=first.options.model_copy(update={"source_column": True, "decimal": decimal}),
        decisions=tuple(decisions),
        labels={key: label for table in reversed(tables) for key, label in table.labels.items()},
        is_text=is_text,
    )


def _about(decision: ReadDecision, name: str) -> ReadDecision:
    """The decision with the file that it is about."""
    return decision.model_copy(update={"text": f"{name}: {decision.text}"})


def _same_columns(first: RawTable, other: RawTable, name: str, other_name: str) -> None:
    lacking = [column for column in first.columns if column not in other.columns]
    extra = [column for column in other.columns if column not in first.columns]
    if not lacking and not extra:
        return
    only = [f"only in {file}: {', '.join(some[:8])}" for file, some in ((name, lacking), (other_name, extra)) if some]
    message = f"{name} and {other_name} do not have the same columns ({'; '.join(only)})."
    fix = "Files with the same columns are stacked; a session asks how tables with other columns are to be joined."
    raise InputError(message, fix=fix, code="columns-differ")


def _joined(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    kinds = {part.type for part in parts}
    if len(kinds) > 1:
        numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)
        parts = [part.cast(pa.float64()) if numbers else _as_text(part) for part in parts]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], type=parts[0].type)


def _as_text(part: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text of typed cells; a missing one is empty, as in a file of text."""
    text = pa.array(render(from_arrow(pa.table({"part": part}))["part"]).array)
    text = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text])
    return text.fill_null("").cast(pa.string())
