"""The control: where nothing protects, the attacks succeed. So that they are contained elsewhere means something."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from climbdc.sandbox import open_sandbox
from climbdc.sandbox.attacks import AttackResult, attack_names, attack_specs, run_suite
from climbdc.sandbox.backends import _launch

LEAVE = ("climbdc-left-*", "climbdc-arena-*")
FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/", str(Path.home()))


def left() -> set[Path]:
    return {path for folder in FOLDERS for pattern in LEAVE for path in Path(folder).glob(pattern)}


@pytest.fixture(scope="module")
def control() -> Iterator[dict[str, AttackResult]]:
    before, children = left(), len(psutil.Process().children(recursive=True))
    with open_sandbox(handler="climbdc.jobs:handle", unsafe=True) as nothing:
        results = run_suite(nothing)
    yield {result.name: result for result in results}
    assert left() <= before
    assert len(psutil.Process().children(recursive=True)) <= children


@pytest.mark.parametrize("name", attack_names())
def test_attack_succeeds_where_nothing_protects(control: dict[str, AttackResult], name: str) -> None:
    result, expected = control[name], attack_specs()[name].control
    assert result.tried, result.detail
    if expected == "maybe":
        return  # the other entry to the kernel may be closed, and root may be without the right to raise limits
    reaches = expected == "always" or (expected == "root" and os.geteuid() == 0)
    assert result.contained is not reaches, result.detail


def test_a_secret_that_is_handed_on_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    given = _launch.zygote_environment

    def leaking(*arguments: Any) -> dict[str, str]:
        return given(*arguments) | {"AN_API_KEY": os.environ["AN_API_KEY"]}

    monkeypatch.setenv("AN_API_KEY", "hidden")
    monkeypatch.setattr(_launch, "zygote_environment", leaking)
    with open_sandbox(handler="climbdc.jobs:handle", unsafe=True) as leaky:
        [result] = run_suite(leaky, ["env_secret"])
    assert result.tried and not result.contained and "AN_API_KEY" in result.detail


def test_most_attacks_have_a_control() -> None:
    inside = [spec for spec in attack_specs().values() if spec.theme not in ("answers", "work")]
    held_by_host = [spec for spec in inside if spec.control == "never"]
    assert len(held_by_host) <= len(inside) / 5
