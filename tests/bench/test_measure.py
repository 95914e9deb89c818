"""Measuring a command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from climbdc.bench import measure
from climbdc.errors import InputError


def test_time_and_memory_of_a_command_are_seen(tmp_path: Path) -> None:
    code = "import time; held = bytearray(150_000_000); time.sleep(0.5)"
    found = measure([sys.executable, "-c", code], cwd=tmp_path)
    assert found.status == 0
    assert 0.5 <= found.wall_seconds < 20
    assert found.cpu_seconds < found.wall_seconds
    assert 150 < found.largest_mb < 400
    assert 140 < found.tree_mb < 400
    assert found.said == ""


def test_children_count_for_time_and_for_the_memory_of_the_tree(tmp_path: Path) -> None:
    child = (
        "import time; held = bytearray(100_000_000); end = time.process_time() + 0.4\n"
        "while time.process_time() < end: pass"
    )
    code = (
        "import subprocess, sys; both = [subprocess.Popen([sys.executable, '-c', sys.argv[1]]) for _ in range(2)]\n"
        "for one in both: one.wait()"
    )
    found = measure([sys.executable, "-c", code, child], cwd=tmp_path)
    assert found.cpu_seconds >= 0.8
    assert found.largest_mb < 150
    assert found.tree_mb > 180


def test_memory_of_the_benchmark_itself_is_not_the_commands(tmp_path: Path) -> None:
    ours = bytearray(300_000_000)
    found = measure([sys.executable, "-I", "-c", "pass"], cwd=tmp_path)
    assert len(ours) > 0
    assert found.largest_mb < 60


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-such-program"):
        measure(["no-such-program"], cwd=tmp_path)


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    found = measure([sys.executable, "-c", "import sys; sys.exit('no such luck')"], cwd=tmp_path)
    assert found.status == 1
    assert "no such luck" in found.said


def test_the_environment_and_folder_are_those_asked_for(tmp_path: Path) -> None:
    code = "import os; open('seen', 'w').write(os.environ['TOLD'])"
    assert measure([sys.executable, "-c", code], cwd=tmp_path, env={"TOLD": "yes"}).status == 0
    assert (tmp_path / "seen").read_text() == "yes"
