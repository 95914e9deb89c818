"""One open sandbox of each backend for the whole folder: opening one costs an import of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from climbdc.sandbox import Sandbox, open_sandbox
from climbdc.sandbox.backends._launch_bubblewrap import bubblewrap_problem

HANDLER = "handlers_for_tests:handle"
BACKENDS = ["landlock", "bubblewrap", "docker"]


@pytest.fixture(scope="session")
def need_bubblewrap() -> None:
    """Skip where bubblewrap does not work; fail where it must."""
    problem = bubblewrap_problem()
    if problem and os.environ.get("CLIMBDC_REQUIRE_BUBBLEWRAP"):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Name of a backend that can be used here."""
    needed = {"bubblewrap": "need_bubblewrap", "docker": "docker_engine"}.get(request.param)
    if needed:
        request.getfixturevalue(needed)
    return str(request.param)


@pytest.fixture(scope="session")
def sandbox(backend: str) -> Iterator[Sandbox]:
    folder = Path(__file__).parent
    with open_sandbox(backend, handler=HANDLER, preload=["sklearn.linear_model"], readable=[folder]) as opened:
        yield opened


@pytest.fixture
def unsafe_sandbox() -> Iterator[Sandbox]:
    with open_sandbox(handler=HANDLER, readable=[Path(__file__).parent], unsafe=True) as opened:
        yield opened


@pytest.fixture
def frame_file(tmp_path: Path) -> Path:
    """A small table in the Arrow file format."""
    table = pa.table({"group": ["a", "b"] * 50, "f0": np.arange(100.0), "f1": np.ones(100)})
    path = tmp_path / "frame.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path
