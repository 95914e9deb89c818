"""On what a benchmark ran."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

__all__ = ["code_hash", "file_hash", "hardware", "versions"]

_PACKAGES = ("climbdc", "langgraph", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "sqlalchemy")


def hardware() -> dict[str, Any]:
    """Processor, cores this process may use, and memory."""
    import psutil

    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def versions() -> dict[str, str]:
    """Of Python and of the packages that count."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def code_hash(package: str, *folders: str) -> str:
    """SHA-256 of what is in folders of a package: code, prompts and other texts; of names and contents, in order.

    Args:
        package: Such as `climbdc`.
        folders: Within it; all that lies below them counts but compiled files.
    """
    digest = hashlib.sha256()
    for folder in folders:
        root = Path(str(files(package) / folder))
        for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{folder}/{path.relative_to(root).as_posix()}\0{file_hash(path)}\n".encode())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
