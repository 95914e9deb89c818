"""Removing what hosts left behind that were killed before they could."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from climbdc.sandbox.backends._engine import container_user

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["OWNER_LABEL", "owner", "owner_labels", "sweep", "sweep_folders", "temporary_folder"]

OWNER_LABEL = "org.climbdc.owner"
"""Label of a container: the process that started it."""
_MACHINE_LABEL = "org.climbdc.machine"
_OWNER = re.compile(r"^(\d+)-(\d+)-(\d+)$")
_FOLDER = re.compile(r"^climbdc-(\d+-\d+-\d+)-")


def owner(pid: int | None = None) -> str:
    """Name of a process, by default this one, that no other will have.

    It is made of where numbers of processes count, the number, and when the process started.
    """
    number = os.getpid() if pid is None else pid
    return f"{_namespace()}-{number}-{_started(number)}"


def owner_labels() -> dict[str, str]:
    """Labels of a container of this process. An engine may serve several computers, and only this one knows of it."""
    machine = hashlib.sha256(platform.node().encode()).hexdigest()[:16]
    return {OWNER_LABEL: owner(), _MACHINE_LABEL: machine}


def _started(pid: int) -> int:
    """When a process started, in ticks of the system since it began, or where that is not told, hundredths of a second.

    Raises:
        ProcessLookupError: There is none.
    """
    if sys.platform != "linux":
        import psutil

        try:
            return int(psutil.Process(pid).create_time() * 100)
        except psutil.NoSuchProcess as error:
            raise ProcessLookupError(pid) from error
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ProcessLookupError(pid) from error
    # Behind the name of the program, which may hold anything, start the numbers; the start is the 22nd of all.
    return int(told.rpartition(")")[2].split()[19])


def _namespace() -> int:
    """Where numbers of processes mean what they mean here; containers may share a folder and not their numbers."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _lives(name: str) -> bool:
    """Whether a process is there, as far as it can be known from here."""
    found = _OWNER.match(name)
    if found is None:
        return False
    if int(found[1]) != _namespace():
        return True
    try:
        return _started(int(found[2])) == int(found[3])
    except ProcessLookupError:
        return False


def _is_our_folder(path: Path) -> bool:
    """Others may put anything of any name where temporary files go."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid in (os.getuid(), container_user()[0])


def sweep(client: DockerClient) -> list[str]:
    """Remove containers of climbdc whose host was a process of this computer and is dead.

    Containers started by hand or by Docker Compose have no such label and are left alone.

    Returns:
        What was removed.
    """
    from docker.errors import DockerException

    removed = []
    here = owner_labels()[_MACHINE_LABEL]
    for container in client.containers.list(all=True, ignore_removed=True, filters={"label": OWNER_LABEL}):
        ours = container.labels.get(_MACHINE_LABEL, here) == here
        if ours and not _lives(container.labels[OWNER_LABEL]):
            with contextlib.suppress(DockerException):
                container.remove(force=True)
                removed.append(f"container {container.name}")
    return removed


def sweep_folders() -> list[str]:
    """Remove folders of climbdc among the temporary files whose process is dead.

    Returns:
        What was removed.
    """
    removed = []
    for folder in Path(tempfile.gettempdir()).glob("climbdc-*"):
        named = _FOLDER.match(folder.name)
        # It may be gone at any moment: other processes sweep too.
        with contextlib.suppress(FileNotFoundError):
            if named and not _lives(named[1]) and _is_our_folder(folder):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(f"folder {folder.name}")
    return removed


def temporary_folder(kind: str) -> Path:
    """A new folder among the temporary files that the next `sweep_folders` removes if this process cannot.

    Args:
        kind: What it is for; part of its name.
    """
    return Path(tempfile.mkdtemp(prefix=f"climbdc-{owner()}-{kind}-"))
