"""The wheel holds every file of the four packages, and works on its own."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

import climbdc_taxonomy

PACKAGES = {
    "climbdc/": "",
    "tools/climbdc_tools/": "tools/",
    "ui/climbdc_ui/": "ui/",
    "taxonomy/climbdc_taxonomy/": "taxonomy/",
}


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built without a network."""
    assert find_spec("hatchling"), "hatchling is not installed; `make env` installs it"
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
    done = subprocess.run([*command, "--wheel-dir", str(folder), str(root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("climbdc-*.whl")
    return built


def test_every_tracked_file_is_in_it(wheel: Path, tracked: list[str]) -> None:
    wanted = {path.removeprefix(cut) for start, cut in PACKAGES.items() for path in tracked if path.startswith(start)}
    held = set(ZipFile(wheel).namelist())
    assert len(wanted) > 100 and sorted(wanted - held) == []


def test_licence_and_notice_are_in_it(wheel: Path, root: Path) -> None:
    archive = ZipFile(wheel)
    for name in ("LICENSE", "NOTICE"):
        (held,) = [path for path in archive.namelist() if path.endswith(f"dist-info/licenses/{name}")]
        assert archive.read(held) == (root / name).read_bytes()


def test_it_works_on_its_own(wheel: Path, tmp_path: Path) -> None:
    ZipFile(wheel).extractall(tmp_path)
    code = "import climbdc, climbdc.cli; print(climbdc.__file__); climbdc.cli.main(['taxonomy', '--json'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    place, _, listed = done.stdout.partition("\n")
    assert done.returncode == 0 and Path(place).is_relative_to(tmp_path), done.stdout + done.stderr
    assert len(json.loads(listed)) == len(climbdc_taxonomy.load())
