"""`doctor` on the store: which database it is, why it does not answer, and never a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.cli import _doctor


def test_a_store_in_a_file(tmp_path: Path) -> None:
    assert _doctor._store(tmp_path) == {"name": "store", "ok": True, "detail": str(tmp_path), "mend": ""}
    assert _doctor._postgres()["detail"] == "not used"


def test_a_database_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIMBDC_DATABASE_URL", "postgresql+psycopg://climbdc:s3cret@127.0.0.1:1/climbdc")
    told = _doctor._store(tmp_path)
    assert not told["ok"] and "cannot be opened" in told["detail"] and "CLIMBDC_DATABASE_URL" in told["mend"]
    assert "s3cret" not in str(told) and _doctor._postgres()["detail"].startswith("psycopg 3")


def test_beside_a_service_no_client_for_docker_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _doctor._beside_a_service()
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", "/run/climbdc/sandbox.sock")
    assert _doctor._beside_a_service()
