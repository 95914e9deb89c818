"""What the locked decoder tells the host about a table: where its buffers lie, and nothing that has to be believed.

The host never parses the metadata of an Arrow stream that a job sent. It gets this plain form, checks it against the
bytes that it holds itself, and puts the arrays together. Types come from a closed list; whatever could unfold into far
more than its bytes (run lengths, views, unions) or is made into an object on reading (extensions) has no form here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from climbdc.errors import ClimbdcError

__all__ = [
    "LAYOUT_DOCUMENTS",
    "Chunk",
    "Column",
    "DecimalForm",
    "DictionaryForm",
    "FieldForm",
    "FixedBinaryForm",
    "FixedListForm",
    "Form",
    "HostileTable",
    "LayoutPart",
    "ListForm",
    "Place",
    "StructForm",
    "TextPairs",
    "ZonedForm",
    "places",
]

LAYOUT_DOCUMENTS: Final = 16
"""Most JSON documents of 1 MiB that may describe the tables of one answer: enough for about 100,000 columns."""
_ALIGNMENT: Final = 64


class HostileTable(ClimbdcError):
    """Bytes that are not a plain, valid, uncompressed Arrow stream, or a description that does not fit them."""

    default_code = "hostile-table"


Place = tuple[int, int]
"""Offset and size of one table's stream among the bytes of an answer."""


def places(sizes: Sequence[int]) -> list[Place]:
    """Where streams of these sizes go, one behind the other, each at a multiple of 64.

    >>> places([100, 64, 8])
    [(0, 100), (128, 64), (192, 8)]

    Raises:
        HostileTable: One is empty, which no Arrow stream is.
    """
    found: list[Place] = []
    end = 0
    for size in sizes:
        if size <= 0:
            raise HostileTable("a table without bytes")
        found.append((end, size))
        end += -(-size // _ALIGNMENT) * _ALIGNMENT
    return found


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


_Name = Annotated[str, Field(max_length=1 << 16)]
_Count = Annotated[int, Field(ge=0, le=1 << 48)]
_Unit = Literal["s", "ms", "us", "ns"]
_Index = Literal["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


class DecimalForm(_Form):
    """A decimal number of 128 bits."""

    kind: Literal["decimal128"]
    precision: int = Field(ge=1, le=38)
    scale: int = Field(ge=-38, le=38)


class FixedBinaryForm(_Form):
    """Bytes of one width."""

    kind: Literal["fixed_binary"]
    width: int = Field(ge=1, le=1 << 20)


class ZonedForm(_Form):
    """A moment with a time zone, named as IANA does or as an offset."""

    kind: Literal["zoned"]
    unit: _Unit
    zone: str = Field(pattern=r"^[A-Za-z0-9+:_-]+(/[A-Za-z0-9+:_-]+)*$", max_length=64)


class DictionaryForm(_Form):
    """Categories."""

    kind: Literal["dictionary"]
    index: _Index
    values: Form
    ordered: bool = False


class ListForm(_Form):
    """A list a row."""

    kind: Literal["list", "large_list"]
    item: FieldForm


class FixedListForm(_Form):
    """A list of one length a row."""

    kind: Literal["fixed_list"]
    size: int = Field(ge=1, le=(1 << 31) - 1)
    item: FieldForm


class StructForm(_Form):
    """A record a row."""

    kind: Literal["struct"]
    fields: list[FieldForm] = Field(min_length=1, max_length=10_000)


_Compound = DecimalForm | FixedBinaryForm | ZonedForm | DictionaryForm | ListForm | FixedListForm | StructForm
Form = Annotated[str, Field(max_length=20)] | Annotated[_Compound, Field(discriminator="kind")]
"""A type: its Arrow name where that says all, otherwise an object."""

TextPairs = tuple[tuple[str, str], ...]
"""Metadata; bytes written as Latin-1."""


class FieldForm(_Form):
    """Name and type of a column or of a part of one."""

    name: _Name
    form: Form
    nullable: bool = True
    metadata: TextPairs = ()


Chunk = tuple[list[_Count], list[_Count]]
"""Lengths of the arrays of a chunk, and offset and size of each buffer in turn; both depth first, as IPC orders them,
with the values of a dictionary behind its indices. Size 0 is a buffer that is not there."""


class Column(_Form):
    """One column with its chunks."""

    field: FieldForm
    chunks: list[Chunk]


class LayoutPart(_Form):
    """Some columns of one table; the parts of a table follow one another. A document is a list of parts."""

    table: int = Field(ge=0, lt=1000)
    rows: _Count
    metadata: TextPairs = ()
    columns: list[Column]
