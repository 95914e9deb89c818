"""A store, a session and a model's server for the tests of models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from climbdc.store import SessionStore, Store

from .hostile.server import ModelServer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def session(store: Store) -> SessionStore:
    """A new session."""
    return store.create("a.csv", {})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model's server."""
    with ModelServer() as opened:
        yield opened
