"""The fingerprint of code: the same for the same code, another for any change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from climbdc.sandbox._code import PACKAGES, code_hash, package_files

CODE = "from climbdc.sandbox._code import code_hash; print(code_hash())"


def test_what_is_hashed_is_what_is_installed() -> None:
    names = {name for package in PACKAGES for name, _ in package_files(package)}
    assert {"climbdc/jobs.py", "climbdc_tools/spelling.yaml", "climbdc_taxonomy/_challenge.py"} <= names
    assert [name for name in names if "__pycache__" in name or "/." in name] == []


def test_there_must_be_such_a_package() -> None:
    with pytest.raises(ModuleNotFoundError, match="no-such"):
        list(package_files("no-such"))


def test_a_copy_elsewhere_has_the_same_hash_until_it_is_changed(tmp_path: Path) -> None:
    for package in PACKAGES:
        for name, path in package_files(package):
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())

    def hashed() -> str:
        done = subprocess.run([sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    before = hashed()
    assert before == code_hash()
    (tmp_path / "climbdc" / "notes.txt").write_text("not code")
    (tmp_path / "climbdc" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "climbdc" / "__pycache__" / "left.py").write_text("not code")
    assert hashed() == before
    spelling = tmp_path / "climbdc_tools" / "spelling.yaml"
    spelling.write_bytes(spelling.read_bytes() + b"\n")
    changed = hashed()
    assert changed != before
    spelling.rename(spelling.with_name("spelt.yaml"))
    (tmp_path / "climbdc" / "spelling.yaml").write_text("")
    assert hashed() not in {before, changed}
