"""Handlers that send what no host should open, for the tests of bombs and of fuzzed answers. They run inside."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from climbdc.sandbox import Progress, Reply


class _RunsOnLoading:
    """Whoever unpickles it, runs this."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("import builtins; builtins.climbdc_was_pwned = True",)


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _npy(file: io.BytesIO) -> None:
    np.save(file, np.array([_RunsOnLoading()], dtype=object), allow_pickle=True)


def _parquet(file: io.BytesIO) -> None:
    """Few kilobytes that become gigabytes of text."""
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(5_000_000, np.int32)), pa.array(["A" * 4000]))
    pq.write_table(pa.table({"x": codes}), file, compression="zstd", write_statistics=False)


def _zip(file: io.BytesIO) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../climbdc_was_here", b"0" * (64 << 20))


def stream(table: pa.Table, compression: str | None = None) -> bytes:
    """An Arrow stream, compressed or not."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _offsets() -> bytes:
    good = stream(pa.table({"s": ["abc", "def"]}))
    return good.replace(struct.pack("<iii", 0, 3, 6), struct.pack("<iii", 0, 3, 1 << 30))


BOMBS: dict[str, Callable[[], bytes]] = {
    "pickle": lambda: pickle.dumps(_RunsOnLoading()),
    "joblib": lambda: _written(lambda file: joblib.dump(_RunsOnLoading(), file)),
    "npy": lambda: _written(_npy),
    "parquet": lambda: _written(_parquet),
    "zip": lambda: _written(_zip),
    "zstd": lambda: stream(pa.table({"x": np.zeros(8 << 20, np.int64)}), "zstd"),
    "lz4": lambda: stream(pa.table({"x": np.zeros(8 << 20, np.int64)}), "lz4"),
    "offsets": _offsets,
    "deep": lambda: b"[" * 200_000 + b"]" * 200_000,
    "digits": lambda: b'{"a":' + b"9" * 5_000_000 + b"}",
    "link": lambda: b"/etc/passwd",
}
"""What to send, by name. The same names are tried as a table, as a blob and as the answer itself."""


def job_socket() -> int:
    """Number of the only socket this process has."""
    for file in range(3, 512):
        try:
            if stat.S_ISSOCK(os.fstat(file).st_mode):
                return file
        except OSError:
            continue
    raise RuntimeError("this process has no socket")


def frame(body: bytes) -> bytes:
    """An answer frame."""
    return struct.pack("!cQ", b"A", len(body)) + body


def table_answer(data: bytes) -> bytes:
    """An answer that announces one table, and its bytes."""
    answer = {"kind": "ok", "payload": {}, "tables": [{"name": "t", "size": len(data)}], "blobs": [], "output": ""}
    return frame(json.dumps({"answer": answer}).encode()) + data


def _shout(data: bytes) -> Reply:
    """Write to the host behind the worker's back, and end."""
    file, rest = job_socket(), memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        pass  # the host has heard enough
    os._exit(0)


def _plant(kind: str) -> Reply:
    """Leave a link or a pipe where a naive host would look for a result."""
    done = []
    for folder in (os.getcwd(), "/tmp", "/dev/shm"):
        path = os.path.join(folder, f"climbdc_planted_{kind}")
        try:
            if kind == "link":
                os.symlink("/etc/passwd", path)
            else:
                os.mkfifo(path)
            done.append(path)
        except OSError:
            continue
    return Reply({"done": done, "paths": done})


def handle(verb: str, payload: dict[str, Any], tables: dict[str, pa.Table], progress: Progress) -> Reply:
    """Send a bomb as asked, or raw bytes given as hex."""
    if verb == "raw":
        return _shout(bytes.fromhex(payload["hex"]))
    if verb == "plant":
        return _plant(payload["kind"])
    if verb == "honest":
        return Reply({"n": 1}, {"t": pa.table({"x": [1, 2, 3]})})
    bomb = BOMBS[payload["what"]]()
    if verb == "blob":
        return Reply({}, blobs={"model": bomb})
    return _shout(table_answer(bomb) if verb == "table" else frame(bomb))
