"""One open sandbox for the whole folder: opening one costs an import of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from climbdc.sandbox import Sandbox, open_sandbox

HANDLER = "handlers_for_tests:handle"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(handler=HANDLER, preload=["sklearn.linear_model"], readable=[Path(__file__).parent]) as opened:
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
