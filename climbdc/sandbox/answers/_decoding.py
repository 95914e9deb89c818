"""Inside: a fresh, locked worker without user code reads the Arrow streams of another job, and says where things lie.

Reading hostile Arrow can cost far more memory than its bytes (compressed bodies, run lengths, views), reach outside its
buffers (bad offsets), or crash the reader. It happens here, where a crash harms nobody. Metadata is read first and
whatever could unfold is refused, so that every buffer is a piece of the stream; the host rebuilds the table from those.
Format: Apache Arrow `format/Message.fbs` and the FlatBuffers internals page for its tables.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from pydantic import ValidationError

from climbdc.sandbox._job import Reply
from climbdc.sandbox.answers._kinds import arrow_field, field_form, metadata_pairs, own_buffers
from climbdc.sandbox.answers._layout import LAYOUT_DOCUMENTS, Chunk, FieldForm, HostileTable, LayoutPart, Place
from climbdc.sandbox.wire._json import JSON_BYTES

__all__ = ["DECODE_VERB", "decode_reply", "describe_stream"]

DECODE_VERB: Final = "__decode__"
_ROWS_WITHOUT_BYTES: Final = 1_000_000
_WANTED_BYTES: Final = JSON_BYTES // 2
# Field numbers in Message.fbs: Message.header; RecordBatch.compression; DictionaryBatch.data.
_HEADER_FIELD, _COMPRESSION_FIELD, _DICTIONARY_DATA_FIELD = 2, 3, 1
_BROKEN = (pa.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError, RecursionError, struct.error)


def _position(buffer: bytes, table: int, number: int) -> int | None:
    """Position of a field of a FlatBuffers table, or None where it is not set."""
    vtable = table - int(struct.unpack_from("<i", buffer, table)[0])
    if vtable < 0:
        raise HostileTable("broken metadata")
    if 4 + 2 * number >= struct.unpack_from("<H", buffer, vtable)[0]:
        return None
    offset = int(struct.unpack_from("<H", buffer, vtable + 4 + 2 * number)[0])
    return table + offset if offset else None


def _follow(buffer: bytes, position: int | None) -> int:
    if position is None:
        raise HostileTable("incomplete metadata")
    return position + int(struct.unpack_from("<I", buffer, position)[0])


def _is_compressed(message: pa.ipc.Message) -> bool:
    metadata = message.metadata.to_pybytes()
    header = _follow(metadata, _position(metadata, _follow(metadata, 0), _HEADER_FIELD))
    if message.type == "dictionary":
        header = _follow(metadata, _position(metadata, header, _DICTIONARY_DATA_FIELD))
    return _position(metadata, header, _COMPRESSION_FIELD) is not None


def _check_messages(stream: pa.Buffer) -> None:
    for message in pa.ipc.MessageReader.open_stream(stream):
        if message.type == "schema":
            continue
        if message.type not in ("record batch", "dictionary"):
            raise HostileTable(f"a message of type {message.type!r}")
        if message.metadata_version != pa.ipc.MetadataVersion.V5:
            raise HostileTable("an old Arrow version, whose compression cannot be seen")
        if _is_compressed(message):
            raise HostileTable("a compressed body")


def _forms(schema: pa.Schema) -> list[FieldForm]:
    """The columns in their plain form, there and back: what the host would refuse is refused before any is read."""
    forms = [field_form(field) for field in schema]
    for form in forms:
        arrow_field(form)
    return forms


def _read(stream: pa.Buffer) -> tuple[pa.Table, list[FieldForm]]:
    """The table of a stream, checked in full, and what its columns are."""
    _check_messages(stream)
    with pa.ipc.open_stream(stream) as reader:
        forms = _forms(reader.schema)
        table = reader.read_all()
    if table.num_rows > 8 * stream.size + _ROWS_WITHOUT_BYTES:
        raise HostileTable(f"{table.num_rows} rows in {stream.size} bytes")
    if table.num_columns == 0 and table.num_rows:
        raise HostileTable(f"{table.num_rows} rows without a column")
    table.validate(full=True)
    return table, forms


class _Walk:
    """Lengths and buffers of the arrays of one chunk, depth first."""

    def __init__(self, stream: pa.Buffer) -> None:
        self._start, self._size = stream.address, stream.size
        self.lengths: list[int] = []
        self.buffers: list[int] = []

    def visit(self, array: pa.Array) -> None:
        kind = array.type
        if pa.types.is_dictionary(kind):
            self.visit(array.indices)
            self.visit(array.dictionary)
            return
        if array.offset:
            raise HostileTable("an array that does not begin where its buffers begin")
        self.lengths.append(len(array))
        for buffer in array.buffers()[: own_buffers(kind)]:
            self._place(buffer)
        if pa.types.is_struct(kind):
            for number in range(kind.num_fields):
                self.visit(array.field(number))
        elif kind.num_fields:
            self.visit(array.values)

    def _place(self, buffer: pa.Buffer | None) -> None:
        if buffer is None or buffer.size == 0:
            self.buffers += (0, 0)
            return
        offset = buffer.address - self._start
        if offset < 0 or offset + buffer.size > self._size:
            raise HostileTable("values that had to be rebuilt on reading")
        self.buffers += (offset, buffer.size)


def _chunk(array: pa.Array, stream: pa.Buffer) -> Chunk:
    walk = _Walk(stream)
    walk.visit(array)
    return walk.lengths, walk.buffers


def _columns(table: pa.Table, forms: list[FieldForm], stream: pa.Buffer) -> Iterator[bytes]:
    """The JSON of each `Column`."""
    for form, column in zip(forms, table.columns, strict=True):
        chunks = json.dumps([_chunk(chunk, stream) for chunk in column.chunks], separators=(",", ":"))
        yield f'{{"field":{form.model_dump_json(exclude_defaults=True)},"chunks":{chunks}}}'.encode()


def describe_stream(data: Any, table: int = 0) -> list[bytes]:
    """Check one Arrow stream that may be hostile, and say where its buffers lie.

    Args:
        data: Its bytes, mapped into memory; nothing is copied.
        table: Its position among the tables of the answer.

    Returns:
        The JSON of one `LayoutPart` or more, each with some of the columns.

    Raises:
        HostileTable: It is broken, compressed, of a type that unfolds, or of more rows than its bytes can carry; or
            one column alone takes more than a document to describe.
    """
    stream = pa.py_buffer(data)
    try:
        content, forms = _read(stream)
        metadata = metadata_pairs(content.schema.metadata)
        head = LayoutPart(table=table, rows=content.num_rows, metadata=metadata, columns=[])
        opening = head.model_dump_json().removesuffix("]}").encode()
        return list(_gathered(opening, _columns(content, forms, stream), b"]}")) or [opening + b"]}"]
    except ValidationError as error:
        raise HostileTable("names or types beyond reason") from error
    except _BROKEN as error:
        raise HostileTable(f"not a valid Arrow stream: {str(error)[:200]}") from error


def _gathered(opening: bytes, pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    """Put pieces of JSON into lists of about half a document, one at least in each."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        if held and size + len(piece) > _WANTED_BYTES:
            yield opening + b",".join(held) + closing
            held, size = [], 0
        held.append(piece)
        size += len(piece) + 1
    if held:
        yield opening + b",".join(held) + closing


def decode_reply(data: Any, where: Sequence[Place] | Sequence[Sequence[int]]) -> Reply:
    """Answer the verb `__decode__`: the layouts of all tables of an answer, as blobs `0`, `1`, ...

    Args:
        data: Their bytes, mapped into memory.
        where: Place of each table.

    Raises:
        HostileTable: See `describe_stream`; or the layouts are longer than `LAYOUT_DOCUMENTS` documents of 1 MiB.
    """
    view = memoryview(data)
    parts = (
        part
        for table, (offset, size) in enumerate(where)
        for part in describe_stream(view[offset : offset + size], table)
    )
    documents = list(_gathered(b"[", parts, b"]"))
    if len(documents) > LAYOUT_DOCUMENTS or any(len(document) > JSON_BYTES for document in documents):
        raise HostileTable("tables of more columns and chunks than can be described")
    return Reply({}, blobs={str(number): document for number, document in enumerate(documents)})
