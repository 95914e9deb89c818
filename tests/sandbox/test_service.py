"""A sandbox as a service outlives what its clients do: they may be slow, broken, or many."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from climbdc.sandbox import Job, JobLimits, Ok, open_sandbox
from climbdc.sandbox.attacks import ATTACK_VERB
from climbdc.sandbox.wire._handover import receive_with_files, send_with_files
from climbdc.sandbox.worker._child import ForkOrder

PATIENCE = 3.0
ORDER = ForkOrder(frames=(), limits=JobLimits()).model_dump_json().encode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("service") / "sandbox.sock"
    command = shutil.which("climbdc", path=sysconfig.get_path("scripts"))
    assert command is not None
    process: subprocess.Popen[Any]
    with subprocess.Popen([command, "sandbox", "serve", "--socket", str(path)]) as process:
        try:
            deadline = time.monotonic() + 30
            while not path.exists():
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            yield path
            assert process.poll() is None, "a client ended the service"
        finally:
            process.terminate()


def client(path: Path) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(PATIENCE)
    connected.connect(str(path))
    return connected


def greeted(path: Path) -> bool:
    """Whether somebody who comes now is served, soon enough."""
    with closing(client(path)) as connected:
        return bool(json.loads(receive_with_files(connected)[0])["handler"] == "climbdc.jobs:handle")


@pytest.mark.parametrize("said", [b"", b"\0", b"\0\0\0\x40", b"\0\0\0\x40{"], ids=["none", "byte", "length", "begun"])
def test_half_an_order_and_silence(service: Path, said: bytes) -> None:
    with closing(client(service)) as slow:
        receive_with_files(slow)
        slow.sendall(said)
        assert greeted(service)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_an_order_with_other_files_than_sockets(service: Path, count: int) -> None:
    ends = os.pipe()
    try:
        with closing(client(service)) as broken:
            receive_with_files(broken)
            send_with_files(broken, ORDER, [ends[number % 2] for number in range(count)])
            assert broken.recv(1) == b"", "it is let go"
    finally:
        for end in ends:
            os.close(end)
    assert greeted(service)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 10_000, b'{"frames": ["a"], "limits": {}}'])
def test_an_order_of_another_form(service: Path, body: bytes) -> None:
    one, other = socket.socketpair()
    with one, other, closing(client(service)) as broken:
        receive_with_files(broken)
        send_with_files(broken, body, [one.fileno(), other.fileno()])
        assert broken.recv(1) == b""
    assert greeted(service)


def test_a_status_that_nobody_reads_stops_nobody(service: Path) -> None:
    """Its buffer is full before the job has begun."""
    work, ours = socket.socketpair()
    status, unread = socket.socketpair()
    status.setblocking(False)
    with work, ours, status, unread, closing(client(service)) as host:
        receive_with_files(host)
        while True:
            try:
                status.send(bytes(4096))
            except BlockingIOError:
                break
        send_with_files(host, ORDER, [work.fileno(), status.fileno()])
        ours.shutdown(socket.SHUT_RDWR)
        assert greeted(service)


def test_more_clients_than_are_served(service: Path) -> None:
    with ExitStack() as stack:
        for _ in range(70):
            stack.enter_context(closing(client(service)))
        time.sleep(0.2)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            assert greeted(service)
            break
        except (EOFError, OSError):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_and_it_works(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", str(service))
    with open_sandbox("docker", handler="climbdc.jobs:handle") as opened:
        assert isinstance(opened.run(Job(ATTACK_VERB, {"names": []})), Ok)
