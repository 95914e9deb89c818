"""The code of a plug-in as bytes: read from files without being imported, hashed, and carried into the sandbox."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from climbdc.errors import InputError
from climbdc.sandbox import PACKAGES

__all__ = ["MOST_FILES", "MOST_MB", "PluginCode", "code_of_file", "code_of_module"]

MOST_MB = 2
"""Largest code of one plug-in, in MiB: it goes into the sandbox with every job."""
MOST_FILES = 500
_PYTHON = ".py"


@dataclass(frozen=True)
class PluginCode:
    """The files of a plug-in, and where in them its tools are.

    Args:
        entry: As in an entry point: `module`, or `module:name` of a class or function.
        files: Path below the module's parent folder -> bytes.
    """

    entry: str
    files: Mapping[str, bytes]

    @property
    def module(self) -> str:
        """Name of the topmost module."""
        return self.entry.partition(":")[0].partition(".")[0]

    @cached_property
    def sha256(self) -> str:
        """The same for the same code, wherever it lies."""
        whole = hashlib.sha256(self.entry.encode())
        for name, body in sorted(self.files.items()):
            whole.update(f"\0{name}\0{len(body)}\0".encode())
            whole.update(body)
        return whole.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a job."""
        return {"entry": self.entry, "files": {k: base64.b64encode(v).decode() for k, v in sorted(self.files.items())}}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> PluginCode:
        """Back from a job."""
        return cls(body["entry"], {name: base64.b64decode(text) for name, text in body["files"].items()})


def code_of_file(path: Path) -> PluginCode:
    """The code of a one-file tool.

    Raises:
        InputError: It is no Python file that can be read, or its name cannot be a module's.
    """
    if path.suffix != _PYTHON:
        raise InputError(f"{path.name} is no Python file.", fix="A one-file tool ends in .py.", code="not-a-tool")
    _check_name(path.stem)
    return PluginCode(path.stem, {path.name: _bytes(path)})


def code_of_module(entry: str, folder: Path) -> PluginCode:
    """The code of a module or package that lies in a folder.

    Args:
        entry: `module` or `module:name`.
        folder: Where the topmost module lies.

    Raises:
        InputError: It is not there, cannot be read, or is too large.
    """
    top = entry.partition(":")[0].partition(".")[0]
    _check_name(top)
    single, package = folder / f"{top}{_PYTHON}", folder / top
    if package.is_dir():
        files = dict(_package_files(package))
    elif single.is_file():
        files = {single.name: _bytes(single)}
    else:
        raise InputError(
            f"There is no module {top!r} in {folder.name or folder}.", fix="See the entry point's name.", code="no-code"
        )
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_MB << 20:
        raise InputError(
            f"Its code has more than {MOST_MB} MiB or {MOST_FILES} files.",
            fix="Put the tools into a small package of their own.",
            code="too-large",
        )
    return PluginCode(entry, files)


def _package_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    for number, path in enumerate(sorted(folder.rglob("*"))):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if hidden or not path.is_file():
            continue
        body = _bytes(path)
        size += len(body)
        yield f"{folder.name}/{inside.as_posix()}", body
        if size > MOST_MB << 20 or number > 4 * MOST_FILES:
            return


def _check_name(name: str) -> None:
    """Refuse a module that would hide another in the sandbox.

    Raises:
        InputError: Its name is no module's, or one of Python or climbdc.
    """
    if not name.isidentifier():
        raise InputError(
            f"{name!r} cannot be the name of a module.", fix="Use small letters, digits and _.", code="bad-name"
        )
    if name in sys.stdlib_module_names or name in (*PACKAGES, "climbdc_ui"):
        raise InputError(f"There is a module {name!r} already.", fix="Give it another name.", code="bad-name")


def _bytes(path: Path) -> bytes:
    """What is in a file, but not more than may be.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with path.open("rb") as opened:
            return opened.read((MOST_MB << 20) + 1)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.", code="no-code") from error
