"""Arrow tables out of a sandbox: written without compression, so that each buffer is a piece of the stream."""

from __future__ import annotations

from typing import IO, Any, Final

import pyarrow as pa

__all__ = ["encoded_size", "write_table"]

_PIECES: Final = 10_000
"""Pieces of columns above which a table is written in one piece: each piece has to be described."""


def _stream(sink: Any, table: pa.Table) -> None:
    if table.num_columns * max((column.num_chunks for column in table.columns), default=0) > _PIECES:
        table = table.combine_chunks()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=None)) as writer:
        writer.write_table(table)


def encoded_size(table: pa.Table) -> int:
    """Bytes that `write_table` would write, without writing them."""
    sink = pa.MockOutputStream()
    _stream(sink, table)
    return int(sink.size())


def write_table(table: pa.Table, file: IO[bytes]) -> None:
    """Write a table as an uncompressed Arrow stream, buffer by buffer."""
    sink = pa.PythonFile(file, mode="w")
    _stream(sink, table)
    sink.flush()
