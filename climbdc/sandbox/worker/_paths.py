"""What a job may read, and where the zygote finds its modules."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["WorkerPaths", "worker_paths"]

# With pyarrow come the libraries that were installed with it, wherever PYTHONPATH or a system keeps them.
_OUR_PACKAGES = ("climbdc", "climbdc_taxonomy", "climbdc_tools", "pyarrow")
_SYSTEM = (
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/dev/urandom",
    "/dev/random",
    "/sys/devices/system/cpu",
)


class WorkerPaths(NamedTuple):
    """Paths for one zygote.

    Args:
        modules: Folders to put on the zygote's `sys.path`.
        readable: Folders and files its jobs may read.
    """

    modules: list[Path]
    readable: list[Path]


def _interpreter() -> list[Path]:
    installed = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return [*installed, Path(sys.base_prefix) / "lib"]


def _package_paths(name: str) -> list[Path]:
    """Folders of a package, or the file of a module; empty where this process cannot find it."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(place).resolve() for place in spec.submodule_search_locations]
    return [Path(spec.origin).resolve()] if spec.origin and Path(spec.origin).exists() else []


def _home_of(path: Path) -> Path:
    """What must be readable for a package to work: all of a site-packages folder, else the package alone."""
    return path.parent if path.parent.name in ("site-packages", "dist-packages") else path


def worker_paths(modules: Iterable[str], readable: Sequence[Path]) -> WorkerPaths:
    """Work out what a zygote and its jobs need, and no more.

    Folders on this process's own `sys.path` are not handed on as such: one of them may be the folder a person works in.

    Args:
        modules: Dotted names that will be imported, the handler's and the preloaded ones.
        readable: Further folders and files to read; folders are put on `sys.path` too.
    """
    named = [name.partition(".")[0] for name in modules]
    packages = [path for name in dict.fromkeys([*_OUR_PACKAGES, *named]) for path in _package_paths(name)]
    extra = [path.resolve() for path in readable]
    folders = dict.fromkeys([path.parent for path in packages] + [path for path in extra if path.is_dir()])
    system = [Path(path) for path in _SYSTEM]
    return WorkerPaths(
        modules=list(folders),
        readable=list(dict.fromkeys([*system, *_interpreter(), *(_home_of(path) for path in packages), *extra])),
    )
