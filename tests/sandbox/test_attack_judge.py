"""The judge: what is not known to have been tried is never called contained."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from climbdc.sandbox import LimitHit, Ok, Outcome, Sandbox, SandboxFailed, ToolFailed, Usage
from climbdc.sandbox.attacks import _arena, _attempt, _judge, _page, _suite
from climbdc.sandbox.attacks._catalogue import AttackSpec

Attempt, Observation = _attempt.Attempt, _judge.Observation
READ = AttackSpec(theme="files", tries="read", refusals=frozenset({"EACCES"}))
LOOP = AttackSpec(theme="processes", tries="loop", ends="killed")
LEFT = AttackSpec(theme="processes", tries="leave", ends="left")
ANSWER = AttackSpec(theme="answers", tries="lie", ends="answer")
REFUSED = Attempt(what="read", state="refused", error="EACCES")
ENDED = Usage(1.0, 1.0, 1.0, exit_code=-9)
STOPPED = LimitHit("time", "stopped", usage=ENDED)


def verdict(spec: AttackSpec, seen: _judge.Observation) -> tuple[bool, bool]:
    result = _judge.judge("x", spec, seen)
    return result.tried, result.contained


def test_refused_is_contained() -> None:
    assert verdict(READ, Observation(Ok({}), [REFUSED])) == (True, True)


@pytest.mark.parametrize(
    "attempts",
    [
        [],
        [REFUSED, Attempt(what="other", state="crashed", error="AttributeError")],
        [REFUSED, Attempt(what="other", state="refused", error="EINVAL")],
    ],
)
def test_what_was_not_really_tried_is_not_contained(attempts: list[_attempt.Attempt]) -> None:
    assert verdict(READ, Observation(Ok({}), attempts)) == (False, False)


@pytest.mark.parametrize(
    "seen",
    [
        Observation(Ok({}), [REFUSED, Attempt(what="read", state="did")]),
        Observation(Ok({}), [REFUSED], caught=["reached tcp"]),
        Observation(Ok({}), [REFUSED], betrayed=["read"]),
        Observation(Ok({}), [REFUSED], strange_settings=["OPENAI_API_KEY"]),
        Observation(Ok({}), [REFUSED], alive=False),
        Observation(Ok({}), [REFUSED], replaced=True),
        Observation(Ok({}), [REFUSED], grown_mb=1000.0),
        Observation(Ok({}), [REFUSED], raised="BufferError"),
    ],
)
def test_whatever_was_reached_counts(seen: _judge.Observation) -> None:
    assert verdict(READ, seen) == (True, False)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Observation(STOPPED, heard=["began"]), (True, True)),
        (Observation(STOPPED), (False, False)),
        (Observation(STOPPED, heard=["began"], late_seconds=2.0), (True, False)),
        (Observation(LimitHit("time", "stopped"), heard=["began"]), (True, False)),
        (Observation(Ok({}), heard=["began"]), (True, False)),
        (Observation(ToolFailed("tool-bug", "NameError"), heard=[]), (False, False)),
    ],
)
def test_a_loop_must_begin_and_be_stopped_in_time(seen: _judge.Observation, expected: tuple[bool, bool]) -> None:
    assert verdict(LOOP, seen) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (SandboxFailed("cannot be trusted"), (True, True)),
        (LimitHit("output", "too much"), (True, True)),
        (Ok({}), (True, False)),
        (ToolFailed("tool-bug", "NameError"), (False, False)),
    ],
)
def test_a_hostile_answer_must_become_a_failure(outcome: Outcome, expected: tuple[bool, bool]) -> None:
    assert verdict(ANSWER, Observation(outcome, heard=["began"])) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Observation(SandboxFailed("gone", ENDED), heard=["began"], took_seconds=0.6), (True, True)),
        (Observation(SandboxFailed("gone", ENDED), took_seconds=0.6), (False, False)),
        (Observation(SandboxFailed("gone", ENDED), heard=["began"], took_seconds=4.5), (True, False)),
        (Observation(SandboxFailed("gone"), heard=["began"]), (True, False)),
        (Observation(Ok({}), heard=["began"]), (True, False)),
    ],
)
def test_who_leaves_is_missed_at_once(seen: _judge.Observation, expected: tuple[bool, bool]) -> None:
    assert verdict(LEFT, seen) == expected


def test_an_attack_that_ends_its_process_is_not_contained() -> None:
    gone = SandboxFailed("ended with exit code 42")
    assert verdict(READ, Observation(gone, heard=["began"])) == (True, False)
    assert verdict(READ, Observation(gone)) == (False, False)


@pytest.mark.parametrize(
    ("call", "state", "error"),
    [
        (lambda: os.open("/nonexistent", os.O_RDONLY), "refused", "ENOENT"),
        (lambda: bytearray(1 << 62), "refused", "ENOMEM"),
        (lambda: getattr(os, "no_such" + "_call"), "crashed", "AttributeError"),
        (lambda: {"a": 1}["x"], "crashed", "KeyError"),
        (lambda: "done", "did", ""),
    ],
)
def test_an_attempt_tells_refusal_from_a_fault_of_its_own(call: object, state: str, error: str) -> None:
    attempts = _attempt.Attempts(lambda share, text: None)
    attempts.do("try", call)  # type: ignore[arg-type]
    assert [(made.state, made.error) for made in attempts.made] == [(state, error)]


def test_another_worker_is_told_from_the_first(unsafe_sandbox: Sandbox) -> None:
    first = _suite._parent(unsafe_sandbox)
    assert first is not None and _suite._parent(unsafe_sandbox) == first
    os.kill(int(first.partition("-")[0]), signal.SIGKILL)
    assert _suite._parent(unsafe_sandbox) not in (None, first)


@pytest.fixture
def arena() -> Iterator[_arena.Arena]:
    with _arena.Arena(128) as planted:
        yield planted
    assert not planted.data.parent.exists()


def test_the_arena_is_quiet_where_nothing_happens(arena: _arena.Arena) -> None:
    arena.targets()
    assert arena.caught() == []


def test_the_arena_sees_what_reaches_it(arena: _arena.Arena) -> None:
    targets = arena.targets()
    socket.create_connection(targets.tcp[0]).close()
    Path(targets.application).write_text("changed", encoding="utf-8")
    Path(targets.work, "new").touch()
    os.kill(targets.victims[0], signal.SIGKILL)
    os.waitid(os.P_PID, targets.victims[0], os.WEXITED | os.WNOWAIT)
    assert arena.caught() == ["reached tcp", "killed process 0", "changed files"]
    assert arena.caught() == ["killed process 0"]
    assert arena.targets().victims[0] != targets.victims[0] and arena.caught() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is known to have all kinds")
def test_the_arena_sees_what_is_taken_from_its_queues() -> None:
    library = ctypes.CDLL(None)
    with _arena.Arena(128, ipc=True) as planted:
        targets = planted.targets().ipc
        assert min(targets.queue, targets.segment, targets.semaphore) >= 0 and planted.caught() == []
        remove = 0
        assert library.msgctl(targets.queue, remove, None) == library.shmctl(targets.segment, remove, None) == 0
        assert library.mq_unlink(targets.named_queue.encode()) == 0
        assert planted.caught() == ["changed a queue", "changed shared memory", "changed a named queue"]
        again = planted.targets().ipc
        assert again.queue != targets.queue and planted.caught() == []
    assert library.msgctl(again.queue, remove, None) == library.semctl(again.semaphore, 0, remove) == -1


def test_targets_never_hold_what_is_to_be_stolen(arena: _arena.Arena) -> None:
    assert not arena.betrayed(arena.targets().model_dump_json())
    assert arena.betrayed(Path(arena.targets().secrets[0]).read_text(encoding="utf-8"))


def test_settings_handed_on_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hidden")
    seen = "HOME=00000000 OPENAI_API_KEY=e564b408"
    marks = Attempt(what="compare its settings", state="saw", detail=seen)
    assert _suite.strange_settings([marks]) == ["OPENAI_API_KEY"]
    other = Attempt(what="compare its settings", state="saw", detail="OPENAI_API_KEY=00000000")
    assert _suite.strange_settings([other]) == []


def test_a_page_without_a_place_for_the_table() -> None:
    with pytest.raises(Exception, match="no place for the table"):
        _page.renew_page("# Security\n", [])
