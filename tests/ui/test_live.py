"""Tabs hear of a change: at once from this process, soon from another, and each of its own session only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from climbdc_ui import Desk
from climbdc_ui._live import EVERY, Watch
from climbdc_ui._view import fingerprints


async def _next(stream: AsyncIterator[str], patience: float = 5) -> str:
    return await asyncio.wait_for(anext(stream), patience)


def _session(desk: Desk, name: str) -> str:
    return desk.copilot.store.create(name, {"files": [name]}).id


def test_a_tab_hears_of_its_own_session_only(desk: Desk) -> None:
    ours, other = _session(desk, "a.csv"), _session(desk, "b.csv")

    async def tabs() -> None:
        streams = [desk.live.changes(session) for session in (ours, ours, other)]
        first = [await _next(stream) for stream in streams]
        assert first[0] == first[1] != first[2]
        desk.session(ours).stored.say("read", {"rows": 3})
        begun = time.monotonic()
        changed = [await _next(stream) for stream in streams[:2]]
        assert time.monotonic() - begun < EVERY + 2
        assert changed[0] == changed[1] != first[0]
        waiting = asyncio.ensure_future(anext(streams[2]))
        done, _ = await asyncio.wait([waiting], timeout=3 * EVERY)
        assert not done
        waiting.cancel()

    asyncio.run(tabs())


def test_one_question_for_all_that_are_watched_and_few_of_them(desk: Desk) -> None:
    asked: list[int] = []

    def marks(desk: Desk, sessions: Sequence[str]) -> dict[str, str]:
        asked.append(len(sessions))
        return dict.fromkeys(sessions, str(len(asked)))

    watch = Watch(desk, marks)

    async def tabs() -> None:
        streams = [watch.changes(f"{number:08x}") for number in range(40)]
        await asyncio.gather(*map(_next, streams))
        asked.clear()
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            watch.poke()
            await asyncio.sleep(0.001)
        assert 1 <= len(asked) <= 12, "however often something changes"
        assert set(asked) == {40}

    asyncio.run(tabs())
    watch.close()


def test_a_database_that_is_away_for_a_moment_ends_no_stream(desk: Desk) -> None:
    calls: list[int] = []

    def marks(desk: Desk, sessions: Sequence[str]) -> dict[str, str]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("away")
        return dict.fromkeys(sessions, "here")

    watch = Watch(desk, marks)

    async def tab() -> None:
        assert await _next(watch.changes("0" * 8)) == "data: here\n\n"

    asyncio.run(tab())
    watch.close()


def test_the_mark_is_one_line_whatever_the_tool_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    session = _session(desk, "a.csv")
    told = {"tool": "x", "fraction": 0.5, "text": "a\nb\r\n\ndata: c"}
    monkeypatch.setattr(desk, "progress", lambda session: told)
    (mark,) = fingerprints(desk, [session]).values()
    assert len(mark.splitlines()) == 1
    assert fingerprints(desk, ["ffffffff"]) == {}
