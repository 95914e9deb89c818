"""What the tests of the project as a whole share."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[str]:
    """Paths of all files that git keeps, as far as they are there."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what belongs to the project is not known")
    return [path for path in listed.stdout.split("\0") if path and (root / path).is_file()]


def compose() -> list[str]:
    """The program; nothing where there is none."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    return ["docker", "compose"] if plugin and plugin.returncode == 0 else []


def no_docker(why: str) -> None:
    """Skip, or fail in CI."""
    if os.environ.get("CLIMBDC_REQUIRE_DOCKER"):
        pytest.fail(f"CLIMBDC_REQUIRE_DOCKER is set, and {why}", pytrace=False)
    pytest.skip(why)
