"""Settings: the environment first, then the file in the working folder, then the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.settings import Settings


def test_the_socket_of_a_sandbox_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLIMBDC_SANDBOX_SOCKET", raising=False)
    assert Settings().sandbox_socket is None
    (tmp_path / "climbdc.toml").write_text('sandbox_socket = "/run/one.sock"\n', "utf-8")
    assert Settings().sandbox_socket == Path("/run/one.sock")
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", "/run/other.sock")
    assert Settings().sandbox_socket == Path("/run/other.sock")
