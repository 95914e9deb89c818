"""Arrays cut out of bytes by numbers that may be lies; see `_assembling`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from climbdc.sandbox.answers._kinds import TEXTS
from climbdc.sandbox.answers._layout import Chunk, HostileTable

__all__ = ["Allowance", "Piece", "cut_array"]

_ALIGNMENT: Final = 8
_UNFOLDED: Final = 4
_UNFOLDED_BYTES: Final = 512 << 20
_ARRAYS: Final = 100_000

Piece = tuple[int, int]
"""Where a buffer begins and ends."""


class Allowance:
    """What all tables of one answer may come to when their values are written out as numbers and texts.

    Four times the bytes of the answer and 512 MiB: a column of nothing, of truth values or of categories takes less in
    Arrow than in the frame that is made of it.

    Args:
        size: Bytes of the answer.
    """

    def __init__(self, size: int) -> None:
        self._bytes = _UNFOLDED * size + _UNFOLDED_BYTES
        self._arrays = _ARRAYS

    def array(self, size: int) -> None:
        """Count one more array.

        Raises:
            HostileTable: It is one too many.
        """
        self._arrays -= 1
        if self._arrays < 0:
            raise HostileTable(f"more than {_ARRAYS} pieces of columns")
        self.values(size)

    def values(self, size: int) -> None:
        """Count so many bytes of values.

        Raises:
            HostileTable: They are too many.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise HostileTable("few bytes that unfold into far more")


class _Cursor:
    """Reads the numbers of one chunk in turn and cuts the buffers."""

    def __init__(self, chunk: Chunk, stream: pa.Buffer, allowance: Allowance) -> None:
        self._lengths: Iterator[int] = iter(chunk[0])
        self._buffers: Iterator[int] = iter(chunk[1])
        self._stream = stream
        self.allowance = allowance
        self.taken: list[Piece] = []

    def length(self, width: int) -> int:
        """Length of the next array, whose values take so many bytes each."""
        length = next(self._lengths, None)
        if length is None:
            raise HostileTable("a description that ends too early")
        self.allowance.array(length * max(8, width))
        return length

    def buffer(self, size: int) -> pa.Buffer | None:
        """The next buffer, of this size at least; None where it has no bytes and needs none."""
        offset, length = next(self._buffers, None), next(self._buffers, None)
        if offset is None or length is None:
            raise HostileTable("a description that ends too early")
        if length == 0 and size <= 0:
            return None
        if length < size:
            raise HostileTable(f"a buffer of {length} bytes, {size} are needed")
        if offset % _ALIGNMENT or offset + length > self._stream.size:
            raise HostileTable("a buffer outside the bytes or between two words")
        self.taken.append((offset, offset + length))
        return self._stream.slice(offset, length)

    def bitmap(self, length: int) -> pa.Buffer | None:
        """Which values are there; None where all are."""
        found = self.buffer(0)
        if found is not None and found.size < (length + 7) // 8:
            raise HostileTable("fewer marks of missing values than values")
        return found

    def end(self) -> None:
        """Check that nothing is left."""
        if next(self._lengths, None) is not None or next(self._buffers, None) is not None:
            raise HostileTable("a description of more than the column has")


def _array(kind: pa.DataType, cursor: _Cursor) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return _categories(kind, cursor)
    if pa.types.is_null(kind):
        return pa.nulls(cursor.length(8))
    if kind.id in TEXTS:
        return _texts(kind, cursor)
    if kind.num_fields:
        return _nested(kind, cursor)
    length = cursor.length(kind.bit_width // 8)
    validity = cursor.bitmap(length)
    values = cursor.buffer((length * kind.bit_width + 7) // 8)
    return pa.Array.from_buffers(kind, length, [validity, values or _nothing()])


def _nothing() -> pa.Buffer:
    return pa.py_buffer(bytes(_ALIGNMENT))


def _offsets(length: int, width: int, cursor: _Cursor) -> pa.Buffer:
    """Where each value begins; none are needed for no values."""
    return cursor.buffer((length + 1) * width if length else 0) or _nothing()


def _texts(kind: pa.DataType, cursor: _Cursor) -> pa.Array:
    length = cursor.length(8)
    validity = cursor.bitmap(length)
    offsets = _offsets(length, 8 if kind in (pa.large_string(), pa.large_binary()) else 4, cursor)
    values = cursor.buffer(0) or _nothing()
    cursor.allowance.values(values.size)
    return pa.Array.from_buffers(kind, length, [validity, offsets, values])


def _categories(kind: pa.DataType, cursor: _Cursor) -> pa.Array:
    indices = _array(kind.index_type, cursor)
    values = _array(kind.value_type, cursor)
    values.validate(full=True)
    categories = pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered, safe=True)
    if kind.value_type.id in TEXTS:
        written = pc.sum(pc.take(pc.binary_length(values), indices)).as_py() or 0
    else:
        written = len(indices) * max(8, kind.value_type.bit_width // 8)
    cursor.allowance.values(written)
    return categories


def _nested(kind: pa.DataType, cursor: _Cursor) -> pa.Array:
    length = cursor.length(8)
    buffers = [cursor.bitmap(length)]
    each = 1 if pa.types.is_struct(kind) else 0
    if pa.types.is_fixed_size_list(kind):
        each = kind.list_size
    elif not each:
        buffers.append(_offsets(length, 8 if pa.types.is_large_list(kind) else 4, cursor))
    children = [_array(kind.field(number).type, cursor) for number in range(kind.num_fields)]
    if any(len(child) < each * length for child in children):
        raise HostileTable("a list or record with fewer values than rows")
    return pa.Array.from_buffers(kind, length, buffers, children=children)


def cut_array(kind: pa.DataType, chunk: Chunk, stream: pa.Buffer, allowance: Allowance) -> tuple[pa.Array, list[Piece]]:
    """One chunk of a column, not yet validated, and the pieces of the stream that it takes.

    Raises:
        HostileTable: The numbers do not fit the bytes.
        pa.ArrowException: Arrow noticed it first.
    """
    cursor = _Cursor(chunk, stream, allowance)
    array = _array(kind, cursor)
    cursor.end()
    return array, cursor.taken
