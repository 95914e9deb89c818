"""Where plug-ins come from: entry points of other packages, and files that were added. Nothing of them is imported."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Literal

from climbdc.errors import InputError
from climbdc.plugins._code import PluginCode, code_of_file, code_of_module

__all__ = ["GROUP", "Source", "foreign_entry_points", "sources", "tools_folder"]

GROUP = "climbdc.tools"
OWN_DISTRIBUTION = "climbdc"


@dataclass(frozen=True)
class Source:
    """One plug-in that was found.

    Args:
        name: Of the entry point or file.
        origin: A package that is installed, or a file that was added.
        where: Package and version, or the file's name.
        code: Its bytes; None where they cannot be had.
        reason: Why not.
    """

    name: str
    origin: Literal["package", "file"]
    where: str
    code: PluginCode | None = None
    reason: str = ""


def tools_folder() -> Path:
    """Where `climbdc tools add` puts files: `tools` in the data folder of the settings."""
    from climbdc.settings import Settings

    return Settings().data_dir / "tools"


def foreign_entry_points() -> list[EntryPoint]:
    """Entry points of other distributions; their code is imported in the sandbox only."""
    found = [point for point in entry_points(group=GROUP) if not point.dist or point.dist.name != OWN_DISTRIBUTION]
    return sorted(found, key=lambda point: (point.dist.name if point.dist else "", point.name, point.value))


def sources() -> list[Source]:
    """All plug-ins of this computer: packages by name, then files by name."""
    return [*map(_of_point, foreign_entry_points()), *_files(tools_folder())]


def _of_point(point: EntryPoint) -> Source:
    where = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    entry = point.value.partition("[")[0].replace(" ", "")
    try:
        return Source(point.name, "package", where, code_of_module(entry, _folder_of(entry)))
    except InputError as error:
        return Source(point.name, "package", where, reason=str(error))


def _folder_of(entry: str) -> Path:
    """The folder in which the topmost module of an entry point lies; finding it imports nothing.

    Raises:
        InputError: It is not installed.
    """
    top = entry.partition(":")[0].partition(".")[0]
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    places = [Path(place) for place in spec.submodule_search_locations or []] if spec else []
    if places:
        return places[0].parent
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        raise InputError(f"Its module {top!r} is not installed.", fix="Install the package again.", code="no-code")
    return Path(spec.origin).parent


def _files(folder: Path) -> Iterator[Source]:
    for path in sorted(folder.glob("*.py")):
        try:
            yield Source(path.stem, "file", path.name, code_of_file(path))
        except InputError as error:
            yield Source(path.stem, "file", path.name, reason=str(error))
