"""Processes begin, die and are replaced, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from climbdc.sandbox import Job, JobLimits, LimitHit, Ok, Sandbox, SandboxFailed, SandboxUnavailable, open_sandbox

_HOST = """
import sys, threading
from pathlib import Path
from climbdc.sandbox import Job, open_sandbox
box = open_sandbox(handler="handlers_for_tests:handle", readable=[Path(sys.argv[1])], unsafe=sys.argv[2] == "none")
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


def test_jobs_run_at_the_same_time(sandbox: Sandbox) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(sandbox.run, [Job("rest", {"seconds": 1})] * 4))
    assert time.monotonic() - started < 3
    assert len({outcome.payload["pid"] for outcome in outcomes if isinstance(outcome, Ok)}) == 4


def test_killed_soon_after_the_deadline(sandbox: Sandbox) -> None:
    started = time.monotonic()
    pids: list[str] = []
    job = Job("rest", {"seconds": 60}, limits=JobLimits(wall_seconds=0.3))
    outcome = sandbox.run(job, lambda share, text: pids.append(text))
    assert isinstance(outcome, LimitHit) and outcome.limit == "time"
    assert time.monotonic() - started < 1
    assert wait_until_gone([int(pids[0])]) == []


def test_a_dead_zygote_is_replaced(unsafe_sandbox: Sandbox) -> None:
    first = zygote_of(unsafe_sandbox)
    os.kill(first, signal.SIGKILL)
    assert zygote_of(unsafe_sandbox) != first


def test_a_zygote_dying_takes_its_jobs_along(unsafe_sandbox: Sandbox) -> None:
    zygote = zygote_of(unsafe_sandbox)
    pids: list[int] = []

    def kill_zygote(share: float, text: str) -> None:
        pids.append(int(text))
        os.kill(zygote, signal.SIGKILL)

    outcome = unsafe_sandbox.run(Job("rest", {"seconds": 60}), kill_zygote)
    assert isinstance(outcome, SandboxFailed)
    assert wait_until_gone(pids) == []


def test_close_leaves_nothing(sandbox: Sandbox) -> None:
    with open_sandbox(handler="handlers_for_tests:handle", readable=[Path(__file__).parent]) as opened:
        zygote = zygote_of(opened)
        pids: list[int] = []
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(opened.run, Job("rest", {"seconds": 60}), lambda share, text: pids.append(int(text)))
            while not pids:
                time.sleep(0.01)
            opened.close()
            assert isinstance(future.result(timeout=10), SandboxFailed)
    assert wait_until_gone([zygote, *pids]) == []
    assert isinstance(opened.run(Job("echo", {})), SandboxFailed)
    opened.close()


@pytest.mark.parametrize("backend", ["none", "landlock"])
def test_nothing_outlives_a_killed_host(backend: str) -> None:
    command = [sys.executable, "-c", _HOST, str(Path(__file__).parent), backend]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        job = int(host.stdout.readline())
        try:
            family = [child.pid for child in psutil.Process(host.pid).children(recursive=True)]
        finally:
            host.kill()
    # The zygote, the job, and those that wait for theirs.
    assert job in family and len(family) >= 2
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
