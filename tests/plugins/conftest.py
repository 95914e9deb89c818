"""Plug-ins as strangers write them: good ones, and those that nobody wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from climbdc.registry import forget
from climbdc.sandbox import Sandbox, open_sandbox

GOOD = '''
from typing import ClassVar
from climbdc.sdk import Dataset, Field, Finding, Inspection, Params, inspect

class CountRowsParams(Params):
    least: int = Field(default=5, ge=1, description="Fewer rows are not counted.")

@inspect(addresses="plausibility/outliers")
class CountRows(Inspection[CountRowsParams]):
    """Say how many rows there are."""

    says: ClassVar[dict[str, str]] = {"counted": "There are {n:,} rows."}

    def look(self, data: Dataset) -> list[Finding]:
        if len(data.train) < self.params.least:
            return []
        return [Finding("counted", "info", (), evidence={"n": len(data.train)})]
'''


@pytest.fixture(scope="session")
def good() -> str:
    """A one-file tool that keeps every rule."""
    return GOOD


@pytest.fixture(autouse=True)
def looked_for_anew() -> Iterator[None]:
    """What one test adds, no other finds."""
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def landlock() -> Iterator[Sandbox]:
    """A sandbox for describing and checking."""
    with open_sandbox("landlock", handler="climbdc.jobs:handle") as opened:
        yield opened


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of tools that were added."""
    monkeypatch.setenv("CLIMBDC_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "data" / "tools"
    folder.mkdir(parents=True)
    return folder
