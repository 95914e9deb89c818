"""Settings: the environment first, then the file in the working folder, then the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from climbdc.errors import InputError
from climbdc.settings import Settings


def test_the_socket_of_a_sandbox_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLIMBDC_SANDBOX_SOCKET", raising=False)
    assert Settings().sandbox_socket is None
    (tmp_path / "climbdc.toml").write_text('sandbox_socket = "/run/one.sock"\n', "utf-8")
    assert Settings().sandbox_socket == Path("/run/one.sock")
    monkeypatch.setenv("CLIMBDC_SANDBOX_SOCKET", "/run/other.sock")
    assert Settings().sandbox_socket == Path("/run/other.sock")


def test_a_secret_comes_out_of_the_file_that_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("s3cr:t/@ \n", "utf-8")
    monkeypatch.setenv("CLIMBDC_DATABASE_URL", "postgresql+psycopg://climbdc@db/climbdc")
    monkeypatch.setenv("CLIMBDC_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    settings = Settings()
    assert make_url(settings.database_url).password == "s3cr:t/@ "
    assert "s3cr" not in repr(settings) and "s3cr" not in str(settings)
    monkeypatch.setenv("CLIMBDC_DATABASE_URL", "postgresql+psycopg://climbdc:own@db/climbdc")
    assert Settings().database_url == "postgresql+psycopg://climbdc:own@db/climbdc"
    monkeypatch.setenv("CLIMBDC_DATABASE_URL", "not a URL")
    assert Settings().database_url == "not a URL"


def test_each_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("sqlite:////elsewhere.sqlite\n", "utf-8")
    (tmp_path / "key").write_text("sk-1\n", "utf-8")
    monkeypatch.setenv("CLIMBDC_DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("CLIMBDC_OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    settings = Settings()
    assert settings.database_url == "sqlite:////elsewhere.sqlite"
    assert settings.openai_api_key is not None and settings.openai_api_key.get_secret_value() == "sk-1"


def test_a_file_of_a_secret_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIMBDC_DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(InputError, match="CLIMBDC_DATABASE_URL_FILE names cannot be read"):
        Settings()
    monkeypatch.setenv("CLIMBDC_DATABASE_URL", "sqlite://")
    with pytest.raises(InputError, match="are both set"):
        Settings()
