"""Hostile answers: what a job can write to the host by its own socket instead of an honest answer."""

from __future__ import annotations

import json
import os
import struct
import time
from typing import Any

import pyarrow as pa

from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.wire._wire import ANSWER, PROGRESS, OkAnswer, Part, dump_json

_SILENT_SECONDS = 4.0
_MB = 1 << 20
_GIGABYTE = 1_000_000_000
_BOMB_ROWS = 4 << 20


def _ok(payload: dict[str, Any] | None = None, *sizes: int) -> bytes:
    tables = [Part(name=f"t{number}", size=size) for number, size in enumerate(sizes)]
    return dump_json({"answer": OkAnswer(payload=payload or {}, tables=tables).model_dump()})


def _put(inside: Inside, data: bytes, *, frame: bool = True) -> None:
    if frame:
        inside.channel.write_frame(ANSWER, data)
    else:
        inside.channel.write(data)


def _speak(inside: Inside, attempts: Attempts, *pieces: bytes, frame: bool = True) -> None:
    """Say it in place of an answer, and end."""
    attempts.began()
    _put(inside, pieces[0], frame=frame)
    for piece in pieces[1:]:
        _put(inside, piece, frame=False)
    os._exit(0)


def _nested(inside: str) -> bytes:
    body = dump_json({"answer": OkAnswer(payload={"x": 0}).model_dump()}).decode()
    return body.replace('{"x":0}', '{"x":' + inside + "}").encode()


def _stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _send_table(inside: Inside, attempts: Attempts, data: bytes) -> None:
    _speak(inside, attempts, _ok(None, len(data)), data)


def answer_huge_length(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, struct.pack("!cQ", ANSWER, 1 << 60), frame=False)


def answer_bad_json(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, b"{'answer': \xff")


def answer_wrong_form(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, json.dumps({"answer": {"kind": "root", "detail": "x"}, "more": 1}).encode())


def answer_deep_json(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _nested("[" * 200_000 + "]" * 200_000))


def answer_huge_number(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _nested("9" * 100_000))


def answer_long_integer(inside: Inside, attempts: Attempts) -> None:
    """Within what Python reads, and beyond what a number of a report can be."""
    _speak(inside, attempts, _nested("9" * 400))


def answer_half_characters(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _nested('{"\\udc80":"\\ud800"}'))


def _announce(kind: str, *parts: tuple[str, int]) -> bytes:
    """An announcement that no honest worker could write."""
    announced: dict[str, object] = {"kind": "ok", "payload": {}, "tables": [], "blobs": [], "output": ""}
    announced[kind] = [{"name": name, "size": size} for name, size in parts]
    return json.dumps({"answer": announced}).encode()


def answer_two_of_one_name(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _announce("blobs", ("same", 4), ("same", 4)), b"one1two2")


def answer_announced_blobs(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _announce("blobs", ("never sent", _GIGABYTE)))


def answer_long_progress(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    inside.channel.write_frame(PROGRESS, b" " * (_MB - 100) + b'{"share":0.5,"text":"x"}')
    os._exit(0)


def answer_huge_table(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _ok(None, 1 << 40))


def answer_arrow_compressed(inside: Inside, attempts: Attempts) -> None:
    zeros = pa.Array.from_buffers(pa.int64(), _BOMB_ROWS, [None, pa.py_buffer(bytes(8 * _BOMB_ROWS))])
    _send_table(inside, attempts, _stream(pa.table({"x": zeros}), "zstd"))


def answer_arrow_offsets(inside: Inside, attempts: Attempts) -> None:
    good = _stream(pa.table({"x": ["first", "second", "third"]}))
    bad = good.replace(struct.pack("<4i", 0, 5, 11, 16), struct.pack("<4i", 0, 5, 1 << 30, 16))
    assert bad != good
    _send_table(inside, attempts, bad)


def answer_arrow_run_ends(inside: Inside, attempts: Attempts) -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([1 << 30], pa.int32()), pa.array([1.0]))
    _send_table(inside, attempts, _stream(pa.table({"x": runs})))


def answer_arrow_union(inside: Inside, attempts: Attempts) -> None:
    children = [pa.array(["x" * _MB]), pa.array([1.0])]
    kinds, places = pa.array([0] * 1000, pa.int8()), pa.array([0] * 1000, pa.int32())
    _send_table(inside, attempts, _stream(pa.table({"x": pa.UnionArray.from_dense(kinds, places, children)})))


def answer_arrow_dictionary(inside: Inside, attempts: Attempts) -> None:
    """200 GB of text when written out: one long value, named by every row."""
    places = pa.Array.from_buffers(pa.int32(), _BOMB_ROWS // 16, [None, pa.py_buffer(bytes(_BOMB_ROWS // 4))])
    bomb = pa.DictionaryArray.from_arrays(places, pa.array(["x" * _MB]))
    _send_table(inside, attempts, _stream(pa.table({"x": bomb})))


def answer_arrow_nulls(inside: Inside, attempts: Attempts) -> None:
    rows = pa.Array.from_buffers(pa.null(), (1 << 31) - 1, [None])
    _send_table(inside, attempts, _stream(pa.table({"x": rows})))


def answer_not_arrow(inside: Inside, attempts: Attempts) -> None:
    _send_table(inside, attempts, b"\xff" * 1000)


def answer_more_than_announced(inside: Inside, attempts: Attempts) -> None:
    data = _stream(pa.table({"x": [1.0]}))
    _speak(inside, attempts, _ok(None, len(data)), data, b"\xff" * (16 * _MB))


def answer_less_than_announced(inside: Inside, attempts: Attempts) -> None:
    _speak(inside, attempts, _ok(None, 1000), b"short")


def answer_twice(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    for number in (1, 2):
        _put(inside, _ok({"answer": number}))
    os._exit(0)


def answer_half(inside: Inside, attempts: Attempts) -> None:
    attempts.began()
    _put(inside, struct.pack("!cQ", ANSWER, 1000) + b'{"answer":', frame=False)
    time.sleep(_SILENT_SECONDS)
