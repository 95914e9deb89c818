"""Make a base image out of this machine's own files: its Python and a few Debian packages; no registry is asked.

Run as `python base_image.py IMAGE` with the Python that the image is to have. It comes to lie in `/usr/local`, where
`python:3.11-slim` has it, or stays in `/usr` where it is Debian's. `python base_image.py IMAGE postgres` makes one with
this machine's PostgreSQL server instead, which starts as the official `postgres` image does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker

PACKAGES = ("base-files", "bash", "coreutils", "dash", "libc6", "libc-bin", "libgcc-s1", "libstdc++6", "tzdata")
UNWANTED_FILES = re.compile(r"/usr/share/(doc|man|locale|info|lintian|bug)/|/etc/(shadow|gshadow|passwd|group)")
UNWANTED_MODULES = re.compile(
    r"/(site-packages|dist-packages|test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|config-[^/]*)(/|$)"
)
POSTGRES = Path("/usr/lib/postgresql")
POSTGRES_ACCOUNT = 999
"""Number of the user in the official image."""
FOLDERS = ("dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "var/tmp")
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    f"postgres:x:{POSTGRES_ACCOUNT}:{POSTGRES_ACCOUNT}:postgres:/var/lib/postgresql:/bin/sh\n",
    "etc/group": f"root:x:0:\nnogroup:x:65534:\npostgres:x:{POSTGRES_ACCOUNT}:\n",
}
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def lines(*command: str) -> list[str]:
    """Lines that a program prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def real(path: str) -> str:
    """The same path with links in its folders followed: Debian's /bin is a link to /usr/bin."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def system_files(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each file of the packages, and where it lies in the image."""
    for path in lines("dpkg", "-L", *packages):
        if (os.path.isfile(path) or os.path.islink(path)) and not UNWANTED_FILES.search(path):
            yield real(path), real(path)


def python_files() -> Iterator[tuple[str, str]]:
    """Each file of Python, and where it lies in the image."""
    prefix = sys.base_prefix
    home = prefix if prefix == "/usr" else "/usr/local"
    yield os.path.realpath(f"{prefix}/bin/python{VERSION}"), f"{home}/bin/python{VERSION}"
    stdlib = sysconfig.get_path("stdlib", vars={"installed_base": prefix, "base": prefix})
    for folder, _, names in os.walk(stdlib):
        if not UNWANTED_MODULES.search(folder):
            for name in names:
                path = os.path.join(folder, name)
                yield path, path.replace(prefix, home, 1)


def libraries(files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each shared library that the files need; one from elsewhere goes where the loader looks by itself."""
    programs = [path for path in files if ".so" in os.path.basename(path) or "/bin/" in path]
    told = subprocess.run(["ldd", *programs], capture_output=True, text=True).stdout
    found = set(re.findall(r"=> (/\S+) \(", told))
    for path in sorted(found):
        at = real(path)
        known = at.startswith(("/usr/lib/", "/lib/"))
        yield os.path.realpath(path), at if known else f"/usr/lib/{os.path.basename(path)}"


def skeleton(archive: tarfile.TarFile, home: str) -> None:
    """Empty folders, accounts, and the links that a Debian system has."""
    for name in FOLDERS:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name.endswith("tmp") else 0o755
        archive.addfile(entry)
    links = {name: os.readlink(f"/{name}") for name in ("bin", "sbin", "lib", "lib64") if os.path.islink(f"/{name}")}
    for name, target in {**links, f"{home.lstrip('/')}/bin/python3": f"python{VERSION}"}.items():
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        archive.addfile(entry)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in ACCOUNTS.items():
            path = Path(folder, "accounts")
            path.write_text(text, encoding="ascii")
            path.chmod(0o644)
            archive.add(path, name)


def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Forget who owns a file here."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def write(target: Path, places: dict[str, str], home: str, more: Iterable[tarfile.TarInfo] = ()) -> None:
    """Write a file system as one archive.

    Args:
        target: The archive.
        places: Paths in the image, each with the path of the file here.
        home: Where Python lies in the image.
        more: Folders and links of this image alone.
    """
    # Hard links of the machine are files of their own in the image.
    with tarfile.open(target, "w", dereference=False) as archive:
        skeleton(archive, home)
        for entry in more:
            archive.addfile(entry)
        for at in sorted(set(places) - {f"/{name}" for name in archive.getnames()}):
            archive.inodes = {}  # type: ignore[attr-defined]
            archive.add(places[at], at.lstrip("/"), recursive=False, filter=owned_by_root)


def make_python(target: Path) -> tuple[str, list[str]]:
    """Write the archive with Python; what it is and how the image starts."""
    python, system = dict(python_files()), dict(system_files(PACKAGES))
    found = libraries([*system, *python])
    write(
        target, {at: path for path, at in [*found, *system.items(), *python.items()]},
        "/usr" if sys.base_prefix == "/usr" else "/usr/local",
    )  # fmt: skip
    full = ".".join(map(str, sys.version_info[:3]))
    changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin", f"ENV PYTHON_VERSION={full}", 'CMD ["python3"]']
    return f"Python {full}", changes


def make_postgres(target: Path) -> tuple[str, list[str]]:
    """Write the archive with the newest PostgreSQL server of this machine; what it is and how the image starts."""
    home = max((path.parents[1] for path in POSTGRES.glob("*/bin/postgres")), key=lambda path: int(path.name))
    packages = [*PACKAGES, f"postgresql-{home.name}", f"postgresql-client-{home.name}"]
    # Compiling queries needs a hundred megabytes of libraries.
    system = {path: at for path, at in system_files(packages) if "/bitcode/" not in path and "llvmjit" not in path}
    places = {at: path for path, at in [*libraries(system), *system.items()]}
    entry = str(Path(__file__).with_name("postgres-entrypoint.sh"))
    folders = []
    for name in ("run/postgresql", "var/lib/postgresql", "var/lib/postgresql/data"):
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o700, POSTGRES_ACCOUNT, POSTGRES_ACCOUNT
        folders.append(folder)
    link = tarfile.TarInfo("var/run")
    link.type, link.linkname = tarfile.SYMTYPE, "/run"
    write(target, {**places, "/usr/local/bin/docker-entrypoint.sh": entry}, "/usr", [*folders, link])
    changes = [
        f"ENV PATH={home}/bin:/usr/local/bin:/usr/bin:/bin",
        "ENV PGDATA=/var/lib/postgresql/data",
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        'CMD ["postgres"]',
    ]
    return lines(str(home / "bin" / "postgres"), "--version")[0], changes


def main(image: str, kind: str = "python") -> int:
    """Write the archive and import it."""
    name, _, tag = image.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "root.tar")
        what, changes = make_postgres(archive) if kind == "postgres" else make_python(archive)
        size = archive.stat().st_size >> 20
        client = docker.from_env(timeout=300)
        client.api.import_image_from_file(
            str(archive), repository=name, tag=tag or "latest", changes=["ENV LANG=C.UTF-8", *changes]
        )
        client.images.get(image)
    print(f"Base image {image}: {what}, {size} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
