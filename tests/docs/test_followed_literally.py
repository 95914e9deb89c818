"""The guides for authors, followed word for word by a stranger: files are saved and commands typed, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(python|yaml|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
PIP = "python -m pip install --quiet --no-index --no-deps --no-build-isolation --target site"
"""In place of `pip install`: the tests share one environment, and there is no network."""


def follow(page: str, first: str, last: str, folder: Path) -> str:
    """Do what stands between two headings; everything that was printed."""
    text = (DOCS / page).read_text(encoding="utf-8")
    part = text[text.index(f"## {first}") : text.index(f"## {last}")]
    printed = ""
    environment = {
        **os.environ,
        "CLIMBDC_DATA_DIR": str(folder / "data"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "site"),
        "COLUMNS": "160",
    }
    for language, body in BLOCK.findall(part):
        if language != "bash":
            path = folder / body.splitlines()[0].removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
            continue
        script = body.replace("pip install", PIP)
        done = subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{body}\n{done.stdout}\n{done.stderr}"
        printed += done.stdout + done.stderr
    return printed


@pytest.fixture
def stranger(tmp_path: Path, heart: Path) -> Path:
    """A folder with a table and nothing else; blood pressure is called as many call it."""
    shutil.copy(heart, tmp_path / "patients.csv")
    return tmp_path


def test_adding_a_tool(stranger: Path) -> None:
    printed = follow("adding-a-tool.md", "In ten minutes", "1. An inspection", stranger)
    assert "rounded_pressures: 9 of 9 rules kept" in printed and "of the 861 readings of trestbps end in 0" in printed
    assert "Added: rounded_pressures" in printed and "Removed: rounded_pressures" in printed
    assert "late_readings: 16 of 16 rules kept" in printed and "2 passed" in printed
    assert re.search(r"^late_readings +transform +late-readings 0\.1\.0", printed, re.MULTILINE)


def test_adding_a_challenge(stranger: Path) -> None:
    rows = (stranger / "patients.csv").read_text("utf-8").splitlines()
    merged = [f"{'ward ' + str(n // 8) if n % 8 == 0 else ''},{row}" for n, row in enumerate(rows[1:])]
    (stranger / "patients.csv").write_text("\n".join([f"ward,{rows[0]}", *merged]) + "\n", "utf-8")
    printed = follow("adding-a-challenge.md", "Your own, beside the installation", "For everybody", stranger)
    assert "structure/merged-cells" in printed and "Added: find_merged_cells" in printed
    assert "ward is filled in 115 rows" in " ".join(printed.split())
