"""What the host plants for attacks to steal and to reach, and how it sees afterwards that one did."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from climbdc.sandbox.attacks._planted_ipc import PlantedIpc
from climbdc.sandbox.attacks._targets import STEM, XATTR, Ipc, Process, Targets
from climbdc.sandbox.attacks._traps import Traps
from climbdc.sandbox.attacks._victims import ENVIRONMENT_NAME, Victim
from climbdc.sandbox.backends._sweep import temporary_folder

__all__ = ["Arena", "secret_in_environment"]

_PASSWORDS = ("/etc/shadow", "/etc/passwd")
_PLACES = ("/dev/shm", "/var/tmp")
_VICTIMS = 2


@contextmanager
def secret_in_environment() -> Iterator[str]:
    """Put a canary into the settings of this process, so that a sandbox that hands them on is found out."""
    before = os.environ.get(ENVIRONMENT_NAME)
    os.environ[ENVIRONMENT_NAME] = before or STEM + secrets.token_hex(16)
    try:
        yield os.environ[ENVIRONMENT_NAME]
    finally:
        if before is None:
            os.environ.pop(ENVIRONMENT_NAME, None)


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _package_folders() -> list[Path]:
    """Where `poison_runtime` leaves files when it can."""
    found = [importlib.util.find_spec(name) for name in ("climbdc", "pandas", "os")]
    return [Path(spec.origin).parent for spec in found if spec is not None and spec.origin]


def _write_input(path: Path) -> None:
    table = pa.table({"value": [number / 200 for number in range(200)], "group": [number % 4 for number in range(200)]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


class Arena:
    """A folder with canaries, listeners and victims. Use it as a context manager; it leaves nothing behind.

    Args:
        memory_mb: What the jobs of attacks may use, in MiB.
        ipc: Whether to plant what would outlive a host that is killed.
    """

    def __init__(self, memory_mb: int, *, ipc: bool = False) -> None:
        self._memory_mb = memory_mb
        self._folder = temporary_folder("arena")
        self._secret = STEM + secrets.token_hex(16)
        self._kept = ctypes.create_string_buffer(self._secret.encode())
        self._mark = f"climbdc-left-{secrets.token_hex(8)}"
        self._victims = [Victim(self._secret) for _ in range(_VICTIMS)]
        self._traps = Traps(self._folder)
        self._ipc = PlantedIpc(self._secret) if ipc else None
        self.data = self._folder / "input.arrow"
        self._plant()
        self._before = self._state()

    def _plant(self) -> None:
        for name in ("home/.ssh", "patients", "application", "work"):
            (self._folder / name).mkdir(parents=True)
        for path in (self._key, self._patient, self._shadow, self._application):
            path.write_text(f"# {self._secret}\n", encoding="utf-8")
            # Some filesystems have no attributes, and some systems none for a user.
            with suppress(OSError, AttributeError):
                os.setxattr(path, XATTR, self._secret.encode())
        # Its name alone is a secret: it shows whether a folder could be listed.
        for folder in (self._key.parent, self._patient.parent):
            (folder / self._secret).touch()
        self._shadow.chmod(0o640)
        _write_input(self.data)

    @property
    def _key(self) -> Path:
        return self._folder / "home" / ".ssh" / "id_ed25519"

    @property
    def _patient(self) -> Path:
        return self._folder / "patients" / "other.csv"

    @property
    def _shadow(self) -> Path:
        return self._folder / "shadow"

    @property
    def _application(self) -> Path:
        return self._folder / "application" / "program.py"

    @property
    def _work(self) -> Path:
        return self._folder / "work"

    @property
    def _places(self) -> list[Path]:
        """Where programs commonly may write. Neither a home nor a working folder is sure to be there."""
        places = [tempfile.gettempdir(), *_PLACES, os.path.expanduser("~"), "/"]
        with suppress(OSError):
            places.append(os.getcwd())
        return [Path(place) for place in dict.fromkeys(places)]

    def targets(self) -> Targets:
        """Where attacks go; without the canaries themselves. A victim that was killed is replaced."""
        for number, victim in enumerate(self._victims):
            if not victim.alive:
                victim.close()
                self._victims[number] = Victim(self._secret)
        own = Process(pid=os.getpid(), address=ctypes.addressof(self._kept))
        traps = self._traps
        return Targets(
            mark=self._mark,
            shadow=[str(self._shadow), *_PASSWORDS],
            secrets=[str(self._key), str(self._patient)],
            folder=str(self._folder),
            work=str(self._work),
            places=[str(place) for place in self._places],
            data=str(self.data),
            application=str(self._application),
            processes=[*(victim.process() for victim in self._victims), own],
            victims=[victim.pid for victim in self._victims],
            host=os.getpid(),
            tcp=[traps.streams[name].getsockname() for name in ("tcp", "tcp elsewhere")],
            udp=traps.datagrams["udp"].getsockname(),
            unix=[str(self._folder / "stream"), *([traps.abstract] if "an abstract socket" in traps.streams else [])],
            datagrams=str(self._folder / "datagrams"),
            terminal=traps.terminal,
            ipc=self._ipc.targets() if self._ipc else Ipc(),
            memory_mb=self._memory_mb,
        )

    def betrayed(self, text: str) -> bool:
        """Whether what an attack brought home holds something that only the host knows."""
        planted = os.environ.get(ENVIRONMENT_NAME)
        known = [self._secret, planted, *(_digest(Path(path)) for path in _PASSWORDS)]
        return any(secret in text for secret in known if secret)

    def caught(self) -> list[str]:
        """What reached the host since the last time, whatever the inside says; the traces are removed."""
        found = [f"reached {name}" for name in self._traps.caught()]
        found += self._ipc.caught() if self._ipc else []
        found += [f"killed process {number}" for number, victim in enumerate(self._victims) if not victim.alive]
        if self._state() != self._before:
            found.append("changed files")
            self._renew()
        for place in [*self._places, *_package_folders()]:
            left = list(place.glob(f"{self._mark}*"))
            found += [f"left {len(left)} files"] if left else []
            self._remove(left)
        return found

    def _state(self) -> dict[Path, tuple[int, int, int, int, str | None]]:
        """Everything of the files in the folder that an attack could change."""
        state = {}
        for path in sorted(self._folder.rglob("*")):
            about = path.lstat()
            content = _digest(path) if path.is_file() and not path.is_symlink() else None
            state[path] = (about.st_mode, about.st_uid, about.st_nlink, about.st_mtime_ns, content)
        return state

    def _renew(self) -> None:
        for path in self._folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
        for path in (self._shadow, self.data):
            path.unlink(missing_ok=True)
        self._plant()
        self._before = self._state()

    @staticmethod
    def _remove(paths: list[Path]) -> None:
        for path in paths:
            with suppress(OSError):
                path.unlink()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove everything that was planted or left."""
        self.caught()
        self._traps.close()
        if self._ipc:
            self._ipc.close()
        for victim in self._victims:
            victim.close()
        shutil.rmtree(self._folder, ignore_errors=True)
