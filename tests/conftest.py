"""Shared by all tests: real data, and a store that is thrown away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from docker import DockerClient

# They take longer than all else in a session. Tests that are about them turn them on.
os.environ["CLIMBDC_EVALUATIONS"] = "false"


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder of benchmark data, named by CLIMBDC_BENCH_DATA."""
    named = os.environ.get("CLIMBDC_BENCH_DATA", "")
    folder = Path(named)
    if not named or not folder.is_dir():
        pytest.skip("benchmark data is not here; CLIMBDC_BENCH_DATA names its folder")
    return folder


@pytest.fixture(scope="session")
def heart() -> Path:
    """The demo's data: UCI Heart Disease, 920 patients of four hospitals."""
    import climbdc

    return Path(climbdc.__file__).parent / "demo" / "heart_disease.csv"


@pytest.fixture(autouse=True)
def throw_away_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into a person's own store or reads their settings."""
    monkeypatch.setenv("CLIMBDC_DATA_DIR", str(tmp_path_factory.mktemp("store")))


def _no_docker(why: str) -> None:
    if os.environ.get("CLIMBDC_REQUIRE_DOCKER"):
        pytest.fail(f"CLIMBDC_REQUIRE_DOCKER is set, and {why}", pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerClient]:
    """An engine that has the sandbox image of this very code; without one the test is skipped, or fails in CI."""
    from climbdc.sandbox import SandboxUnavailable, connect, image_status

    try:
        client = connect()
    except SandboxUnavailable as error:
        _no_docker(str(error))
        return
    status = image_status(client)
    if not status.ok:
        client.close()
        _no_docker(f"{status.detail} {status.mend}")
    yield client
    client.close()
