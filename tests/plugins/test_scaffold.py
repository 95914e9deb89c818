"""`climbdc tools new` writes a package that passes its own test and every rule as it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from climbdc.errors import InputError
from climbdc.plugins import KINDS, Kind, code_at, try_code, write_package
from climbdc.registry import clashes
from climbdc.sandbox import Sandbox


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_package_passes_its_test_and_all_rules(kind: Kind, tmp_path: Path, landlock: Sandbox) -> None:
    folder = write_package("my-own-tool", kind, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout
    (code,) = code_at(folder)
    assert clashes(landlock, code, adding=False) == []
    (checked,) = try_code(landlock, code)
    assert checked.ok and checked.tool == "my_own_tool" and checked.said, checked
    assert checked.checks[-1].name == "real-data"
    assert not [path for path in folder.rglob("*") if path.is_file() and "{{" in path.read_text("utf-8", "replace")]


@pytest.mark.parametrize(
    "name",
    ["", "Upper", "two words", "a/b", "../x", "json", "numpy", "impute", "1st", "x-", "-x", "a-1", "é", "x" * 60],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        write_package(name, "inspect", tmp_path, frozenset({"impute"}))
    assert raised.value.code == "bad-name" and raised.value.fix and not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = write_package("my-tool", "inspect", tmp_path)
    with pytest.raises(InputError, match="is there already"):
        write_package("my-tool", "transform", tmp_path)
    assert "Inspection" in (folder / "src" / "my_tool" / "__init__.py").read_text("utf-8")
