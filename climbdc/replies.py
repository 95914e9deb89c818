"""What tools answer on its way out of the sandbox: short JSON as it is, long JSON in pieces, a schema for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, TypeAdapter

from climbdc.data import ROW
from climbdc.errors import ClimbdcError
from climbdc.pieces import PIECE, from_pieces, json_size, to_pieces
from climbdc.sandbox import Ok, Reply
from climbdc.sdk import Column, Figure, Severity, Suggestion

__all__ = ["PIECES", "BadReply", "pack_reply", "read_reply"]

PIECES = "__pieces__"
"""The table that carries a long answer."""
_TYPES = (pa.int64(), pa.float64(), pa.timestamp("us"), pa.large_string())


class BadReply(ValueError):
    """An answer does not have the form that was agreed; the message says where."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Finding(_Answer):
    """As `Finding.to_json` makes it."""

    challenge: str
    kind: str
    severity: Severity
    columns: list[str]
    rows: int | None
    evidence: dict[str, Any]
    suggestions: list[Suggestion]
    figures: list[Figure]


class _Looked(_Answer):
    findings: list[_Finding]


class _Fitted(_Answer):
    state: dict[str, Any]
    dictionary: list[dict[str, Any]]


class _Failed(_Answer):
    step: str
    tool: str
    reason: str


class _Applied(_Answer):
    failed: list[_Failed]


class _Metric(_Answer):
    """As `Metric` is written: what is not a number is null."""

    name: str
    model: str
    value: float | None
    low: float | None
    high: float | None
    rows: int
    folds: int
    better: Literal["higher", "lower"]
    detail: dict[str, Any]


class _Measured(_Answer):
    metrics: list[_Metric]
    findings: list[_Finding] = []


_SCHEMAS: dict[str, type[_Answer]] = {"look": _Looked, "fit": _Fitted, "apply": _Applied, "measure": _Measured}


def pack_reply(reply: Reply) -> Reply:
    """Make sure that the JSON of an answer is short: what is long goes into a table of pieces.

    Raises:
        ClimbdcError: One text in it alone is too long (`answer-too-large`), or all of it is (`document-too-long`).
    """
    try:
        short = json_size(reply.payload) <= PIECE
    except (TypeError, ValueError):
        return reply  # not JSON: the sandbox says so
    if short:
        return reply
    from climbdc.sandbox import pack_documents

    return replace(reply, payload={}, tables={**reply.tables, PIECES: pack_documents(to_pieces(reply.payload))})


def read_reply(verb: str, answer: Ok) -> Ok:
    """Put an answer together again and check that it is one of this verb's.

    Args:
        verb: What was asked; the answer of one that is not known here stays as it is.
        answer: Made by a tool, so trusted in nothing.

    Raises:
        BadReply: It is not.
    """
    tables = dict(answer.tables)
    pieces = tables.pop(PIECES, None)
    payload = answer.payload if pieces is None else _whole(pieces)
    schema = _SCHEMAS.get(verb)
    if schema is not None:
        try:
            _adapter(schema).validate_python(payload, strict=True)
            if schema is _Fitted:
                _columns().validate_python(payload["dictionary"])
        except ValueError as error:
            raise BadReply("its parts are not those of an answer to this job") from error
        if answer.blobs and schema is not _Fitted:
            raise BadReply("there are bytes that were not asked for")
        _CHECKS[verb](payload, tables)
    return replace(answer, payload=payload, tables=tables)


@cache
def _adapter(schema: type[_Answer]) -> TypeAdapter[_Answer]:
    return TypeAdapter(schema)


@cache
def _columns() -> TypeAdapter[list[Column]]:
    return TypeAdapter(list[Column])


def _whole(pieces: pa.Table) -> Any:
    from climbdc.sandbox import unpack_documents

    try:
        return from_pieces(unpack_documents(pieces))
    except (ValueError, ClimbdcError) as error:
        raise BadReply(str(error)) from error


def _check_rows(payload: dict[str, Any], tables: dict[str, pa.Table]) -> None:
    """Each finding about rows has a table of so many."""
    told = {
        f"rows/{n}": found["rows"] for n, found in enumerate(payload.get("findings", [])) if found["rows"] is not None
    }
    if told.keys() != tables.keys():
        raise BadReply("the tables are not those of its findings")
    for name, size in told.items():
        table = tables[name]
        if table.schema.names != [ROW] or table.num_rows != size:
            raise BadReply(f"the table {name} does not hold the rows of its finding")
        _check_frame(table, name)


def _check_fitted(payload: dict[str, Any], tables: dict[str, pa.Table]) -> None:
    _need_frame(tables, "train")
    for name, table in tables.items():
        if name == "lineage":
            if table.schema.names != [ROW, "source_row"] or set(table.schema.types) != {pa.int64()}:
                raise BadReply("the table of merged rows has other columns than it should")
        elif name == "train" or name.startswith("state/"):
            _check_frame(table, name)
        else:
            raise BadReply("there is a table that was not asked for")


def _check_applied(payload: dict[str, Any], tables: dict[str, pa.Table]) -> None:
    _need_frame(tables, "frame")
    if len(tables) > 1:
        raise BadReply("there is a table that was not asked for")


def _need_frame(tables: dict[str, pa.Table], name: str) -> None:
    if name not in tables:
        raise BadReply(f"there is no table {name}")
    _check_frame(tables[name], name)


def _check_frame(table: pa.Table, name: str) -> None:
    """Columns of the canonical types only, each with its own name, and numbered rows."""
    if len(set(table.schema.names)) < len(table.schema.names):
        raise BadReply(f"the table {name} has two columns of one name")
    if ROW not in table.schema.names or any(kind not in _TYPES for kind in table.schema.types):
        raise BadReply(f"the table {name} has columns of kinds that no frame has")
    if table.column(ROW).type != pa.int64() or table.column(ROW).null_count:
        raise BadReply(f"the rows of the table {name} are not numbered")


_CHECKS: dict[str, Callable[[dict[str, Any], dict[str, pa.Table]], None]] = {
    "look": _check_rows, "fit": _check_fitted, "apply": _check_applied, "measure": _check_rows,
}  # fmt: skip
