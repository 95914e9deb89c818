"""The images: whether the right one is there, and building them without a network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from climbdc._version import __version__
from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox._code import PACKAGES, code_hash
from climbdc.sandbox._wheels import SOURCE_ONLY, Target, download_wheels, pack_wheel

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

__all__ = ["BASE", "CODE_LABEL", "IMAGE", "WEB_IMAGE", "ImageStatus", "build_image", "image_status"]

IMAGE = f"climbdc-sandbox:{__version__}"
"""The image that the backend `docker` runs."""
WEB_IMAGE = f"climbdc-web:{__version__}"
"""The sandbox image with the rest of climbdc, for the page."""
BASE = "python:3.11-slim"
CODE_LABEL = "org.climbdc.code"
"""Label of an image: `code_hash` of the climbdc in it."""
_KIND_LABEL = "org.climbdc.image"
_PACKED = Path(__file__).parent / "image"
_CHECKOUT = Path(__file__).parents[2]
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_TRIAL = "import climbdc.jobs, climbdc.warm; from climbdc.sandbox._code import code_hash; print(code_hash())"
_PYTHON = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
_BUILD = "Build it: climbdc sandbox build"
_SECONDS = 600
_TRIAL_SECONDS = 120

Kind = Literal["sandbox", "web"]
Say = Callable[[str], None]


class ImageStatus(NamedTuple):
    """Whether an image can be used.

    Args:
        present: The engine has it.
        current: It holds the code that is here.
        detail: What was found.
        mend: What to do; empty when there is nothing to.
    """

    present: bool
    current: bool
    detail: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        """It is there and of the same code."""
        return self.present and self.current


def image_status(client: DockerClient, image: str = IMAGE) -> ImageStatus:
    """Look whether the engine has the image and whether it holds the same code as this climbdc; nothing is pulled."""
    found = _find(client, image)
    if found is None:
        return ImageStatus(False, False, f"The engine has no image {image}.", _BUILD)
    if found.labels.get(CODE_LABEL) != code_hash():
        return ImageStatus(True, False, f"The image {image} holds another version of climbdc's code.", _BUILD)
    return ImageStatus(True, True, f"The image {image} is there and of the same code.")


def build_image(client: DockerClient, kind: Kind = "sandbox", *, base: str = BASE, say: Say | None = None) -> str:
    """Build an image from wheels that are fetched here, without a network for the build, and try it.

    Args:
        client: The engine.
        kind: `sandbox`, or `web` for the one that serves the page, which is built on the former.
        base: An image that is there, with Python 3.11 or newer and glibc 2.28 or newer; not used for `web`.
        say: Told what is being done.

    Returns:
        Id of the image.

    Raises:
        SandboxUnavailable: The base is not there, or what was built does not work.
        PackError: A package that it needs cannot be had.
    """
    tell = say or (lambda text: None)
    image, base = (IMAGE, base) if kind == "sandbox" else (WEB_IMAGE, IMAGE)
    target = _target(client, base)
    before = _find(client, image)
    with tempfile.TemporaryDirectory(prefix="climbdc-image-") as folder:
        context = Path(folder)
        tell(f"Fetching packages for Python {target.python} on {target.machine}.")
        code = _lay_out(context, kind, target)
        tell(f"Building {image} on {base}.")
        built = _build(client, context, image, {"BASE_IMAGE": base}, {CODE_LABEL: code, _KIND_LABEL: kind})
    _remove_old(client, before, built)
    tell(f"Trying {image}.")
    _try(client, image, code)
    return str(built.id)


def _find(client: DockerClient, image: str) -> Image | None:
    from docker.errors import ImageNotFound

    try:
        return client.images.get(image)
    except ImageNotFound:
        return None


def _target(client: DockerClient, base: str) -> Target:
    """What the base image is.

    Raises:
        SandboxUnavailable: It is not there or of no use.
    """
    found = _find(client, base)
    if found is None:
        mend = _BUILD if base == IMAGE else f"Fetch it: docker pull {base}"
        raise SandboxUnavailable(
            f"The engine has no image {base} to build on, and nothing is pulled without being asked.", fix=mend
        )
    machine = _MACHINES.get(str(found.attrs.get("Architecture")))
    if found.attrs.get("Os") != "linux" or machine is None:
        raise SandboxUnavailable(
            f"The image {base} is for {found.attrs.get('Os')} on {found.attrs.get('Architecture')}.",
            fix="Take one for Linux on amd64 or arm64.",
        )
    python = _run(client, base, ["python3", "-c", _PYTHON])
    major, _, minor = python.partition(".")
    if not minor.isdigit() or (int(major), int(minor)) < (3, 11):
        raise SandboxUnavailable(
            f"The image {base} has Python {python[:20]!r}; climbdc needs 3.11 or newer.", fix=f"Take {BASE}."
        )
    return Target(python, machine)


def _run(client: DockerClient, image: str, command: list[str]) -> str:
    """Run one short command in a container that is removed afterwards, and give what it printed.

    Raises:
        SandboxUnavailable: It failed.
    """
    from docker.errors import APIError
    from docker.types import LogConfig

    container = client.containers.create(
        image, command, network_mode="none", read_only=True, cap_drop=["ALL"], entrypoint="", mem_limit="1g",
        security_opt=["no-new-privileges:true"], environment={"PYTHONDONTWRITEBYTECODE": "1"},
        labels={_KIND_LABEL: "trial"}, log_config=LogConfig(type="json-file", config={"max-size": "64k"}),
        tmpfs={"/tmp": "size=16m,noexec,nosuid,nodev"},
    )  # fmt: skip
    try:
        container.start()
        status = int(container.wait(timeout=_TRIAL_SECONDS)["StatusCode"])
        said = container.logs().decode(errors="replace").strip()
    except APIError as error:
        status, said = -1, str(error.explanation)
    finally:
        container.remove(force=True)
    if status:
        last = said.splitlines()[-1:] or ["nothing was said"]
        raise SandboxUnavailable(
            f"A container of {image} does not work: {last[0]}", fix=f"Build on {BASE}, which is known to work."
        )
    return said


def _given(name: str) -> Path:
    """A file that the build needs: beside the code of an installed climbdc, at the top of a checkout."""
    packed = _PACKED / name
    return packed if packed.exists() else _CHECKOUT / name


@contextmanager
def _in(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    yield folder


def _lay_out(context: Path, kind: Kind, target: Target) -> str:
    """Put into a folder all that the build of an image reads; gives the hash of the code in it."""
    names = _given(f"{kind}-requirements.txt").read_text(encoding="utf-8").split("\n")
    wanted = sorted(name for name in names if name and not name.startswith("#"))
    recipe = "sandbox.Dockerfile" if kind == "sandbox" else "Dockerfile"
    shutil.copyfile(_given(recipe), context / "Dockerfile")
    with _in(context / "wheels") as wheels:
        (wheels / "requirements.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")
        download_wheels([name for name in wanted if name not in SOURCE_ONLY], _given("constraints.txt"), target, wheels)
        for name in sorted(SOURCE_ONLY.keys() & set(wanted)):
            pack_wheel(name, [SOURCE_ONLY[name]], wheels)
        pack_wheel("pip", ["pip"], wheels).rename(wheels / "pip.zip")
    code = code_hash()
    with _in(context / "own") as own:
        pack_wheel("climbdc", PACKAGES if kind == "sandbox" else (*PACKAGES, "climbdc_ui"), own)
        pack_wheel("pip", ["pip"], own).rename(own / "pip.zip")
    return code


def _build(client: DockerClient, context: Path, image: str, arguments: dict[str, str], labels: dict[str, str]) -> Image:
    """Build; the engine reaches no network for it and pulls nothing.

    Raises:
        SandboxUnavailable: The build failed.
    """
    from docker.errors import APIError, BuildError

    try:
        built, _ = client.images.build(
            path=str(context), tag=image, buildargs=arguments, labels=labels, network_mode="none", pull=False,
            rm=True, forcerm=True, timeout=_SECONDS,
        )  # fmt: skip
    except BuildError as error:
        said = "".join(str(line.get("stream", "")) for line in error.build_log if isinstance(line, dict))
        raise SandboxUnavailable(
            f"The image {image} could not be built: {' '.join(said.strip().splitlines()[-3:]) or error.msg}",
            fix="Try another base image with --base.",
        ) from error
    except APIError as error:
        raise SandboxUnavailable(
            f"The engine refused to build {image}: {error.explanation}", fix="See the log of the engine."
        ) from error
    return built


def _remove_old(client: DockerClient, before: Image | None, built: Image) -> None:
    """Remove the image that the new one replaces, unless it has another name or a container uses it."""
    from docker.errors import APIError

    if before is not None and before.id != built.id:
        with suppress(APIError):
            before.reload()
            if not before.tags:
                client.images.remove(str(before.id))


def _try(client: DockerClient, image: str, code: str) -> None:
    """Import in a container what jobs import there.

    Raises:
        SandboxUnavailable: It fails, or other code came to lie in the image.
    """
    if _run(client, image, ["/opt/climbdc/bin/python", "-I", "-c", _TRIAL]) != code:
        raise SandboxUnavailable(
            f"Other code than was to be came to lie in {image}.", fix="Build it again while nothing here changes."
        )
