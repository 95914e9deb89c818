"""Frames on disk and their fingerprints."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data._frames import from_arrow, to_arrow

__all__ = ["frame_hash", "read_frame", "write_frame", "write_whole"]


def write_frame(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write an uncompressed Arrow file; equal frames give equal bytes, and a reader never meets half a file."""
    table = to_arrow(frame)
    table = pa.table([_compact(column) for column in table.columns], names=table.column_names)

    def write(handle: BinaryIO) -> None:
        with pa.ipc.new_file(handle, table.schema) as sink:
            sink.write_table(table)

    write_whole(path, write)


def read_frame(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read what `write_frame` wrote, by memory map: the pages are shared, and loaded as they are used.

    The arrays are read-only.
    """
    with pa.memory_map(os.fspath(path)) as source:
        return from_arrow(pa.ipc.open_file(source).read_all())


def frame_hash(frame: pd.DataFrame) -> str:
    """SHA-256 of names, dtypes, index and values; the same however the frame came about."""
    table = to_arrow(frame)
    total = hashlib.sha256(str(table.num_rows).encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        total.update(f"\n{len(name.encode())} {name} {column.type} ".encode())
        total.update(_column_digest(column))
    return total.hexdigest()


def write_whole(path: str | os.PathLike[str], write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a file beside `path`, then put it in place of `path` in one step."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as sink:
            write(sink)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _compact(column: pa.ChunkedArray) -> pa.Array:
    """One chunk with nothing left over under its nulls, so that equal columns have equal bytes."""
    array = column.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if not array.null_count:
        return array
    return array.take(pa.array(np.arange(len(array), dtype="int64")))


def _column_digest(column: pa.ChunkedArray) -> bytes:
    shape, content = hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        if pa.types.is_large_string(chunk.type):
            lengths = pc.fill_null(pc.binary_length(chunk), -1)
            shape.update(lengths.to_numpy())
            content.update(_text_bytes(chunk.drop_null() if chunk.null_count else chunk))
        else:
            content.update(_number_bytes(chunk))
    return shape.digest() + content.digest()


def _text_bytes(array: pa.Array) -> Any:
    if not len(array):
        return b""
    offsets = memoryview(array.buffers()[1]).cast("q")
    start, end = offsets[array.offset], offsets[array.offset + len(array)]
    data = array.buffers()[2]
    return memoryview(data)[start:end] if data is not None else b""


def _number_bytes(array: pa.Array) -> Any:
    values = array.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "f":
        values = values.copy()
        values[values != values] = float("nan")  # one bit pattern for every missing number
    return values.view("int64").data if len(values) else b""
