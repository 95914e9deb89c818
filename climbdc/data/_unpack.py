"""Which format a file has, and what is inside a compressed one."""

from __future__ import annotations

import difflib
import errno
import gzip
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from climbdc.data._options import Format
from climbdc.errors import InputError

__all__ = ["check", "format_of", "most_bytes", "opened", "unfolds"]

_FORMATS: Final[dict[str, Format]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".psv", ".data"), "csv"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls"), "excel"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".feather", ".arrow"), "feather"),
    ".dta": "stata",
    **dict.fromkeys((".sav", ".zsav", ".por"), "spss"),
    **dict.fromkeys((".sas7bdat", ".xpt"), "sas"),
}
_RATIO: Final = 200  # times a compressed file may grow; CSV grows 3 to 30 times
_FREE: Final = 64 << 20  # bytes it may grow to in any case
_BLOCK: Final = 1 << 20


def check(path: Path) -> None:
    """Make sure that a file is there and may be read.

    Raises:
        InputError: It is missing, a folder or closed to us.
    """
    if path.is_dir():
        files = sorted(p.name for p in path.iterdir() if p.suffix.lower() in _FORMATS)[:3]
        fix = f"Name the files in it, such as {', '.join(files)}." if files else "Name a file."
        raise InputError(f"{path.name or path} is a folder.", fix=fix, code="is-folder")
    if not path.exists():
        raise InputError(f"There is no file {path.name!r}.", fix=_nearest(path), code="file-not-found")
    try:
        with path.open("rb"):
            pass
    except PermissionError as error:
        message = f"You have no permission to read {path.name}."
        raise InputError(message, fix="Ask its owner, or copy it.", code="no-permission") from error
    if not path.stat().st_size:
        raise InputError(f"{path.name} is empty.", fix="Export it again, with its rows.", code="empty-file")


def format_of(name: str) -> Format:
    """The format that a file's name promises.

    >>> format_of("visits.SAV")
    'spss'
    """
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in _FORMATS:
        known = "CSV, TSV, Excel, Parquet, Feather, Stata, SPSS or SAS"
        message = f"{name} ends in {suffix or 'nothing'}, which is no table format known here."
        raise InputError(message, fix=f"Export it as {known}.", code="unknown-format")
    return _FORMATS[suffix]


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, str]]:
    """The file to read and its name: what is inside a `.gz` or a `.zip` of one table, else the file itself.

    Raises:
        InputError: The archive is damaged, holds several files, or grows suspiciously.
    """
    suffix = path.suffix.lower()
    if suffix not in {".gz", ".zip"}:
        yield path, path.name
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "table"
        try:
            name = _unzip(path, target) if suffix == ".zip" else _gunzip(path, target)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _disk_full(path) from error
            message = f"{path.name} is damaged or protected."
            raise InputError(message, fix="Compress the table again, or give it as it is.", code="broken") from error
        yield target, name


def _gunzip(path: Path, target: Path) -> str:
    with gzip.open(path) as source:
        _copy(cast(BinaryIO, source), target, path)
    return path.name[: -len(".gz")]


def _unzip(path: Path, target: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        inside = [i for i in archive.infolist() if not i.is_dir() and not i.filename.startswith("__MACOSX")]
        if len(inside) != 1:
            message = f"{path.name} holds {len(inside)} files, and one table was expected."
            raise InputError(message, fix="Unpack it and name the files.", code="archive")
        with archive.open(inside[0]) as source:
            _copy(cast(BinaryIO, source), target, path)
    return Path(inside[0].filename).name


def most_bytes(path: Path) -> int:
    """Bytes that a file may grow to when it is unpacked or decoded."""
    return max(_FREE, path.stat().st_size * _RATIO)


def unfolds(name: str) -> InputError:
    """What is said of a file that grows beyond that: a small file made to fill the memory."""
    message = f"{name} unpacks to more than {_RATIO} times its size, which no table does."
    return InputError(message, fix="Unpack it yourself, if you trust it.", code="archive")


def _copy(source: BinaryIO, target: Path, path: Path) -> None:
    most = most_bytes(path)
    if shutil.disk_usage(target.parent).free < path.stat().st_size:
        raise _disk_full(path)
    written = 0
    with target.open("wb") as sink:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most:
                raise unfolds(path.name)
            sink.write(block)


def _disk_full(path: Path) -> InputError:
    message = f"There is no room to unpack {path.name}."
    return InputError(message, fix="Make room on the disk of temporary files.", code="disk-full")


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no folder {path.parent.name!r} either."
    names = sorted(entry.name for entry in path.parent.iterdir())
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else "Check the name and the folder."
