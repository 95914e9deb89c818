"""The services that docker-compose.yml makes: what the file grants them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from climbdc.sandbox import IMAGE, WEB_IMAGE

from .conftest import compose, no_docker

SOCKET = "/run/climbdc"
DATABASE = "/run/postgresql"


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, dict[str, Any]]:
    """The services as the file has them."""
    told = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = told["services"]
    return found


def test_there_is_no_engine_in_it(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text(encoding="utf-8")
    assert "docker.sock" not in text and "DOCKER_HOST" not in text and "privileged" not in text


@pytest.mark.parametrize("profile", [[], ["--profile", "model"]], ids=["plain", "model"])
def test_docker_compose_takes_the_file(root: Path, profile: list[str]) -> None:
    program = compose()
    if not program:
        no_docker("docker-compose is not installed")
    command = [*program, "-f", str(root / "docker-compose.yml"), *profile, "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr


def test_the_images_are_those_of_this_version(services: dict[str, dict[str, Any]]) -> None:
    assert (services["sandbox"]["image"], services["web"]["image"]) == (IMAGE, WEB_IMAGE)
    assert {service.get("pull_policy") for service in services.values()} == {"never"}


def test_the_image_of_the_database_is_one_version(services: dict[str, dict[str, Any]]) -> None:
    assert re.fullmatch(r"\$\{CLIMBDC_POSTGRES_IMAGE:-postgres:\d+\.\d+-bookworm\}", services["database"]["image"])


@pytest.mark.parametrize("name", ["sandbox", "database", "web", "model"])
def test_each_service_is_hardened(services: dict[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert service["user"] == ("999:999" if name == "database" else "65532:65532")
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"] and "cap_add" not in service
    assert service["mem_limit"] == service["memswap_limit"] and service["pids_limit"] > 0 and service["cpus"]
    assert service["init"] is True and service["ipc"] == "private" and service["restart"] == "unless-stopped"
    assert all(re.fullmatch(r"/tmp:size=\d+m,mode=1777,noexec,nosuid,nodev", folder) for folder in service["tmpfs"])
    assert {"pid", "devices", "extra_hosts", "env_file"} & set(service) == set()
    assert service["healthcheck"]["test"][0] == "CMD"


def test_the_sandbox_reaches_nothing_but_its_socket(services: dict[str, dict[str, Any]]) -> None:
    sandbox = services["sandbox"]
    assert sandbox["network_mode"] == "none" and sandbox["logging"] == {"driver": "none"}
    assert sandbox["volumes"] == [f"socket:{SOCKET}"]
    assert {"ports", "expose", "networks", "environment", "secrets"} & set(sandbox) == set()


def test_the_database_is_reached_by_its_socket_alone(services: dict[str, dict[str, Any]]) -> None:
    database = services["database"]
    assert database["network_mode"] == "none" and {"ports", "expose", "networks"} & set(database) == set()
    assert database["volumes"] == [f"postgres:{DATABASE}", "database:/var/lib/postgresql/data"]
    assert "--auth-local=scram-sha-256" in database["environment"]["POSTGRES_INITDB_ARGS"]


def test_the_page_is_for_this_computer_only(services: dict[str, dict[str, Any]]) -> None:
    web = services["web"]
    assert [port.split(":")[0] for port in web["ports"]] == ["127.0.0.1"] and "--multi-user" in web["command"]
    assert web["volumes"] == [f"socket:{SOCKET}:ro", f"postgres:{DATABASE}:ro", "data:/data"]
    assert {name: one["condition"] for name, one in web["depends_on"].items()} == {
        "sandbox": "service_healthy", "database": "service_healthy"
    }  # fmt: skip


def test_a_model_server_is_there_only_where_it_is_wanted(root: Path, services: dict[str, dict[str, Any]]) -> None:
    model = services["model"]
    assert model["profiles"] == ["model"] and model["networks"] == ["models"] and "ports" not in model
    assert model["volumes"] == ["${CLIMBDC_MODEL_FOLDER:-./models}:/models:ro"]
    told = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    assert told["networks"]["models"] == {"internal": True}


def test_secrets_come_in_files(services: dict[str, dict[str, Any]]) -> None:
    given = {name: value for one in services.values() for name, value in one.get("environment", {}).items()}
    secret = {name: value for name, value in given.items() if re.search("PASSWORD|KEY|TOKEN|SECRET", name)}
    assert set(secret) == {"POSTGRES_PASSWORD_FILE", "CLIMBDC_DATABASE_PASSWORD_FILE"}
    assert set(secret.values()) == {"/run/secrets/database_password"}
    assert make_url(given["CLIMBDC_DATABASE_URL"]).password is None


def test_nothing_of_a_checkout_goes_to_an_engine(root: Path) -> None:
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["*"]
