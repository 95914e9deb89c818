"""What goes into an image as wheels: climbdc as it is installed here, and the packages it needs there."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from climbdc.errors import ClimbdcError
from climbdc.sandbox._code import package_files

__all__ = ["SOURCE_ONLY", "PackError", "Target", "download_wheels", "pack_wheel"]

SOURCE_ONLY = {"autograd-gamma": "autograd_gamma"}
"""Packages of pure Python whose authors give no wheel, with the name to import; they are packed from what is here."""
_METADATA = ("METADATA", "entry_points.txt")
_WHEEL = "Wheel-Version: 1.0\nGenerator: climbdc\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# Wheels that work with any glibc from these on; 2.28 is that of Debian 10 and RHEL 8.
_GLIBC_MINORS = range(17, 29)
_OLD_NAMES = ("manylinux2014", "manylinux2010", "manylinux1")


class PackError(ClimbdcError):
    """What an image needs cannot be had."""

    default_code = "no-wheels"


class Target(NamedTuple):
    """The system inside an image.

    Args:
        python: Version of Python, such as `3.11`.
        machine: The processor as wheels name it: `x86_64` or `aarch64`.
    """

    python: str
    machine: str

    @property
    def platforms(self) -> list[str]:
        """Names of the platforms whose wheels run there, newest first.

        >>> Target("3.11", "aarch64").platforms[0]
        'manylinux_2_28_aarch64'
        """
        new = [f"manylinux_2_{minor}" for minor in reversed(_GLIBC_MINORS)]
        return [f"{name}_{self.machine}" for name in (*new, *_OLD_NAMES)]


def pack_wheel(name: str, packages: Iterable[str], folder: Path) -> Path:
    """Make a wheel of pure Python packages that are installed here, from a checkout or not.

    The same files give the same bytes. Nothing is built and nothing is fetched: what runs in the image is what is here.

    Args:
        name: The distribution, whose version, requirements and entry points the wheel tells.
        packages: Packages to put in.
        folder: Where to write the wheel.
    """
    told = distribution(name)
    stem = f"{name.replace('-', '_')}-{told.version}"
    home = f"{stem}.dist-info"
    files = {place: path.read_bytes() for package in packages for place, path in package_files(package)}
    files.update(_metadata(told, home))
    files[f"{home}/WHEEL"] = _WHEEL.encode()
    files[f"{home}/RECORD"] = _record(files, f"{home}/RECORD")
    target = folder / f"{stem}-py3-none-any.whl"
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for place, body in sorted(files.items()):
            entry = ZipInfo(place)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return target


def _metadata(told: Distribution, home: str) -> dict[str, bytes]:
    texts = {place: told.read_text(place) for place in _METADATA}
    return {f"{home}/{place}": text.encode() for place, text in texts.items() if text}


def _record(files: dict[str, bytes], itself: str) -> bytes:
    lines = []
    for place, body in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        lines.append(f"{place},sha256={digest},{len(body)}\n")
    return "".join([*lines, f"{itself},,\n"]).encode()


def download_wheels(names: Sequence[str], constraints: Path, target: Target, folder: Path) -> None:
    """Fetch the wheels that an image needs, with pip and from where pip is set up to fetch.

    Args:
        names: All packages; nothing is added to them.
        constraints: Versions of these.
        target: The system they are for, which need not be this one.
        folder: Where to put them.

    Raises:
        PackError: Something cannot be had; says what pip said.
    """
    fixed = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--implementation", "cp"]
    system = [word for platform in target.platforms for word in ("--platform", platform)]
    wanted = ["--python-version", target.python, "--constraint", str(constraints), *names]
    command = [sys.executable, "-m", "pip", "download", *fixed, *system, *wanted, "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PackError(
            f"The packages for the image cannot be had for Python {target.python} on {target.machine}; pip said: "
            + " ".join(lines[-3:]),
            fix="Mend the network, or what pip is set up to fetch from, and try again.",
        )
