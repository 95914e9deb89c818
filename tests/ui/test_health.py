"""`/health`: ok or not, for everyone, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from climbdc.copilot import Copilot
from climbdc.settings import Settings
from climbdc_ui import _health
from climbdc_ui._desk import Desk
from climbdc_ui._health import Health, health_route


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the sandbox service is to listen."""
    return tmp_path / "sandbox.sock"


@pytest.fixture
def desk(tmp_path: Path, place: Path) -> Iterator[Desk]:
    """A desk beside a sandbox service."""
    with closing(Desk(Copilot(Settings(data_dir=tmp_path / "store", sandbox_socket=place)))) as opened:
        yield opened


def asked(desk: Desk, method: str = "GET") -> tuple[int, str]:
    """What a fresh application says of a desk."""
    app = FastAPI()
    app.include_router(health_route(desk))
    with TestClient(app) as client:
        answer = client.request(method, "/health")
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.text


def test_both_are_there(desk: Desk, place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(place))
        service.listen()
        assert asked(desk) == (200, '{"ok":true}')
        assert asked(desk, "HEAD")[0] == 200


def test_no_service(desk: Desk) -> None:
    assert asked(desk) == (503, '{"ok":false}')


def test_no_database(desk: Desk, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.copilot.store, "answers", lambda: False)
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(place))
        service.listen()
        assert asked(desk) == (503, '{"ok":false}')


def test_asking_often_looks_once() -> None:
    looked, now = [], 100.0

    def check() -> bool:
        looked.append(now)
        return len(looked) == 1

    async def ask() -> list[bool]:
        nonlocal now
        health = Health([check], lambda: now)
        first = await asyncio.gather(*(health.ok() for _ in range(5)))
        now += 2
        return [*first, await health.ok()]

    assert asyncio.run(ask()) == [True] * 5 + [False] and looked == [100.0, 102.0]


def test_what_hangs_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_health, "_PATIENCE", 0.1)
    end = threading.Event()

    def hangs() -> bool:
        end.wait(10)
        return True

    async def ask() -> bool:
        try:
            return await Health([hangs]).ok()
        finally:
            end.set()

    assert asyncio.run(ask()) is False
