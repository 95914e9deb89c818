"""Processes begin, die and are replaced, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from climbdc.sandbox import (
    IMAGE,
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
    connect,
    open_sandbox,
)
from climbdc.sandbox.backends import _launch_docker
from climbdc.sandbox.backends._sweep import OWNER_LABEL, owner, sweep, sweep_folders, temporary_folder

if TYPE_CHECKING:
    from docker import DockerClient

_HOST = """
import sys, threading
from pathlib import Path
from typing import TYPE_CHECKING
from climbdc.sandbox import Job, open_sandbox
name = sys.argv[2]
unsafe = name == "none"
folder = [Path(sys.argv[1])]
box = open_sandbox("auto" if unsafe else name, handler="handlers_for_tests:handle", readable=folder, unsafe=unsafe)
box.run(Job("rest", {"seconds": 60}), lambda share, text: print(text, flush=True))
"""


def zygote_of(sandbox: Sandbox) -> int:
    outcome = sandbox.run(Job("rest", {"seconds": 0}))
    assert isinstance(outcome, Ok)
    return int(outcome.payload["zygote"])


def wait_until_gone(pids: list[int], seconds: float = 5) -> list[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
        if not left:
            return []
        time.sleep(0.05)
    return left


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def with_descendants(pids: set[int]) -> list[int]:
    found = [psutil.Process(pid) for pid in pids]
    return [process.pid for one in found for process in (one, *one.children(recursive=True))]


def containers(backend: str) -> set[str]:
    """Those of this process, which other tests may have open too."""
    if backend != "docker":
        return set()
    with closing(connect()) as engine:
        found = engine.containers.list(all=True, ignore_removed=True, filters={"label": f"{OWNER_LABEL}={owner()}"})
        return {str(container.id) for container in found}


def test_jobs_run_at_the_same_time(sandbox: Sandbox) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(sandbox.run, [Job("rest", {"seconds": 1})] * 4))
    assert time.monotonic() - started < 3
    assert len({outcome.payload["pid"] for outcome in outcomes if isinstance(outcome, Ok)}) == 4


def test_killed_soon_after_the_deadline(sandbox: Sandbox) -> None:
    started = time.monotonic()
    outcome = sandbox.run(Job("rest", {"seconds": 60}, limits=JobLimits(wall_seconds=0.3)))
    assert isinstance(outcome, LimitHit) and outcome.limit == "time"
    assert outcome.usage.exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 1


def test_a_dead_zygote_is_replaced(unsafe_sandbox: Sandbox) -> None:
    first = zygote_of(unsafe_sandbox)
    os.kill(first, signal.SIGKILL)
    assert zygote_of(unsafe_sandbox) != first


def test_a_zygote_dying_takes_its_jobs_along(unsafe_sandbox: Sandbox) -> None:
    """The job is begun once more with a new one, which is where this test ends it."""
    zygote = zygote_of(unsafe_sandbox)
    wish = Cancellation()
    pids: list[int] = []

    def kill_zygote(share: float, text: str) -> None:
        pids.append(int(text))
        if len(pids) == 1:
            os.kill(zygote, signal.SIGKILL)
        else:
            wish.cancel()

    outcome = unsafe_sandbox.run(Job("rest", {"seconds": 60}), kill_zygote, wish)
    assert isinstance(outcome, Cancelled) and len(set(pids)) == 2
    assert wait_until_gone(pids) == []


def test_close_leaves_nothing(backend: str) -> None:
    before, contained = children(), containers(backend)
    with open_sandbox(backend, handler="handlers_for_tests:handle", readable=[Path(__file__).parent]) as opened:
        started: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(opened.run, Job("rest", {"seconds": 60}), lambda share, text: started.append(text))
            while not started:
                time.sleep(0.01)
            family = with_descendants(children() - before)
            assert backend == "docker" or len(family) >= 2
            opened.close()
            assert isinstance(future.result(timeout=10), SandboxFailed)
    assert wait_until_gone(family) == []
    assert containers(backend) == contained
    assert isinstance(opened.run(Job("echo", {})), SandboxFailed)
    opened.close()


@pytest.mark.parametrize("name", ["none", "landlock", "bubblewrap"])
def test_nothing_outlives_a_killed_host(name: str, need_bubblewrap: None) -> None:
    command = [sys.executable, "-c", _HOST, str(Path(__file__).parent), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        host.stdout.readline()
        try:
            family = [child.pid for child in psutil.Process(host.pid).children(recursive=True)]
        finally:
            host.kill()
    # The zygote, the job, and those that wait for theirs.
    assert len(family) >= 2
    assert wait_until_gone(family) == []


def test_a_zygote_outlives_the_thread_that_started_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(
            open_sandbox, handler="handlers_for_tests:handle", readable=[Path(__file__).parent], unsafe=True
        ).result()
    with opened:
        first = zygote_of(opened)
        time.sleep(1.5)
        assert zygote_of(opened) == first


@pytest.mark.parametrize("handler", ["no_such_module:handle", "handlers_for_tests:no_such_function"])
def test_a_handler_that_is_not_there(handler: str) -> None:
    with pytest.raises(SandboxUnavailable, match=r"did not start: .*no_such"):
        open_sandbox(handler=handler, readable=[Path(__file__).parent])


def test_cancelling_from_another_thread(sandbox: Sandbox) -> None:
    wish = Cancellation()
    started = time.monotonic()
    outcome = sandbox.run(Job("rest", {"seconds": 60}), lambda share, text: wish.cancel(), wish)
    assert isinstance(outcome, Cancelled) and outcome.usage.exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 2
    assert isinstance(sandbox.run(Job("echo", {})), Ok)


def test_cancelled_before_it_begins(sandbox: Sandbox) -> None:
    wish = Cancellation()
    wish.cancel()
    assert isinstance(sandbox.run(Job("rest", {"seconds": 60}), cancel=wish), Cancelled)


def test_many_jobs_with_long_requests(sandbox: Sandbox) -> None:
    """Each order reaches one worker, however quick that is."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(sandbox.run, [Job("echo", {"text": "x" * 350_000})] * 40))
    assert [outcome for outcome in outcomes if not isinstance(outcome, Ok)] == []


def test_a_container_of_a_killed_host_goes(docker_engine: DockerClient) -> None:
    """By itself, and where it could not, the next host's sweep takes it and its folder."""
    command = [sys.executable, "-c", _HOST, str(Path(__file__).parent), "docker"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        host.stdout.readline()
        name = owner(host.pid)
        host.kill()
    deadline = time.monotonic() + 10
    while docker_engine.containers.list(all=True, ignore_removed=True, filters={"label": f"{OWNER_LABEL}={name}"}):
        assert time.monotonic() < deadline, "the container lives on"
        time.sleep(0.1)
    # Whoever opened a sandbox meanwhile may have been first.
    sweep_folders()
    assert list(Path(tempfile.gettempdir()).glob(f"climbdc-{name}-*")) == []


def test_the_sweep_removes_containers_of_the_dead_only(docker_engine: DockerClient) -> None:
    names = {owner(): "mine", f"{owner().partition('-')[0]}-1-1": "dead"}
    made = {
        kind: docker_engine.containers.create(IMAGE, ["sleep", "60"], labels={OWNER_LABEL: name})
        for name, kind in names.items()
    }
    try:
        assert sweep(docker_engine) == [f"container {made['dead'].name}"]
        made["mine"].reload()
    finally:
        made["mine"].remove(force=True)


def test_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that may not start a sandbox uses one that listens; configured, it is the only one."""
    path = tmp_path / "sandbox.sock"
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", str(path))
    monkeypatch.setattr(_launch_docker, "_SERVICE_SECONDS", 0.3)
    with pytest.raises(SandboxUnavailable, match=r"does not answer.*climbdc sandbox serve"):
        open_sandbox(handler="climbdc.jobs:handle")
    monkeypatch.setattr(_launch_docker, "_SERVICE_SECONDS", 30)
    command = [str(Path(sys.executable).with_name("climbdc")), "sandbox", "serve", "--socket", str(path)]
    with subprocess.Popen(command) as service:
        try:
            with open_sandbox(handler="climbdc.jobs:handle") as first, open_sandbox(handler="climbdc.jobs:handle"):
                assert first.name == "docker" and path.stat().st_mode & 0o777 == 0o600
                outcome = first.run(Job("no-such-verb", {}))
                assert isinstance(outcome, ToolFailed) and outcome.code == "unknown-job"
            with open_sandbox(handler="climbdc.jobs:handle") as again:
                assert isinstance(again.run(Job("no-such-verb", {})), ToolFailed)
            with pytest.raises(SandboxUnavailable, match=r"own image only"):
                open_sandbox(handler="climbdc.jobs:handle", readable=[tmp_path])
            with pytest.raises(SandboxUnavailable, match=r"other work"):
                open_sandbox(handler="handlers_for_tests:handle")
        finally:
            service.send_signal(signal.SIGINT)
    assert service.returncode == 0 and not path.exists()


def test_the_sweep_removes_folders_of_the_dead_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = temporary_folder("test")
    here, _, _ = owner().partition("-")
    dead, pipe, link = (tmp_path / f"climbdc-{here}-1-1-{name}" for name in ("dead", "pipe", "link"))
    (tmp_path / "climbdc-7-1-1-elsewhere").mkdir()
    dead.mkdir()
    os.mkfifo(pipe)
    link.symlink_to(mine)
    assert sweep_folders() == [f"folder {dead.name}"]
    assert (tmp_path / "climbdc-7-1-1-elsewhere").is_dir()
    assert mine.is_dir() and pipe.exists() and link.is_symlink()


def test_files_stay_closed_while_small_tables_live(sandbox: Sandbox, frame_file: Path) -> None:
    """A process may have few files open, and a page keeps many answers."""
    job = Job("echo", {}, {"train": frame_file})
    kept = [sandbox.run(job)]
    before = len(os.listdir("/proc/self/fd"))
    kept += [sandbox.run(job) for _ in range(10)]
    assert all(isinstance(outcome, Ok) for outcome in kept)
    assert len(os.listdir("/proc/self/fd")) == before
