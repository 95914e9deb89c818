"""Long lists of JSON values, as a table with one text a row.

An answer's own JSON is short. The findings of a file of 5,000 columns or its dictionary are not; they travel as a
table and are parsed one by one, with a bound on all together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from climbdc.errors import ClimbdcError
from climbdc.sandbox.answers._layout import HostileTable
from climbdc.sandbox.wire._json import check_json
from climbdc.sandbox.wire._wire import dump_json, load_json

__all__ = ["pack_documents", "unpack_documents"]

_COLUMN: Final = "json"
_SCHEMA: Final = pa.schema([pa.field(_COLUMN, pa.large_string(), nullable=False)])
_BYTES: Final = 32 << 20
_ROWS: Final = 1 << 15
_TOKENS: Final = 1 << 21
"""Brackets, separators and strings of all documents of one table together, which become 150 MB of objects at most."""


def pack_documents(values: Sequence[Any]) -> pa.Table:
    """Write values as JSON, one a row.

    >>> unpack_documents(pack_documents([{"column": "age", "rows": [1, 2]}, None]))
    [{'column': 'age', 'rows': [1, 2]}, None]

    Raises:
        ClimbdcError: A value cannot be written as JSON (`not-json`); or one is longer than 1 MiB, all together are
            longer than 32 MiB, or they have too many parts (`document-too-long`).
    """
    texts = [_text(number, value) for number, value in enumerate(values)]
    total = sum(map(len, texts))
    if len(texts) > _ROWS:
        raise _too_long(f"There are {len(texts)} values, {_ROWS} are allowed.")
    if total > _BYTES:
        raise _too_long(f"All values together have {total} bytes as JSON, {_BYTES} are allowed.")
    try:
        _count(texts)
    except ValueError as error:
        raise _too_long(f"The values cannot be sent: {error}.") from error
    return pa.table([pa.array(texts, pa.binary()).cast(pa.large_string())], schema=_SCHEMA)


def _text(number: int, value: Any) -> bytes:
    try:
        text = dump_json(value)
        load_json(text)
        return text
    except (ValueError, TypeError, RecursionError) as error:
        raise ClimbdcError(
            f"Value {number} of the list cannot be written as JSON: {str(error)[:200]}.",
            fix="Give only text, numbers, lists and dictionaries, and None for a missing number.",
            code="not-json",
        ) from error


def _too_long(message: str) -> ClimbdcError:
    return ClimbdcError(message, fix="Give several shorter values, or a table.", code="document-too-long")


def _count(texts: Iterable[bytes]) -> None:
    """Look at all texts before any is parsed.

    Raises:
        ValueError: One is beyond reason, or all together are.
    """
    tokens = 0
    for number, text in enumerate(texts):
        try:
            tokens += check_json(text)
        except ValueError as error:
            raise ValueError(f"value {number}: {error}") from error
        if tokens > _TOKENS:
            raise ValueError(f"all together have more than {_TOKENS} brackets, separators and strings")


def unpack_documents(table: pa.Table) -> list[Any]:
    """Read what `pack_documents` wrote, or something hostile that looks like it.

    Raises:
        HostileTable: It is another table, too long, or a row is not strict JSON of at most 1 MiB.
    """
    if table.schema.remove_metadata() != _SCHEMA:
        raise HostileTable(f"a table of other columns than the one text column {_COLUMN!r}")
    if table.num_rows > _ROWS:
        raise HostileTable(f"{table.num_rows} documents, {_ROWS} are allowed")
    column = table.column(_COLUMN)
    if column.null_count:
        raise HostileTable("a missing document")
    size = pc.sum(pc.binary_length(column)).as_py() or 0
    if size > _BYTES:
        raise HostileTable(f"documents of {size} bytes, {_BYTES} are allowed")
    texts = [value.as_buffer().to_pybytes() for value in column]
    try:
        _count(texts)
        return [load_json(text) for text in texts]
    except ValueError as error:
        raise HostileTable(f"documents that are not usable: {error}") from error
