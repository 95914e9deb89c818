"""The sandbox image: what is in it, when it is refused, and that nothing is ever pulled."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from climbdc.sandbox import IMAGE, SandboxUnavailable, build_image, connect, image_status
from climbdc.sandbox._code import code_hash
from climbdc.sandbox._image import CODE_LABEL, _run

if TYPE_CHECKING:
    from docker import DockerClient

EMPTY = "climbdc-test-empty:1"
INSIDE = """
import importlib.util, json, os, shutil
import climbdc.jobs, climbdc.warm
from climbdc.registry import built_in
from climbdc.sandbox._code import code_hash
for name in climbdc.jobs.PRELOAD:
    importlib.import_module(name)
names = ("pip", "setuptools", "docker", "gradio", "openai", "climbdc_ui")
foreign = [name for name in names if importlib.util.find_spec(name)]
print(json.dumps([sorted(built_in()), code_hash(), os.getuid(), os.getgid(), foreign, shutil.which("climbdc")]))
"""


@pytest.fixture
def empty_image(docker_engine: DockerClient) -> Iterator[str]:
    """An image with one empty file and somebody's label."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("nothing"))
    name, _, tag = EMPTY.partition(":")
    changes = [f"LABEL {CODE_LABEL}=of-another-day", 'CMD ["nothing"]']
    docker_engine.api.import_image_from_data(body.getvalue(), repository=name, tag=tag, changes=changes)
    yield EMPTY
    docker_engine.images.remove(EMPTY)


def test_no_engine_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"unix://{tmp_path}/none.sock"
    with pytest.raises(SandboxUnavailable, match=r"No Docker engine answers at .*none\.sock.*DOCKER_HOST"):
        connect(address)
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(SandboxUnavailable, match=r"none\.sock"):
        connect()


@pytest.mark.parametrize("address", ["nonsense", "unix:/", "tcp://127.0.0.1:1", "http://[::1"])
def test_an_address_that_is_none_is_not_a_traceback(address: str) -> None:
    with pytest.raises(SandboxUnavailable):
        connect(address)


def test_the_image_of_this_code_is_taken(docker_engine: DockerClient) -> None:
    status = image_status(docker_engine)
    assert status.ok and status.mend == ""
    assert docker_engine.images.get(IMAGE).labels[CODE_LABEL] == code_hash()


def test_a_missing_image_is_not_pulled(docker_engine: DockerClient) -> None:
    status = image_status(docker_engine, "climbdc-no-such-image:1")
    assert not status.present and not status.ok and "climbdc sandbox build" in status.mend
    with pytest.raises(SandboxUnavailable, match=r"docker pull climbdc-no-such-image:1"):
        build_image(docker_engine, base="climbdc-no-such-image:1")


def test_an_image_of_other_code_is_refused(docker_engine: DockerClient, empty_image: str) -> None:
    status = image_status(docker_engine, empty_image)
    assert status.present and not status.current and "climbdc sandbox build" in status.mend


def test_a_base_without_python_is_refused(docker_engine: DockerClient, empty_image: str) -> None:
    before = {image.id for image in docker_engine.images.list()}
    with pytest.raises(SandboxUnavailable, match=rf"A container of {empty_image} does not work.*python3"):
        build_image(docker_engine, base=empty_image)
    assert {image.id for image in docker_engine.images.list()} == before
    assert docker_engine.containers.list(all=True, ignore_removed=True, filters={"ancestor": empty_image}) == []


def test_what_is_in_the_image(docker_engine: DockerClient) -> None:
    from climbdc.registry import built_in

    told = _run(docker_engine, IMAGE, ["/opt/climbdc/bin/python", "-I", "-c", INSIDE])
    tools, code, user, group, foreign, command = json.loads(told)
    assert tools == sorted(built_in()) and code == code_hash()
    assert (user, group) == (65532, 65532)
    assert foreign == [] and command == "/opt/climbdc/bin/climbdc"


def test_the_command_works_in_the_image(docker_engine: DockerClient) -> None:
    assert _run(docker_engine, IMAGE, ["climbdc", "--version"]) == f"climbdc {version('climbdc')}"


def test_nothing_in_the_image_can_be_changed_by_its_user(docker_engine: DockerClient) -> None:
    """The file system is mounted read-only as well; this is the second lock."""
    code = (
        "import os, stat; print([path for top in ('/opt', '/usr', '/etc') for folder, folders, files in os.walk(top)"
        " for path in [folder, *(os.path.join(folder, name) for name in files)]"
        " if (found := os.lstat(path)).st_uid or found.st_mode & 0o22 and not stat.S_ISLNK(found.st_mode)][:5])"
    )
    assert _run(docker_engine, IMAGE, ["python", "-c", code]) == "[]"
