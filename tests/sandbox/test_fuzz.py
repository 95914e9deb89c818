"""Thousands of mutated answers: the host refuses them or takes a valid table, quickly, and never falls over.

Streams are read by a process apart that may die; its descriptions, the bytes under them, and the frames of an answer
are mutated too and go to the host's own code, in this process.
"""

from __future__ import annotations

import io
import json
import random
import resource
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from climbdc.sandbox import (
    Job,
    JobLimits,
    LimitHit,
    NotApplicable,
    Ok,
    Sandbox,
    SandboxFailed,
    ToolFailed,
    open_sandbox,
)
from climbdc.sandbox.answers._assembling import assemble_tables
from climbdc.sandbox.answers._decoding import decode_reply
from climbdc.sandbox.answers._layout import HostileTable
from climbdc.sandbox.answers._tables import write_table
from climbdc.sandbox.wire._wire import AnswerFrame, Channel, Hangup, WireError, load_json

SCALES = [pytest.param(1, id="quick"), pytest.param(10, id="all", marks=pytest.mark.full)]
_SECONDS, _MEMORY_MB = 1.0, 256
_WORDS = (
    0,
    1,
    2,
    3,
    7,
    8,
    64,
    255,
    1 << 15,
    (1 << 16) - 1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 62,
    (1 << 64) - 1,
)

Mutation = Callable[[bytearray, random.Random], bytes]


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data))])


def _splice(data: bytearray, rng: random.Random) -> bytes:
    start, target, size = (rng.randrange(len(data)) for _ in range(3))
    data[target : target + size % 256] = data[start : start + size % 256]
    return bytes(data)


def _remove(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice((1, 4, 8, 64))]
    return bytes(data)


def _lie(data: bytearray, rng: random.Random) -> bytes:
    """Write another number over one, as a length or an offset would be."""
    width = rng.choice((2, 4, 8))
    at = rng.randrange(max(1, len(data) - width)) // width * width
    old = int.from_bytes(data[at : at + width], "little")
    new = rng.choice((*_WORDS, old + 1, old - 1, old * 2, old + 8)) % (1 << 8 * width)
    data[at : at + width] = new.to_bytes(width, "little")
    return bytes(data)


_MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _lie, _lie, _lie, _splice, _remove, _cut)


def mutated(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(_MUTATIONS)(bytearray(data or b"\0"), rng)
    return data


def encode(table: pa.Table) -> bytes:
    file = io.BytesIO()
    write_table(table, file)
    return file.getvalue()


def corpus() -> list[bytes]:
    codes = pa.array(["m", "f", None, "m"]).dictionary_encode()
    nested = pa.array([{"a": [1, 2], "b": "x"}, None, {"a": None, "b": ""}, {"a": [], "b": "z"}])
    plain = pa.table({"t": ["a", None, "ccc", ""], "n": [1.0, 2.0, None, 4.0], "b": [True, False, None, True]})
    whens = pa.array([0, 1, None, 3], pa.timestamp("us", "UTC"))
    frame = pd.DataFrame({"x": pd.Categorical(["u", "v", "u"]), "y": pd.to_datetime(["2020-01-01"] * 3)})
    tables = [
        plain,
        pa.table({"c": codes, "s": nested, "w": whens, "z": pa.nulls(4)}),
        pa.concat_tables([plain, plain.slice(1, 2), plain.slice(0, 0)]),
        pa.table(
            {"f": pa.array([[1, 2], None], pa.list_(pa.int16(), 2)), "d": pa.array([None, 1], pa.decimal128(5, 1))}
        ),
        pa.Table.from_pandas(frame),
        pa.table({f"x{number}": np.arange(3.0) for number in range(40)}),
        pa.table({"l": pa.array(["text"] * 50, pa.large_string())}),
        plain.slice(0, 0),
    ]
    return [encode(table) for table in tables]


_READER = """
import resource, struct, sys
from climbdc.sandbox.answers._decoding import decode_reply
from climbdc.sandbox.answers._layout import HostileTable
grown = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + (256 << 20)
resource.setrlimit(resource.RLIMIT_AS, (grown, grown))
source, sink = sys.stdin.buffer, sys.stdout.buffer
while header := source.read(4):
    data = source.read(*struct.unpack("!I", header))
    try:
        documents = list(decode_reply(data, [(0, len(data))]).blobs.values())
        sink.write(struct.pack("!i", len(documents)) + b"".join(struct.pack("!I", len(d)) + d for d in documents))
    except HostileTable:
        sink.write(struct.pack("!i", -1))
    sink.flush()
"""


class Reader:
    """A decoder in a process of its own, with little memory, that may die of what it reads."""

    def __init__(self) -> None:
        self.died = 0
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _take(self, size: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def describe(self, data: bytes) -> list[bytes] | None:
        """The documents, or None where it refused or died."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack("!I", len(data)) + data)
            self._process.stdin.flush()
            count = struct.unpack("!i", self._take(4))[0]
            return None if count < 0 else [self._take(struct.unpack("!I", self._take(4))[0]) for _ in range(count)]
        except (EOFError, BrokenPipeError):
            self.died += 1
            self.close()
            self._start()
            return None

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        self._process.wait(10)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    if sys.platform != "linux":
        pytest.skip("the limit of the reader's memory needs Linux")
    opened = Reader()
    yield opened
    opened.close()


class Tally:
    """Counts what became of each mutation, and watches time and memory of this process."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.slowest = 0.0

    def note(self, what: str, started: float) -> None:
        self.counts[what] += 1
        self.slowest = max(self.slowest, time.perf_counter() - started)

    def judge(self, wanted: int) -> None:
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self._memory) / 1024
        print(f"{dict(self.counts)}, slowest {self.slowest * 1000:.0f} ms, host grew {grown:.0f} MiB")
        assert sum(self.counts.values()) == wanted
        assert self.counts["refused"] > wanted / 20, "hardly anything was refused: what was mutated?"
        assert self.slowest < _SECONDS
        assert grown < _MEMORY_MB


def build(documents: list[bytes], data: bytes) -> str:
    """Let the host put it together, and use the table if there is one."""
    try:
        found = assemble_tables(documents, pa.py_buffer(data), [(0, len(data))])[0]
    except HostileTable:
        return "refused"
    encode(found.combine_chunks())
    return "accepted"


@pytest.mark.parametrize("scale", SCALES)
def test_mutated_streams(scale: int, reader: Reader) -> None:
    rng, tally, streams = random.Random(scale), Tally(), corpus()
    died = reader.died
    for number in range(400 * scale):
        data = mutated(streams[number % len(streams)], rng)
        documents = reader.describe(data)
        started = time.perf_counter()
        tally.note("refused" if documents is None else build(documents, data), started)
    print(f"the decoder died {reader.died - died} times")
    tally.judge(400 * scale)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each number, text and list of parsed JSON, as container and key."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _twisted(document: bytes, rng: random.Random) -> bytes:
    """The same description with another value somewhere."""
    parsed = json.loads(document)
    places = list(_places(parsed))
    for _ in range(rng.choice((1, 1, 2, 5))):
        container, key = rng.choice(places)
        old = container[key]
        near: tuple[Any, ...] = (
            (old + 8, old - 8, old * 2, -old) if isinstance(old, int) else (None, [], {}, "int64", "")
        )
        other, place = rng.choice(places)
        container[key] = rng.choice((*near, rng.choice(_WORDS), json.loads(json.dumps(other[place], default=str))))
    return json.dumps(parsed).encode()


def _described() -> list[tuple[bytes, list[bytes]]]:
    return [(data, [*decode_reply(data, [(0, len(data))]).blobs.values()]) for data in corpus()]


@pytest.mark.parametrize("scale", SCALES)
def test_mutated_descriptions(scale: int) -> None:
    rng, tally, samples = random.Random(scale), Tally(), _described()
    for number in range(300 * scale):
        data, [document] = samples[number % len(samples)]
        wrong = mutated(document, rng) if number % 3 == 0 else _twisted(document, rng)
        started = time.perf_counter()
        tally.note(build([wrong], data), started)
    tally.judge(300 * scale)


@pytest.mark.parametrize("scale", SCALES)
def test_mutated_bytes_under_a_right_description(scale: int) -> None:
    rng, tally, samples = random.Random(scale), Tally(), _described()
    for number in range(150 * scale):
        data, documents = samples[number % len(samples)]
        wrong = mutated(data, rng)
        started = time.perf_counter()
        tally.note(build(documents, wrong), started)
    tally.judge(150 * scale)


def _answer(data: bytes) -> bytes:
    answer = {"kind": "ok", "payload": {"n": [1, 2.5, None], "t": "ä"}, "tables": [{"name": "t", "size": len(data)}]}
    body = json.dumps({"answer": answer | {"blobs": [], "output": "printed"}}).encode()
    return struct.pack("!cQ", b"A", len(body)) + body + data


def _heard(data: bytes) -> str:
    """Hear out a worker that says this."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        channel = Channel(ours, time.monotonic() + 5)
        try:
            kind, body = channel.read_frame()
            AnswerFrame.model_validate(load_json(body))
        except (WireError, ValidationError, Hangup):
            return "refused"
    return "accepted" if kind == b"A" else "refused"


@pytest.mark.parametrize("scale", SCALES)
def test_mutated_frames(scale: int) -> None:
    rng, tally, frames = random.Random(scale), Tally(), [_answer(data) for data in corpus()]
    for number in range(150 * scale):
        # Most of what is said is in front.
        whole = frames[number % len(frames)]
        data = mutated(whole[:250], rng) + whole[250:]
        started = time.perf_counter()
        tally.note(_heard(data), started)
    tally.judge(150 * scale)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    with open_sandbox(handler="hostile_handlers:handle", readable=[Path(__file__).parent]) as opened:
        yield opened


@pytest.mark.parametrize("scale", SCALES)
def test_mutated_answers_of_real_jobs(scale: int, hostile: Sandbox) -> None:
    rng, counts, frames = random.Random(scale), Counter[str](), [_answer(data) for data in corpus()]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(60 * scale):
        whole = frames[number % len(frames)]
        front = whole.index(b"printed") + 11
        data = (
            mutated(whole[:front], rng) + whole[front:]
            if number % 3 == 0
            else whole[:front] + mutated(whole[front:], rng)
        )
        outcome = hostile.run(Job("raw", {"hex": data.hex()}, limits=JobLimits(wall_seconds=20, output_mb=8)))
        assert isinstance(outcome, Ok | NotApplicable | ToolFailed | LimitHit | SandboxFailed)
        assert not (isinstance(outcome, LimitHit) and outcome.limit == "time"), (
            "the host waited for an end that had come"
        )
        counts[type(outcome).__name__] += 1
        if isinstance(outcome, Ok):
            for table in outcome.tables.values():
                encode(table.combine_chunks())
    print(dict(counts))
    assert counts["SandboxFailed"] > 10
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024 < _MEMORY_MB
    assert isinstance(hostile.run(Job("honest", {})), Ok)
