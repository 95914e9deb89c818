"""Arrow types to their plain form and back; what has no plain form is refused on both sides."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from climbdc.sandbox.answers._layout import (
    DecimalForm,
    DictionaryForm,
    FieldForm,
    FixedBinaryForm,
    FixedListForm,
    HostileTable,
    ListForm,
    StructForm,
    TextPairs,
    ZonedForm,
)

__all__ = ["TEXTS", "arrow_field", "field_form", "metadata_pairs", "own_buffers", "pairs_metadata"]

_DEPTH: Final = 8
_METADATA_BYTES: Final = 1 << 18
_RESERVED: Final = b"ARROW:"

_PLAIN: Final[dict[str, pa.DataType]] = {
    str(kind): kind
    for kind in (
        pa.null(), pa.bool_(),
        pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
        pa.float16(), pa.float32(), pa.float64(),
        pa.string(), pa.large_string(), pa.binary(), pa.large_binary(),
        pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
        *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
        *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
    )
}  # fmt: skip
TEXTS: Final = frozenset(kind.id for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()))


def own_buffers(kind: pa.DataType) -> int:
    """How many buffers an array of this type has itself; a dictionary's are those of its indices and its values."""
    if pa.types.is_null(kind):
        return 0
    if pa.types.is_struct(kind) or pa.types.is_fixed_size_list(kind):
        return 1
    return 3 if kind.id in TEXTS else 2


def metadata_pairs(metadata: dict[bytes, bytes] | None) -> TextPairs:
    """Metadata in its plain form.

    Raises:
        HostileTable: It is longer than 256 KiB, or uses Arrow's own names, which have a meaning when read again.
    """
    if not metadata:
        return ()
    if sum(len(key) + len(value) for key, value in metadata.items()) > _METADATA_BYTES:
        raise HostileTable(f"more than {_METADATA_BYTES} bytes of metadata")
    if any(key.startswith(_RESERVED) for key in metadata):
        raise HostileTable("metadata of an extension type")
    return tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in metadata.items())


def pairs_metadata(pairs: TextPairs) -> dict[bytes, bytes] | None:
    """Metadata from its plain form.

    Raises:
        HostileTable: As `metadata_pairs`, or a character is no byte.
    """
    if not pairs:
        return None
    try:
        found = {key.encode("latin-1"): value.encode("latin-1") for key, value in pairs}
    except UnicodeEncodeError as error:
        raise HostileTable("metadata that is not bytes") from error
    metadata_pairs(found)
    return found


def _form(kind: pa.DataType) -> Any:
    """A type in its plain form.

    Raises:
        HostileTable: It has none: it could unfold, or is made into an object when read.
    """
    plain = str(kind)
    if _PLAIN.get(plain) == kind:
        return plain
    if pa.types.is_decimal128(kind):
        return DecimalForm(kind="decimal128", precision=kind.precision, scale=kind.scale)
    if pa.types.is_timestamp(kind):
        return ZonedForm(kind="zoned", unit=kind.unit, zone=kind.tz)
    if pa.types.is_fixed_size_binary(kind):
        return FixedBinaryForm(kind="fixed_binary", width=kind.byte_width)
    if pa.types.is_dictionary(kind):
        index: Any = str(kind.index_type)
        return DictionaryForm(kind="dictionary", index=index, values=_form(kind.value_type), ordered=kind.ordered)
    return _nested(kind)


def _nested(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return ListForm(kind="list" if pa.types.is_list(kind) else "large_list", item=field_form(kind.value_field))
    if pa.types.is_fixed_size_list(kind):
        return FixedListForm(kind="fixed_list", size=kind.list_size, item=field_form(kind.value_field))
    if pa.types.is_struct(kind):
        return StructForm(kind="struct", fields=[field_form(kind.field(number)) for number in range(kind.num_fields)])
    raise HostileTable(f"a column of type {str(kind)[:100]}, which could unfold or has no plain form")


def field_form(field: pa.Field) -> FieldForm:
    """A field in its plain form; see `_form`."""
    form, metadata = _form(field.type), metadata_pairs(field.metadata)
    return FieldForm(name=field.name, form=form, nullable=field.nullable, metadata=metadata)


def arrow_field(form: FieldForm) -> pa.Field:
    """A field from its plain form.

    Raises:
        HostileTable: The form is none, or nested deeper than 8.
    """
    return _field(form, _DEPTH)


def _field(form: FieldForm, depth: int) -> pa.Field:
    return pa.field(form.name, _kind(form.form, depth), form.nullable, pairs_metadata(form.metadata))


def _kind(form: Any, depth: int) -> pa.DataType:
    if isinstance(form, str):
        if form not in _PLAIN:
            raise HostileTable(f"a column of unknown type {form!r}")
        return _PLAIN[form]
    match form:
        case DecimalForm():
            return pa.decimal128(form.precision, form.scale)
        case FixedBinaryForm():
            return pa.binary(form.width)
        case ZonedForm():
            return pa.timestamp(form.unit, form.zone)
        case DictionaryForm():
            return _dictionary(form)
    if depth == 0:
        raise HostileTable(f"types nested deeper than {_DEPTH}")
    return _nested_kind(form, depth - 1)


def _dictionary(form: DictionaryForm) -> pa.DataType:
    values = _kind(form.values, 0)
    if pa.types.is_null(values) or pa.types.is_dictionary(values):
        raise HostileTable(f"categories of type {values}")
    return pa.dictionary(_PLAIN[form.index], values, form.ordered)


def _nested_kind(form: ListForm | FixedListForm | StructForm, depth: int) -> pa.DataType:
    if isinstance(form, StructForm):
        return pa.struct([_field(field, depth) for field in form.fields])
    item = _field(form.item, depth)
    if pa.types.is_null(item.type):
        raise HostileTable("lists of nothing, which could unfold")
    if isinstance(form, FixedListForm):
        return pa.list_(item, form.size)
    return pa.list_(item) if form.kind == "list" else pa.large_list(item)
