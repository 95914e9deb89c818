"""Arrow tables out of a sandbox: written without compression, and checked before anything is believed.

Decoding hostile Arrow can cost far more memory than its bytes (compressed bodies, run lengths, views) or reach outside
its buffers (bad offsets). Metadata is therefore read first, and whatever could unfold is refused.
Format: Apache Arrow `format/Message.fbs` and the FlatBuffers internals page for its tables.
"""

from __future__ import annotations

import struct
from typing import IO, Any

import pyarrow as pa

__all__ = ["HostileTable", "decode_table", "encoded_size", "write_table"]

_ROWS_WITHOUT_BYTES = 1_000_000
# Field numbers in Message.fbs: Message.header; RecordBatch.compression; DictionaryBatch.data.
_HEADER_FIELD, _COMPRESSION_FIELD, _DICTIONARY_DATA_FIELD = 2, 3, 1


class HostileTable(ValueError):
    """Bytes that are not a plain, valid, uncompressed Arrow stream."""


def _stream(sink: Any, table: pa.Table) -> None:
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


def _field(buffer: bytes, table: int, number: int) -> int | None:
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
    try:
        header = _follow(metadata, _field(metadata, _follow(metadata, 0), _HEADER_FIELD))
        if message.type == "dictionary":
            header = _follow(metadata, _field(metadata, header, _DICTIONARY_DATA_FIELD))
        return _field(metadata, header, _COMPRESSION_FIELD) is not None
    except struct.error as error:
        raise HostileTable("broken metadata") from error


def _check_messages(buffer: pa.Buffer) -> None:
    for message in pa.ipc.MessageReader.open_stream(buffer):
        if message.type == "schema":
            continue
        if message.type not in ("record batch", "dictionary"):
            raise HostileTable(f"a message of type {message.type!r}")
        if message.metadata_version != pa.ipc.MetadataVersion.V5:
            raise HostileTable("an old Arrow version, whose compression cannot be seen")
        if _is_compressed(message):
            raise HostileTable("a compressed body")


def _check_type(kind: pa.DataType) -> None:
    refused = (
        pa.types.is_run_end_encoded(kind)
        or pa.types.is_union(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary_view(kind)
        or type(kind).__name__.startswith(("ListView", "LargeListView"))
    )
    if refused:
        raise HostileTable(f"a column of type {kind}, which could unfold")
    storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if pa.types.is_dictionary(storage):
        _check_type(storage.value_type)
    for index in range(storage.num_fields):
        inner = storage.field(index).type
        if pa.types.is_null(inner) and not pa.types.is_struct(storage):
            raise HostileTable(f"a column of type {kind}, which could unfold")
        _check_type(inner)


def decode_table(data: bytes | bytearray) -> pa.Table:
    """Read one Arrow stream that may be hostile, without copying it.

    Raises:
        HostileTable: It is broken, compressed, of a type that unfolds, or of more rows than its bytes can carry.
    """
    buffer = pa.py_buffer(data)
    try:
        _check_messages(buffer)
        with pa.ipc.open_stream(buffer) as reader:
            for field in reader.schema:
                _check_type(field.type)
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        if isinstance(error, HostileTable):
            raise
        raise HostileTable(f"not a valid Arrow stream: {str(error)[:200]}") from error
    if table.num_rows > 8 * len(data) + _ROWS_WITHOUT_BYTES:
        raise HostileTable(f"{table.num_rows} rows in {len(data)} bytes")
    return table
