"""On the host: tables put together from the host's own bytes, by a description that may be a lie.

The description comes from a worker that read hostile bytes and may have been taken over by them. Nothing in it is
believed: each buffer must lie inside the bytes, apart from the others and be long enough; what a table would unfold to
is bounded; and Arrow checks every offset, index and text in the end. Values are not copied.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from climbdc.sandbox.answers._arrays import Allowance, Piece, cut_array
from climbdc.sandbox.answers._kinds import arrow_field, pairs_metadata
from climbdc.sandbox.answers._layout import LAYOUT_DOCUMENTS, Column, HostileTable, LayoutPart, Place
from climbdc.sandbox.wire._json import check_json

__all__ = ["assemble", "assemble_tables", "parse_layouts"]

_FIELDS: Final = 100_000
_DOCUMENT: Final = TypeAdapter(list[LayoutPart])
_BROKEN = (pa.ArrowException, ValueError, TypeError, KeyError, OverflowError, MemoryError, RecursionError)


def _column(
    column: Column, kind: pa.DataType, stream: pa.Buffer, allowance: Allowance
) -> tuple[pa.ChunkedArray, Iterable[Piece]]:
    """One column, and the pieces of the stream that it takes."""
    taken: list[Piece] = []
    arrays = []
    for chunk in column.chunks:
        array, pieces = cut_array(kind, chunk, stream, allowance)
        arrays.append(array)
        taken += pieces
    # Chunks of one column may share the values of their categories.
    return pa.chunked_array(arrays, type=kind), set(taken) if _has_categories(kind) else taken


def _has_categories(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return True
    return any(_has_categories(kind.field(number).type) for number in range(kind.num_fields))


def _check_apart(taken: list[Piece]) -> None:
    taken.sort()
    if any(following[0] < before[1] for before, following in itertools.pairwise(taken)):
        raise HostileTable("columns that share bytes")


def assemble(parts: Sequence[LayoutPart], stream: pa.Buffer, allowance: Allowance | None = None) -> pa.Table:
    """Put one table together.

    Args:
        parts: What the decoder says about it.
        stream: The bytes of its Arrow stream. The table keeps them alive.
        allowance: What is left for the tables of this answer; by default for a table alone.

    Raises:
        HostileTable: The description does not fit the bytes, or the values are not valid.
    """
    allowance = allowance or Allowance(stream.size)
    try:
        table = _table(parts, stream, allowance)
        table.validate(full=True)
    except _BROKEN as error:
        raise HostileTable(f"values that are not valid: {str(error)[:200]}") from error
    return table


def _table(parts: Sequence[LayoutPart], stream: pa.Buffer, allowance: Allowance) -> pa.Table:
    rows = parts[0].rows
    if any(part.rows != rows for part in parts):
        raise HostileTable("a table of two lengths")
    fields, columns = [], []
    taken: list[Piece] = []
    for column in itertools.chain.from_iterable(part.columns for part in parts):
        field = arrow_field(column.field)
        values, pieces = _column(column, field.type, stream, allowance)
        if len(values) != rows:
            raise HostileTable(f"a column of {len(values)} rows in a table of another length")
        fields.append(field)
        columns.append(values)
        taken += pieces
    if not columns and rows:
        raise HostileTable("rows without a column")
    _check_apart(taken)
    metadata = pairs_metadata(tuple(itertools.chain.from_iterable(part.metadata for part in parts)))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata))


def parse_layouts(documents: Sequence[bytes], tables: int) -> list[list[LayoutPart]]:
    """Read what the decoder says, checked by its form only.

    Args:
        documents: Its JSON documents in turn.
        tables: How many tables there are.

    Returns:
        The parts of each table.

    Raises:
        HostileTable: They are too many or too long, have another form, or do not describe each table.
    """
    if len(documents) > LAYOUT_DOCUMENTS:
        raise HostileTable(f"{len(documents)} descriptions, {LAYOUT_DOCUMENTS} are allowed")
    if sum(document.count(b'"name"') for document in documents) > _FIELDS:
        raise HostileTable(f"more than {_FIELDS} columns and parts of columns")
    found: list[list[LayoutPart]] = [[] for _ in range(tables)]
    try:
        for document in documents:
            check_json(document)
            for part in _DOCUMENT.validate_json(document):
                found[part.table].append(part)
        if sum(map(len, found)) > tables + 2 * LAYOUT_DOCUMENTS:
            raise HostileTable("more descriptions than there are tables and documents")
    except ValidationError as error:
        raise HostileTable("a description of another form") from error
    except (ValueError, IndexError) as error:
        raise HostileTable(f"a description that is not one: {error}") from error
    if not all(found):
        raise HostileTable("a table without a description")
    return found


def assemble_tables(documents: Sequence[bytes], buffer: pa.Buffer, where: Sequence[Place]) -> list[pa.Table]:
    """Put all tables of an answer together.

    Args:
        documents: What the decoder says, in turn.
        buffer: The bytes of all streams, which nobody may change or cut any more. The tables keep it alive.
        where: Place of each stream.

    Raises:
        HostileTable: A description does not fit the bytes, or values are not valid.
    """
    allowance = Allowance(buffer.size)
    layouts = parse_layouts(documents, len(where))
    return [
        assemble(parts, buffer.slice(offset, size), allowance)
        for parts, (offset, size) in zip(layouts, where, strict=True)
    ]
