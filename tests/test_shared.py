"""One sandbox, many sessions: each has its own account, its own cancelling and its own share."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from climbdc.copilot import Copilot
from climbdc.errors import ClimbdcError
from climbdc.runs import open_recorded
from climbdc.sandbox import (
    Cancellation,
    Cancelled,
    Job,
    NotApplicable,
    Ok,
    Outcome,
    Progress,
    Sandbox,
    SandboxFailed,
    SandboxUnavailable,
    open_sandbox,
)
from climbdc.settings import Settings
from climbdc.shared import SharedSandbox

HANDLERS = Path(__file__).parent / "sandbox"
LOOK = Job("look", {"tool": "impossible_values", "params": {}, "context": {}})


class Stub:
    """A sandbox without processes; jobs end when they are let go."""

    name = "stub"

    def __init__(self) -> None:
        self.free = threading.Event()
        self.running: list[str] = []
        self.closed = 0

    def run(self, job: Job, progress: Progress | None = None, cancel: Cancellation | None = None) -> Outcome:
        self.running.append(job.verb)
        assert cancel is not None
        woken = threading.Event()
        with cancel.stopping(woken.set):
            while not (woken.is_set() or self.free.is_set()):
                woken.wait(0.01)
        return Cancelled() if woken.is_set() else NotApplicable("nothing here")

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@pytest.fixture(scope="module")
def real() -> Iterator[SharedSandbox]:
    """Real processes; what they may do is not what is tested here."""

    def opening() -> Sandbox:
        return open_sandbox(handler="handlers_for_tests:handle", readable=[HANDLERS], unsafe=True)

    with SharedSandbox(at_once=2, opening=opening) as shared:
        yield shared


def _until_running(stub: Stub, jobs: int) -> None:
    end = time.monotonic() + 5
    while len(stub.running) < jobs:
        assert time.monotonic() < end, stub.running
        time.sleep(0.005)


def test_each_session_has_its_own_account() -> None:
    stub = Stub()
    stub.free.set()
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    with SharedSandbox(opening=lambda: stub) as shared:
        one = open_recorded("auto", ours.append, shared=shared)
        two = open_recorded("auto", theirs.append, shared=shared)
        one.run(LOOK)
        two.run(LOOK)
        one.run(LOOK)
        one.close()
        assert stub.closed == 0
        two.run(LOOK)
        assert isinstance(one.run(LOOK), SandboxFailed)
    assert [told["outcome"] for told in ours] == ["not-applicable", "not-applicable", "sandbox-failed"]
    assert [told["outcome"] for told in theirs] == ["not-applicable"] * 2
    assert {told["backend"] for told in ours + theirs} == {"stub"}
    assert stub.closed == 1


def test_another_backend_or_none_is_not_shared() -> None:
    opened: list[str] = []

    def opening() -> Sandbox:
        opened.append("shared")
        return Stub()

    with SharedSandbox("landlock", opening=opening) as shared:
        with open_recorded("landlock", lambda told: None, unsafe=True, shared=shared) as alone:
            assert alone.name == "none"
        with pytest.raises(SandboxUnavailable, match="no sandbox called"):
            open_recorded("vault", lambda told: None, shared=shared)
        assert opened == []


def test_one_session_ending_its_job_leaves_the_other_s(real: SharedSandbox) -> None:
    here, there, wish = real.seat(), real.seat(), Cancellation()
    begun = threading.Barrier(2, timeout=20)
    rest = Job("rest", {"seconds": 2})

    def both(share: float, text: str) -> None:
        begun.wait()

    with ThreadPoolExecutor(2) as pool:
        ended = pool.submit(here.run, rest, both, wish)
        left = pool.submit(there.run, rest, both)
        time.sleep(0.3)
        wish.cancel()
        assert isinstance(ended.result(10), Cancelled)
        assert isinstance(left.result(10), Ok)


def test_a_session_leaving_ends_its_jobs_those_that_wait_too() -> None:
    stub = Stub()
    with SharedSandbox(at_once=1, opening=lambda: stub) as shared, ThreadPoolExecutor(3) as pool:
        leaving, staying = shared.seat(), shared.seat()
        jobs = [pool.submit(leaving.run, Job("first", {}))]
        _until_running(stub, 1)
        jobs += [pool.submit(leaving.run, Job("waits", {}))]
        while not shared.turns.waiting:
            time.sleep(0.005)
        leaving.close()
        assert all(isinstance(job.result(5), Cancelled) for job in jobs)
        stub.free.set()
        assert isinstance(staying.run(Job("second", {})), NotApplicable)
    assert stub.running == ["first", "second"]


def test_many_jobs_of_one_session_do_not_hold_up_another() -> None:
    stub = Stub()
    with SharedSandbox(at_once=2, opening=lambda: stub) as shared, ThreadPoolExecutor(8) as pool:
        greedy, modest = shared.seat(), shared.seat()
        jobs = [pool.submit(greedy.run, Job("greedy", {})) for _ in range(6)]
        _until_running(stub, 2)
        while shared.turns.waiting < 4:
            time.sleep(0.005)
        jobs.append(pool.submit(modest.run, Job("modest", {})))
        while shared.turns.waiting < 5:
            time.sleep(0.005)
        stub.free.set()
        assert all(isinstance(job.result(5), NotApplicable) for job in jobs)
    assert stub.running[:3] == ["greedy", "greedy", "modest"]


def test_when_the_processes_die_in_the_middle_every_session_goes_on(real: SharedSandbox) -> None:
    here, there = real.seat(), real.seat()
    told = here.run(Job("rest", {"seconds": 0}))
    assert isinstance(told, Ok)
    zygote = int(told.payload["zygote"])
    begun = threading.Semaphore(0)
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(seat.run, Job("rest", {"seconds": 0.5}), lambda share, text: begun.release())
            for seat in (here, there)
        ]
        for _ in jobs:
            assert begun.acquire(timeout=10)
        os.kill(zygote, signal.SIGKILL)
        outcomes = [job.result(30) for job in jobs]
    assert all(isinstance(outcome, Ok) and outcome.payload["zygote"] != zygote for outcome in outcomes), outcomes
    assert isinstance(real.seat().run(Job("rest", {"seconds": 0})), Ok)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own elsewhere")
def test_jobs_leave_the_processor_to_those_who_answer_people() -> None:
    def opening() -> Sandbox:
        return open_sandbox(handler="handlers_for_tests:handle", readable=[HANDLERS], unsafe=True)

    before = os.getpriority(os.PRIO_PROCESS, 0)
    with SharedSandbox(opening=opening) as shared:
        told = shared.seat().run(Job("rest", {"seconds": 0}))
        assert isinstance(told, Ok)
        assert os.getpriority(os.PRIO_PROCESS, int(told.payload["zygote"])) == min(19, before + 5)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_opening_happens_beside_and_once() -> None:
    let, opened = threading.Event(), []

    def opening() -> Sandbox:
        let.wait(5)
        opened.append(Stub())
        opened[-1].free.set()
        return opened[-1]

    with SharedSandbox(opening=opening) as shared, ThreadPoolExecutor(4) as pool:
        shared.warm()
        seats = [pool.submit(shared.seat) for _ in range(4)]
        assert opened == []
        let.set()
        assert {seat.result(5).name for seat in seats} == {"stub"}
    assert [stub.closed for stub in opened] == [1]


def test_a_sandbox_that_does_not_open_is_tried_again() -> None:
    tries: list[int] = []

    def opening() -> Sandbox:
        tries.append(1)
        if len(tries) == 1:
            raise SandboxUnavailable("There is no room.", fix="Make some.")
        return Stub()

    with SharedSandbox(opening=opening) as shared:
        with pytest.raises(SandboxUnavailable, match="no room"):
            shared.seat()
        assert shared.seat().name == "stub"
    with pytest.raises(ClimbdcError, match="has been closed"):
        shared.seat()
    assert len(tries) == 2


def test_sessions_of_a_copilot_share_and_one_closed_early_leaves_nothing(tmp_path: Path, heart: Path) -> None:
    copilot = Copilot(Settings(data_dir=tmp_path), share_sandbox=True)
    first, second = (copilot.start([heart], name=name) for name in ("first", "second"))
    try:
        assert first.shared is second.shared is copilot.session(first.id).shared is not None
        with first.context(sandbox=True) as one, second.context(sandbox=True) as two:
            assert one.bench.sandbox.name == two.bench.sandbox.name != "none"
            job = Job("look", {"tool": "no_such_tool", "params": {}, "context": {}})
            assert not isinstance(one.bench.sandbox.run(job), Ok)
        assert len(first.stored.runs()) == 1
        assert second.stored.runs() == []
    finally:
        copilot.close()
