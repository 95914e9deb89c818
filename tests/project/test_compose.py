"""The two services: what the file grants them, and that they work together and leave nothing."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from climbdc.sandbox import IMAGE, WEB_IMAGE

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

SOCKET = "/run/climbdc"
SECONDS = 60
LOOK = """
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
    "writes": [folder for folder in ("/", "/opt/climbdc", "/etc", "/run/climbdc", "/data", "/tmp") if writes(folder)],
}))
"""


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, dict[str, Any]]:
    """The services as the file has them."""
    told = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = told["services"]
    return found


def test_there_is_no_engine_in_it(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text(encoding="utf-8")
    assert "docker.sock" not in text and "DOCKER_HOST" not in text and "privileged" not in text


def test_the_images_are_those_of_this_version(services: dict[str, dict[str, Any]]) -> None:
    assert (services["sandbox"]["image"], services["web"]["image"]) == (IMAGE, WEB_IMAGE)
    assert {service.get("pull_policy") for service in services.values()} == {"never"}


@pytest.mark.parametrize("name", ["sandbox", "web"])
def test_each_service_is_hardened(services: dict[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert service["user"] == "65532:65532" and service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"] and "cap_add" not in service
    assert service["mem_limit"] == service["memswap_limit"] and service["pids_limit"] > 0 and service["cpus"]
    assert service["init"] is True and service["ipc"] == "private"
    assert all(re.fullmatch(r"/tmp:size=\d+m,mode=1777,noexec,nosuid,nodev", folder) for folder in service["tmpfs"])
    assert {"pid", "devices", "extra_hosts", "env_file"} & set(service) == set()


def test_the_sandbox_reaches_nothing_but_its_socket(services: dict[str, dict[str, Any]]) -> None:
    sandbox = services["sandbox"]
    assert sandbox["network_mode"] == "none" and sandbox["logging"] == {"driver": "none"}
    assert sandbox["volumes"] == [f"socket:{SOCKET}"]
    assert {"ports", "expose", "networks", "environment"} & set(sandbox) == set()


def test_the_page_is_for_this_computer_only(services: dict[str, dict[str, Any]]) -> None:
    web = services["web"]
    assert [port.split(":")[0] for port in web["ports"]] == ["127.0.0.1"]
    assert web["command"][-1].startswith("127.0.0.1:")
    assert web["volumes"] == [f"socket:{SOCKET}:ro", "data:/data"]
    assert web["environment"] == {"CLIMBDC_SANDBOX": "docker", "CLIMBDC_SANDBOX_SOCKET": f"{SOCKET}/sandbox.sock"}


def test_nothing_of_a_checkout_goes_to_an_engine(root: Path) -> None:
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["*"]


class Project(NamedTuple):
    """The services as they run.

    Args:
        command: Calls docker-compose for this project.
        name: The project's.
        port: Where the page is published.
    """

    command: list[str]
    name: str
    port: int

    def call(self, *words: str) -> str:
        """Call docker-compose."""
        environment = {**os.environ, "CLIMBDC_PORT": str(self.port)}
        done = subprocess.run([*self.command, *words], capture_output=True, text=True, env=environment, timeout=180)
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
def project(docker_engine: DockerClient, root: Path) -> Iterator[Project]:
    """Both services, up; nothing is left of them afterwards."""
    program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    name = f"climbdc-test-{secrets.token_hex(4)}"
    command = [*program, "-p", name, "-f", str(root / "docker-compose.yml")]
    running = Project(command, name, free_port())
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
    assert seen.pop("writes") == [SOCKET, "/tmp"]
    assert seen == {
        "user": 65532, "effective": 0, "bounding": 0, "locked": 1, "seccomp": 2, "nets": [], "engines": []
    }  # fmt: skip


def test_the_page_cannot_write_beside_the_socket(project: Project, docker_engine: DockerClient) -> None:
    seen = seen_from(project.container(docker_engine, "web"))
    assert seen.pop("writes") == ["/data", "/tmp"] and len(seen.pop("nets")) == 1
    assert seen == {"user": 65532, "effective": 0, "bounding": 0, "locked": 1, "seccomp": 2, "engines": []}


def printed_address(container: Container) -> str:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := re.search(rb"http://\S+token=\S+", container.logs()):
            return found[0].decode()
        time.sleep(0.2)
    pytest.fail(f"no address was printed: {container.logs()[-2000:].decode()}")


def answer(port: int, path: str, cookie: str = "") -> tuple[int, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers
    finally:
        connection.close()


def test_the_page_answers_at_the_printed_address(project: Project, docker_engine: DockerClient) -> None:
    address = printed_address(project.container(docker_engine, "web"))
    start = f"http://127.0.0.1:{project.port}"
    assert address.startswith(f"{start}/?token=")
    until = time.monotonic() + SECONDS
    while True:
        try:
            status, _ = answer(project.port, "/")
            break
        except OSError:
            assert time.monotonic() < until, "nothing answers"
            time.sleep(0.2)
    assert status == 403
    status, headers = answer(project.port, address.removeprefix(start))
    assert status == 303
    assert answer(project.port, "/", headers["set-cookie"].split(";")[0])[0] == 200


def wait_for_service(sandbox: Container) -> None:
    until = time.monotonic() + SECONDS
    while sandbox.exec_run(["test", "-S", f"{SOCKET}/sandbox.sock"])[0]:
        assert time.monotonic() < until, "the service does not listen"
        time.sleep(0.2)


def processes(sandbox: Container) -> int:
    return len(sandbox.top()["Processes"])


def test_a_session_beside_the_page_runs_its_tools_in_the_service(project: Project, docker_engine: DockerClient) -> None:
    sandbox, web = (project.container(docker_engine, name) for name in ("sandbox", "web"))
    wait_for_service(sandbox)
    before = processes(sandbox)
    status, output = web.exec_run(["climbdc", "demo", "--out", "/data/out", "--data-dir", "/data/demo"])
    # As text it is shown whole; as bytes pytest would cut the reason out of its middle.
    assert status == 0, bytes(output).decode()
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
