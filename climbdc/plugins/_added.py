"""One-file tools that a person adds: checked in the sandbox, then copied into the data folder in one go."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from climbdc.errors import InputError
from climbdc.plugins._code import PluginCode
from climbdc.plugins._sources import tools_folder

__all__ = ["put_file", "take_file"]


def put_file(code: PluginCode, folder: Path | None = None) -> Path:
    """Keep a one-file tool; a file of the same name is replaced, and half a file never stands there.

    Raises:
        InputError: It cannot be written.
    """
    folder = folder or tools_folder()
    ((name, body),) = code.files.items()
    beside = folder / f".{name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(body)
        return beside.replace(folder / name)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise InputError(
            f"{name} cannot be kept in {folder}: {error.strerror}.", fix="CLIMBDC_DATA_DIR names another folder."
        ) from error


def take_file(name: str, folder: Path | None = None) -> Path | None:
    """Take away the file of that stem; None where there is none.

    Raises:
        InputError: It cannot be taken away.
    """
    path = (folder or tools_folder()) / f"{name}.py"
    if not name.isidentifier() or not path.is_file():
        return None
    try:
        path.unlink()
    except OSError as error:
        raise InputError(f"{path} cannot be taken away: {error.strerror}.", code="in-use") from error
    return path
