"""A decoder that was taken over may describe tables at length: the host sees it before it costs much."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest

from climbdc.sandbox.answers._assembling import assemble_tables
from climbdc.sandbox.answers._layout import LAYOUT_DOCUMENTS, HostileTable, places

SECONDS = 1.0
BYTES = pa.py_buffer(bytes(4096))


@contextmanager
def soon() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


def document(*parts: dict[str, Any]) -> bytes:
    return json.dumps(parts, separators=(",", ":")).encode()


def part(columns: list[dict[str, Any]], rows: int = 0, table: int = 0) -> dict[str, Any]:
    return {"table": table, "rows": rows, "columns": columns}


def column(name: str, form: object = "null", chunks: object = ()) -> dict[str, Any]:
    return {"field": {"name": name, "form": form}, "chunks": [*chunks] if isinstance(chunks, tuple) else chunks}


def refused(documents: list[bytes], tables: int = 1) -> None:
    with soon(), pytest.raises(HostileTable):
        assemble_tables(documents, BYTES, places([64] * tables))


def test_many_columns_times_many_parts() -> None:
    columns = [column(f"c{number}") for number in range(10_000)]
    refused([document(part(columns)), document(*[part([])] * 20_000)])


def test_many_parts_of_parts() -> None:
    records = [{"kind": "struct", "fields": [{"name": "f", "form": "int8"}] * 9000}] * 3
    full = document(part([column("c", form) for form in records]))
    assert len(full) <= 1 << 20
    refused([full] * LAYOUT_DOCUMENTS)


def test_many_chunks() -> None:
    chunk = [[0], [0, 0]]
    refused([document(part([column("c", "null", [chunk] * 60_000)]))] * LAYOUT_DOCUMENTS)


def test_more_documents_than_allowed() -> None:
    refused([document(part([]))] * (LAYOUT_DOCUMENTS + 1))


@pytest.mark.parametrize("rows", [[0, 1], [1, 0], [1, 1]])
def test_parts_of_two_lengths_and_rows_without_a_column(rows: list[int]) -> None:
    refused([document(*(part([], count) for count in rows))])


def test_a_table_that_is_not_there() -> None:
    refused([document(part([], table=5))])
    refused([document(part([]))], tables=2)


def test_parts_that_fit_are_one_table() -> None:
    (table,) = assemble_tables([document(part([column("a")]), part([column("b")]))], BYTES, places([64]))
    assert table.column_names == ["a", "b"] and table.num_rows == 0
