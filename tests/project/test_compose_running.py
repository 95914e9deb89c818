"""The services that docker-compose.yml makes, as they run: together, without one another, and gone."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from .conftest import compose, no_docker

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

POSTGRES = os.environ.get("CLIMBDC_POSTGRES_IMAGE", "postgres:15.18-bookworm")
SECONDS = 60
PASSWORD = "four words of anna"
FOLDERS = ("/", "/opt/climbdc", "/etc", "/run/climbdc", "/run/postgresql", "/data", "/tmp")
LOOK = (
    f"""
FOLDERS = {FOLDERS}
"""
    + """
import json, os, pathlib, socket
told = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
def writes(folder):
    try:
        pathlib.Path(folder, "trial").write_text("")
    except OSError:
        return False
    return True
engines = [path for path in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(path)]
nets = [name for _, name in socket.if_nameindex() if name != "lo" and
        int(pathlib.Path(f"/sys/class/net/{name}/flags").read_text(), 16) & 1]
print(json.dumps({
    "user": os.getuid(), "effective": int(told["CapEff"], 16), "bounding": int(told["CapBnd"], 16),
    "locked": int(told["NoNewPrivs"]), "seccomp": int(told["Seccomp"]), "nets": nets, "engines": engines,
    "writes": [folder for folder in FOLDERS if writes(folder)],
}))
"""
)


class Project(NamedTuple):
    """The services as they run.

    Args:
        command: Calls docker-compose for this project.
        name: The project's.
        port: Where the page is published.
        folder: Where its secrets lie.
    """

    command: list[str]
    name: str
    port: int
    folder: Path

    @property
    def address(self) -> str:
        """Of the page, without a slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the file's variables are."""
        own = {
            "CLIMBDC_PORT": str(self.port), "CLIMBDC_PUBLISHED": self.address, "CLIMBDC_SECRETS": str(self.folder),
            "CLIMBDC_POSTGRES_IMAGE": POSTGRES,
        }  # fmt: skip
        return {**os.environ, **own}

    def call(self, *words: str) -> str:
        """Call docker-compose."""
        done = subprocess.run(
            [*self.command, *words], capture_output=True, text=True, env=self.environment, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def container(self, engine: DockerClient, service: str) -> Container:
        """The one container of a service."""
        labels = [f"com.docker.compose.project={self.name}", f"com.docker.compose.service={service}"]
        (found,) = engine.containers.list(filters={"label": labels})
        return found


def left(engine: DockerClient, name: str) -> list[str]:
    """All that an engine still has of a project."""
    label = f"com.docker.compose.project={name}"
    containers = [
        str(one.name) for one in engine.containers.list(all=True, ignore_removed=True, filters={"label": label})
    ]
    volumes = [str(one.name) for one in engine.volumes.list(filters={"label": label})]
    return containers + volumes + [str(one.name) for one in engine.networks.list(filters={"label": label})]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def project(docker_engine: DockerClient, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """All services, up; nothing is left of them afterwards."""
    program = compose()
    if not program or not docker_engine.images.list(POSTGRES):
        no_docker(f"docker-compose is not installed, or the engine has no image {POSTGRES}")
    name = f"climbdc-test-{secrets.token_hex(4)}"
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "database_password").write_text(f"{secrets.token_urlsafe(18)} /@:%\n", "utf-8")
    (folder / "database_password").chmod(0o444)
    command = [*program, "-p", name, "-f", str(root / "docker-compose.yml")]
    running = Project(command, name, free_port(), folder)
    try:
        running.call("up", "-d")
        yield running
    finally:
        running.call("down", "-v", "--timeout", "5")
    assert left(docker_engine, name) == []


def seen_from(container: Container) -> dict[str, Any]:
    """What a process in the container finds."""
    status, output = container.exec_run(["python", "-I", "-c", LOOK])
    assert status == 0 and isinstance(output, bytes), output
    told: dict[str, Any] = json.loads(output)
    return told


def test_the_sandbox_is_as_the_file_says(project: Project, docker_engine: DockerClient) -> None:
    seen = seen_from(project.container(docker_engine, "sandbox"))
    assert seen.pop("writes") == ["/run/climbdc", "/tmp"]
    assert seen == {
        "user": 65532, "effective": 0, "bounding": 0, "locked": 1, "seccomp": 2, "nets": [], "engines": []
    }  # fmt: skip


def test_the_page_cannot_write_beside_the_sockets(project: Project, docker_engine: DockerClient) -> None:
    seen = seen_from(project.container(docker_engine, "web"))
    assert seen.pop("writes") == ["/data", "/tmp"] and len(seen.pop("nets")) == 2
    assert seen == {"user": 65532, "effective": 0, "bounding": 0, "locked": 1, "seccomp": 2, "engines": []}


def test_the_database_has_no_rights_and_no_network(project: Project, docker_engine: DockerClient) -> None:
    look = "id -u; ls /sys/class/net; echo > /trial || echo refused; cat /proc/self/status"
    _, output = project.container(docker_engine, "database").exec_run(["sh", "-c", look], stderr=False)
    assert isinstance(output, bytes)
    first, status = output.decode().split("refused\n")
    assert first.split() == ["999", "lo"]
    told = dict(line.split(":", 1) for line in status.splitlines())
    assert int(told["CapEff"], 16) == int(told["CapBnd"], 16) == 0
    assert (int(told["NoNewPrivs"]), int(told["Seccomp"])) == (1, 2)


def wait_for(project: Project, status: int) -> dict[str, Any]:
    """Wait until the page's health is that; its answer."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            found = httpx.get(f"{project.address}/health", timeout=SECONDS)
            if found.status_code == status:
                told: dict[str, Any] = found.json()
                return told
        except httpx.HTTPError:
            found = None
        assert time.monotonic() < until, found
        time.sleep(0.2)


def test_every_service_gets_healthy(project: Project, docker_engine: DockerClient) -> None:
    assert wait_for(project, 200) == {"ok": True}
    until = time.monotonic() + SECONDS
    for name in ("sandbox", "database", "web"):
        while (found := project.container(docker_engine, name)).health != "healthy":
            assert time.monotonic() < until, f"{name}: {found.attrs['State']['Health']}"
            time.sleep(0.5)


def test_who_has_an_account_gets_in(project: Project, docker_engine: DockerClient) -> None:
    """And nobody else; the account is made as docs/deploy.md says."""
    wait_for(project, 200)
    project.call("exec", "-T", "web", "sh", "-c", f"echo {PASSWORD} > /tmp/new")
    project.call("exec", "-T", "web", "climbdc", "users", "add", "anna", "--admin", "--password-file", "/tmp/new")
    with httpx.Client(base_url=project.address, headers={"Origin": project.address}, timeout=SECONDS) as browser:
        assert browser.get("/").status_code in {303, 401, 403}
        form = browser.get("/login").text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert browser.post("/login", data={**hidden, "name": "anna", "password": "no"}).status_code != 303
        assert browser.post("/login", data={**hidden, "name": "anna", "password": PASSWORD}).status_code == 303
        assert browser.get("/").status_code == 200


def processes(sandbox: Container) -> int:
    return len(sandbox.top()["Processes"])


def settled(sandbox: Container) -> int:
    """How many processes there are when nothing comes or goes: the page warms its sandbox, checks of health come by."""
    until, seen = time.monotonic() + SECONDS, [0]
    while len(seen) < 8 or len(set(seen[-8:])) > 1:
        assert time.monotonic() < until, seen
        time.sleep(0.25)
        seen.append(processes(sandbox))
    return seen[-1]


def test_a_session_beside_the_page_runs_its_tools_in_the_service(project: Project, docker_engine: DockerClient) -> None:
    sandbox, web = (project.container(docker_engine, name) for name in ("sandbox", "web"))
    wait_for(project, 200)
    before = settled(sandbox)
    status, output = web.exec_run(["climbdc", "demo", "--out", "/data/out"])
    # As text it is shown whole; as bytes pytest would cut the reason out of its middle.
    assert isinstance(output, bytes)
    assert status == 0, output.decode()
    status, output = web.exec_run(["cat", "/data/out/audit.json"])
    assert status == 0 and isinstance(output, bytes), output
    audit = json.loads(output)
    assert audit["backends"] == ["docker"] and audit["contained"] is True
    assert audit["jobs"] > 50 and audit["failed"] == 0

    until = time.monotonic() + SECONDS
    while processes(sandbox) != before:
        assert time.monotonic() < until, f"processes are left: {processes(sandbox)} instead of {before}"
        time.sleep(0.2)
    sandbox.reload()
    assert sandbox.attrs["RestartCount"] == 0 and sandbox.status == "running"


def test_the_page_outlives_its_database(project: Project) -> None:
    """What was stored is there again, and health says how it stands."""
    wait_for(project, 200)
    project.call("stop", "database")
    assert wait_for(project, 503) == {"ok": False}
    project.call("start", "database")
    wait_for(project, 200)
    assert "heart_disease.csv" in project.call("exec", "-T", "web", "climbdc", "sessions", "list")


def shell_of(page: Path, heading: str) -> str:
    """The commands under a heading of a page."""
    _, found, rest = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert found, f"{page} has no heading {heading}"
    blocks = re.findall(r"```sh\n(.*?)```", rest.partition("\n## ")[0], re.DOTALL)
    return "set -euo pipefail\n" + "\n".join(blocks)


def test_a_backup_can_be_restored(project: Project, root: Path, tmp_path: Path) -> None:
    """By the commands of the page, word for word, into volumes that are new."""
    wait_for(project, 200)
    told = [project.call("exec", "-T", "web", "climbdc", what, "list") for what in ("sessions", "users")]
    assert "heart_disease.csv" in told[0] and "anna" in told[1]
    # So that `docker compose` is this project, with whichever program is here.
    prefix = f'docker() {{ shift; {shlex.join(project.command)} "$@"; }}\n'
    for heading in ("Backup", "Restore"):
        done = subprocess.run(
            ["bash", "-c", prefix + shell_of(root / "docs" / "deploy.md", heading)], cwd=tmp_path,
            env=project.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        if heading == "Backup":
            project.call("down", "-v", "--timeout", "5")
    wait_for(project, 200)
    again = [project.call("exec", "-T", "web", "climbdc", what, "list") for what in ("sessions", "users")]
    assert again == told
    session = re.findall(r"^[0-9a-f]{8}", told[0], re.MULTILINE)[0]
    assert "applied" in project.call("exec", "-T", "web", "climbdc", "sessions", "show", session).lower()
