"""A handler for the sandbox tests: honest verbs, clumsy verbs and hostile verbs. It runs inside the sandbox."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.errors import ClimbdcError
from climbdc.sandbox import Progress, Reply

Tables = dict[str, pa.Table]


class NothingToDo(ValueError):
    not_applicable = True


class Busy(ClimbdcError):
    retryable = True


def handle(verb: str, payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    return VERBS[verb](payload, tables, progress)


def echo(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    return Reply(payload, dict(tables), {"picture": b"\x00\xff"})


def group(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    frame = tables["train"].select(["group", "f0", "f1"]).to_pandas(split_blocks=True)
    means = frame.groupby("group", as_index=False, observed=True)[["f0", "f1"]].mean()
    return Reply({"rows": tables["train"].num_rows}, {"means": pa.Table.from_pandas(means, preserve_index=False)})


def report(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    progress(0.25, "reading")
    print("said on standard output")
    print("said on standard error", file=sys.stderr)
    progress(7, "done")
    return Reply({})


def fail(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    kinds: dict[str, BaseException] = {
        "bug": KeyError("column"),
        "told": ClimbdcError("It came so.", fix="Do that.", code="known"),
        "busy": Busy("Not now."),
        "nothing": NothingToDo("No dates here."),
        "exit": SystemExit(3),
        "surrogate": ValueError("\udc80"),
    }
    print("before the end")
    raise kinds[payload["kind"]]


def odd_reply(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    wrong: Any = {"not": "a reply"}
    replies: dict[str, Reply] = {"object": wrong, "nan": Reply({"x": float("nan")}), "numpy": Reply({"x": np.int64(1)})}
    return replies[payload["kind"]]


def seeds(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    return Reply({"numpy": np.random.rand(), "set": [*{"a", "b", "c", "d", "e"}], "pid": os.getpid()})


def threads(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    results: list[int] = []
    workers = [threading.Thread(target=results.append, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Reply({"count": len(results)})


def rest(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    progress(0.1, str(os.getpid()))
    time.sleep(payload["seconds"])
    return Reply({"pid": os.getpid(), "zygote": os.getppid()})


def spin(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    while True:
        np.arange(1000).sum()


def leave_thread(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return Reply({"pid": os.getpid()})


def huge_print(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    for _ in range(3000):
        print("x" * 100_000)
    os.write(1, b"past Python")
    return Reply({})


def memory(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    kept = []
    for _ in range(payload["megabytes"] // 64):
        kept.append(np.ones(64 << 17))
    return Reply({"kept": len(kept)})


def big_answer(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    return Reply({}, {"big": pa.table({"x": np.zeros(payload["megabytes"] << 17)})})


def fork_bomb(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    while True:
        if os.fork() == 0:
            time.sleep(60)


def thread_bomb(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    threading.stack_size(32 << 10)
    while True:
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()


def die(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    if payload["how"] == "exit":
        os._exit(7)
    if payload["how"] == "crash":
        ctypes.string_at(0)
    os.kill(os.getpid(), signal.SIGKILL)
    return Reply({})


def attempt(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    """Run each statement and tell its result, or the name of what stopped it."""
    told: dict[str, str] = {}
    for source in payload["try"]:
        try:
            told[source] = f"did: {eval(source, {'os': os, 'socket': socket, 'ctypes': ctypes, 'signal': signal})}"
        except BaseException as error:
            told[source] = type(error).__name__
    return Reply(told)


def remember(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    memory = vars(pd)
    memory["climbdc_memory"] = memory.get("climbdc_memory", 0) + 1
    return Reply({"count": memory["climbdc_memory"]})


def open_files(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    return Reply({"files": [file for file in range(512) if _is_open(file)], "socket": _job_socket()})


def _is_open(file: int) -> bool:
    try:
        os.fstat(file)
        return True
    except OSError:
        return False


def _job_socket() -> int:
    return next(file for file in range(3, 512) if _is_open(file) and stat.S_ISSOCK(os.fstat(file).st_mode))


def _frame(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!cQ", kind, len(body)) + body


def _ok(payload: str = "{}", tables: str = "[]", blobs: str = "[]") -> bytes:
    text = f'{{"answer":{{"kind":"ok","payload":{payload},"tables":{tables},"blobs":{blobs},"output":""}}}}'
    return _frame(b"A", text.encode())


def _table_answer(data: bytes, size: int | None = None) -> bytes:
    return _ok(tables=json.dumps([{"name": "t", "size": len(data) if size is None else size}])) + data


def _stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _bad_offsets() -> bytes:
    good = _stream(pa.table({"x": ["first", "second", "third"]}))
    return good.replace(struct.pack("<4i", 0, 5, 11, 16), struct.pack("<4i", 0, 5, 1 << 30, 16))


def forge(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    """Speak for the worker, wrongly."""
    unfolding = pa.RunEndEncodedArray.from_arrays(pa.array([1 << 30], pa.int32()), pa.array([1.0]))
    forgeries = {
        "letters": lambda: b"what is this" * 100,
        "pickle": lambda: _frame(b"A", b"\x80\x04cposix\nsystem\n(S'touch /tmp/x'\ntR."),
        "not-json": lambda: _frame(b"A", b"{'answer'"),
        "nan": lambda: _ok('{"x":NaN}'),
        "deep": lambda: _ok("[" * 200_000),
        "long-number": lambda: _ok('{"x":' + "9" * 100_000 + "}"),
        "unknown-kind": lambda: _frame(b"A", b'{"answer":{"kind":"root"}}'),
        "extra-field": lambda: _frame(b"A", b'{"answer":{"kind":"broken","detail":"x","more":1}}'),
        "big-header": lambda: struct.pack("!cQ", b"A", 1 << 40),
        "big-table": lambda: _table_answer(b"", 1 << 40),
        "negative": lambda: _table_answer(b"", -5),
        "bytes": lambda: _table_answer(b"\xff" * 1000),
        "offsets": lambda: _table_answer(_bad_offsets()),
        "zstd": lambda: _table_answer(_stream(pa.table({"x": np.zeros(1 << 20)}), "zstd")),
        "lz4": lambda: _table_answer(_stream(pa.table({"x": np.zeros(1 << 20)}), "lz4")),
        "run-ends": lambda: _table_answer(_stream(pa.table({"x": unfolding}))),
        "many-nulls": lambda: _table_answer(
            _stream(pa.table({"x": pa.Array.from_buffers(pa.null(), (1 << 31) - 1, [None])}))
        ),
        "cut": lambda: _table_answer(b"", 1000),
        "progress": lambda: _frame(b"P", b'{"share":1e999,"text":"x"}'),
    }
    os.write(_job_socket(), forgeries[payload["what"]]())
    os._exit(0)


def flood(payload: dict[str, Any], tables: Tables, progress: Progress) -> Reply:
    sock = _job_socket()
    while True:
        os.write(sock, _frame(b"P", b'{"share":0.5,"text":"x"}') * 1000)


VERBS = {
    function.__name__: function
    for function in (
        echo, group, report, fail, odd_reply, seeds, threads, rest, spin, leave_thread, huge_print, memory, big_answer,
        fork_bomb, thread_bomb, die, attempt, remember, open_files, forge, flood,
    )
}  # fmt: skip
