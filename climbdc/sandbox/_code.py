"""A fingerprint of the code that jobs run: a worker elsewhere must be of the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["PACKAGES", "code_hash", "package_files"]

PACKAGES = ("climbdc", "climbdc_taxonomy", "climbdc_tools")
"""The packages that jobs run, as they are imported."""
_SOURCES = (".py", ".yaml")


def package_files(name: str) -> Iterator[tuple[str, Path]]:
    """Each file of an installed package as its path from the package's parent folder, and where it lies; sorted.

    Files that Python or an editor keeps for itself are left out.

    Raises:
        ModuleNotFoundError: There is no such package.
    """
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"There is no package {name!r}.", name=name)
    found = {}
    for place in map(Path, spec.submodule_search_locations):
        for path in place.rglob("*"):
            inside = path.relative_to(place)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path.is_file() and not hidden:
                found[f"{name}/{inside.as_posix()}"] = path
    yield from sorted(found.items())


@cache
def code_hash() -> str:
    """SHA-256 over path and bytes of every `.py` and `.yaml` file of the packages that jobs run.

    The same code gives the same hash, wherever it is installed.
    """
    whole = hashlib.sha256()
    for package in PACKAGES:
        for name, path in package_files(package):
            if path.suffix in _SOURCES:
                body = path.read_bytes()
                whole.update(f"{name}\0{len(body)}\0".encode())
                whole.update(body)
    return whole.hexdigest()
