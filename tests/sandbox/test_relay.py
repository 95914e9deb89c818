"""The backend docker where open files cannot be passed: forced here, on an engine to which they could be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from climbdc.sandbox import (
    Cancellation,
    Cancelled,
    Job,
    JobLimits,
    LimitHit,
    Ok,
    Sandbox,
    SandboxFailed,
    SandboxUnavailable,
    ToolFailed,
    open_sandbox,
    self_test,
)
from climbdc.sandbox._forkserver import ForkServer
from climbdc.sandbox.backends import _engine
from climbdc.sandbox.backends._backends import backend_status, launcher
from climbdc.sandbox.backends._launch import ZygoteSettings
from climbdc.sandbox.backends._launch_docker import launch_docker
from climbdc.sandbox.backends._launch_relay import launch_relay
from climbdc.sandbox.backends._sweep import OWNER_LABEL, owner

if TYPE_CHECKING:
    from docker import DockerClient

FOLDER = Path(__file__).parent
SETTINGS = ZygoteSettings("handlers_for_tests:handle", (), (FOLDER,), lock=True)
HOST = """
import sys
from pathlib import Path
from climbdc.sandbox import Job
from climbdc.sandbox._forkserver import ForkServer
from climbdc.sandbox.backends._launch import ZygoteSettings
from climbdc.sandbox.backends._launch_relay import launch_relay
from climbdc.sandbox.backends._sweep import owner
box = ForkServer("docker", ZygoteSettings("handlers_for_tests:handle", (), (Path(sys.argv[1]),), True), launch_relay)
box.run(Job("rest", {"seconds": 60}), lambda share, text: print(owner(), flush=True))
"""


@pytest.fixture(scope="module")
def relayed(docker_engine: DockerClient) -> Iterator[Sandbox]:
    with ForkServer("docker", SETTINGS, launch_relay) as opened:
        yield opened


def write_table(table: pa.Table, path: Path) -> Path:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path


def containers_of(engine: DockerClient, name: str) -> list[Any]:
    return list(engine.containers.list(all=True, ignore_removed=True, filters={"label": f"{OWNER_LABEL}={name}"}))


def test_what_is_sent_comes_back(relayed: Sandbox, frame_file: Path) -> None:
    heard: list[tuple[float, str]] = []
    outcome = relayed.run(Job("echo", {"words": ["é", 1, None]}, {"train": frame_file, "new": frame_file}))
    assert isinstance(outcome, Ok) and outcome.payload == {"words": ["é", 1, None]}
    with pa.memory_map(str(frame_file)) as source:
        sent = pa.ipc.open_file(source).read_all()
    assert outcome.tables["train"].equals(sent) and outcome.tables["new"].equals(sent)
    assert outcome.blobs == {"picture": b"\x00\xff"}
    assert outcome.usage.exit_code == 0 and outcome.usage.peak_mb > 20
    assert isinstance(relayed.run(Job("report", {}), lambda share, text: heard.append((share, text))), Ok)
    assert heard == [(0.25, "reading"), (1.0, "done")]


@pytest.mark.parametrize(
    ("verb", "payload", "limits", "limit"),
    [
        ("spin", {}, {"wall_seconds": 0.3}, "time"),
        ("memory", {"megabytes": 1024}, {"memory_mb": 256}, "memory"),
        ("big_answer", {"megabytes": 8}, {"output_mb": 4}, "output"),
        ("fork_bomb", {}, {}, "processes"),
        ("die", {"how": "killed"}, {}, "memory"),
    ],
)
def test_limits(relayed: Sandbox, verb: str, payload: dict[str, Any], limits: dict[str, Any], limit: str) -> None:
    outcome = relayed.run(Job(verb, payload, limits=JobLimits(**limits)))
    assert isinstance(outcome, LimitHit) and outcome.limit == limit


def test_failures(relayed: Sandbox, tmp_path: Path) -> None:
    told = relayed.run(Job("fail", {"kind": "told"}))
    assert isinstance(told, ToolFailed) and (told.code, told.fix) == ("known", "Do that.")
    for how, said in [("exit", "exit code 7"), ("crash", "SIGSEGV")]:
        died = relayed.run(Job("die", {"how": how}))
        assert isinstance(died, SandboxFailed) and said in died.detail
    for name, body in [("empty", b""), ("junk", b"junk" * 100)]:
        (tmp_path / name).write_bytes(body)
        unread = relayed.run(Job("echo", {}, {"train": tmp_path / name}))
        assert isinstance(unread, SandboxFailed) and "could not begin" in unread.detail


def test_killed_soon_after_the_deadline(relayed: Sandbox) -> None:
    started = time.monotonic()
    outcome = relayed.run(Job("rest", {"seconds": 60}, limits=JobLimits(wall_seconds=0.5)))
    assert isinstance(outcome, LimitHit) and outcome.limit == "time"
    assert outcome.usage.exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 1


def test_killed_though_every_buffer_is_full(relayed: Sandbox) -> None:
    """How a job ended comes behind all that it said, to which nobody listens any more."""
    job = Job("flood", {}, limits=JobLimits(wall_seconds=0.5))
    started = time.monotonic()
    outcome = relayed.run(job, lambda share, text: time.sleep(0.1))
    assert isinstance(outcome, LimitHit) and outcome.usage.exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 1.1


def test_cancelled(relayed: Sandbox) -> None:
    wish = Cancellation()
    outcome = relayed.run(Job("rest", {"seconds": 60}), lambda share, text: wish.cancel(), wish)
    assert isinstance(outcome, Cancelled) and outcome.usage.exit_code == -signal.SIGKILL
    assert isinstance(relayed.run(Job("rest", {"seconds": 60}), cancel=wish), Cancelled)


def test_several_at_once_with_long_requests(relayed: Sandbox) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        resting = list(pool.map(relayed.run, [Job("rest", {"seconds": 1, "text": "x" * 3_000_000})] * 4))
        assert time.monotonic() - started < 3
        echoes = list(pool.map(relayed.run, [Job("echo", {"text": "x" * 350_000})] * 8))
    assert [outcome for outcome in (*resting, *echoes) if not isinstance(outcome, Ok)] == []


def test_large_frames_and_answers(relayed: Sandbox, tmp_path: Path) -> None:
    """A million rows of thirty columns go there, thirty megabytes come back; a job given up on the way never begins."""
    column = np.random.default_rng(3).normal(size=1_000_000)
    path = write_table(pa.table({f"c{number}": column for number in range(30)}), tmp_path / "large.arrow")
    there = relayed.run(Job("rest", {"seconds": 0}, {"train": path}))
    assert isinstance(there, Ok) and there.usage.wall_seconds < 10
    stopped = relayed.run(Job("rest", {"seconds": 60}, {"train": path}, JobLimits(wall_seconds=0.1)))
    assert isinstance(stopped, LimitHit) and stopped.usage.wall_seconds < 0.6 and stopped.usage.exit_code is None
    middle = pa.table({f"c{number}": column for number in range(4)})
    back = relayed.run(Job("echo", {}, {"train": write_table(middle, tmp_path / "middle.arrow")}))
    assert isinstance(back, Ok) and back.tables["train"].equals(middle)


def test_the_self_test_passes(relayed: Sandbox) -> None:
    result = self_test(relayed)
    assert result.failures == [] and result.ok


def test_the_container_reaches_nothing_of_the_host(relayed: Sandbox, docker_engine: DockerClient) -> None:
    # Of this process's containers it is the one that reaches its host over standard streams.
    (container,) = [
        container
        for container in containers_of(docker_engine, owner())
        if "/run/climbdc" in container.attrs["HostConfig"]["Tmpfs"]
    ]
    assert [(mount["Source"], mount["RW"]) for mount in container.attrs["Mounts"]] == [(str(FOLDER), False)]
    host = container.attrs["HostConfig"]
    assert host["NetworkMode"] == "none" and host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"]
    assert "noexec" in host["Tmpfs"]["/run/climbdc"] and not host["Privileged"]


def test_a_dead_container_is_replaced_and_close_leaves_nothing(docker_engine: DockerClient) -> None:
    before = {str(container.id) for container in containers_of(docker_engine, owner())}
    threads = set(threading.enumerate())
    with ForkServer("docker", SETTINGS, launch_relay) as opened, ThreadPoolExecutor(1) as pool:
        (first,) = [item for item in containers_of(docker_engine, owner()) if item.id not in before]
        first.kill()
        assert isinstance(opened.run(Job("echo", {})), Ok)
        started = threading.Event()
        future = pool.submit(opened.run, Job("rest", {"seconds": 60}), lambda share, text: started.set())
        assert started.wait(10)
        opened.close()
        assert isinstance(future.result(timeout=10), SandboxFailed)
    assert {str(container.id) for container in containers_of(docker_engine, owner())} == before
    assert set(threading.enumerate()) == threads


def test_a_killed_host_leaves_no_container(docker_engine: DockerClient) -> None:
    command = [sys.executable, "-c", HOST, str(FOLDER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        name = host.stdout.readline().strip()
        assert containers_of(docker_engine, name)
        host.kill()
    deadline = time.monotonic() + 5
    while containers_of(docker_engine, name):
        assert time.monotonic() < deadline, "the container lives on"
        time.sleep(0.1)


def test_a_handler_that_is_not_there(docker_engine: DockerClient) -> None:
    settings = ZygoteSettings("no_such_module:handle", (), (), lock=True)
    with pytest.raises(SandboxUnavailable, match=r"did not start: .*no_such_module"):
        ForkServer("docker", settings, launch_relay)


@contextmanager
def forwarded(path: str) -> Iterator[int]:
    """A TCP port of this computer that leads to a unix socket."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(path)
            opened.extend((near, far))
            for pair in ((near, far), (far, near)):
                threads.append(threading.Thread(target=copy, args=pair))
                threads[-1].start()

    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = [threading.Thread(target=serve)]
        threads[0].start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        for sock in opened:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
    for sock in opened:
        sock.close()


def test_an_engine_across_a_network(docker_engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = _engine.engine_address()
    if not address.startswith("unix://"):
        pytest.skip("the engine is across a network already")
    with forwarded(address.removeprefix("unix://")) as port:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        assert "copied" in backend_status("docker").detail
        with open_sandbox("docker", handler=SETTINGS.handler, readable=[FOLDER]) as opened:
            assert isinstance(opened.run(Job("echo", {})), Ok)


def test_chosen_where_files_cannot_be_handed_over(docker_engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert launcher("docker") is launch_docker
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "uname", lambda: os.uname_result(("Linux", "x", "another", "x", "x86_64")))
        assert launcher("docker") is launch_relay
    monkeypatch.setattr(sys, "platform", "darwin")
    assert launcher("docker") is launch_relay
    status = backend_status("docker")
    assert status.ok and "copied" in status.detail
