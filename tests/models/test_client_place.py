"""Which server is asked, and who is given which key."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from climbdc.errors import InputError
from climbdc.models import client_for
from climbdc.models._client_place import checked_url, key_for, prompts_version, server_name
from climbdc.options import RunOptions
from climbdc.settings import Settings
from climbdc.store import Ledger, SessionStore

from .asking import Verdict, messages
from .hostile.server import ModelServer

HERE = "http://127.0.0.1:8790/v1"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "CLIMBDC_OPENAI_API_KEY", "CLIMBDC_MODEL", "CLIMBDC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_options_come_before_settings(session: SessionStore, server: ModelServer) -> None:
    settings = Settings(
        model="other", base_url="http://127.0.0.1:9/v1", model_tokens=9000, model_price_in=3, model_price_out=4
    )
    options = RunOptions(files=("a.csv",), model="small", base_url=server.url, seed=7)
    with client_for(settings, options, session) as client:
        client.ask("talk", messages(), Verdict)
    assert client.name == "llm:small" and server.calls[0].json["seed"] == 7
    (entry,) = Ledger(session).entries()
    assert entry.cost == pytest.approx((entry.tokens_in * 3 + entry.tokens_out * 4) / 1e6) and entry.cost > 0


def test_a_model_must_be_named(session: SessionStore) -> None:
    with pytest.raises(InputError, match=r"No language model is named.*climbdc model serve") as raised:
        client_for(Settings(base_url=HERE), RunOptions(files=("a.csv",)), session)
    assert raised.value.code == "no-model"


def test_openai_needs_a_key(session: SessionStore) -> None:
    with pytest.raises(InputError, match=r"no key for the model's server api\.openai\.com") as raised:
        client_for(Settings(model="x"), RunOptions(files=("a.csv",)), session)
    assert raised.value.code == "no-key"


@pytest.mark.parametrize(
    ("url", "own", "general", "given"),
    [
        ("https://api.openai.com/v1", None, "general", "general"),
        ("https://api.openai.com/v1", "own", "general", "own"),
        ("http://10.1.2.3:8000/v1", None, None, ""),
        ("http://ollama:11434/v1", None, None, ""),
        ("http://ollama:11434/v1", None, "general", ""),
        ("http://ollama:11434/v1", "own", "general", "own"),
        ("https://10.1.2.3/v1", None, "general", ""),
        ("https://llm.ward.local/v1", None, "general", ""),
        ("http://host.docker.internal:11434/v1", None, "general", ""),
        ("https://gateway.example.org/v1", None, "general", "general"),
        ("https://gateway.example.org/v1", "own", "general", "own"),
        ("http://gateway.example.org/v1", "own", "general", "own"),
        ("http://api.localhost:1/v1", None, "general", ""),
        (HERE, None, "general", ""),
        ("http://localhost:1/v1", None, "general", ""),
        ("http://[::1]:1/v1", None, "general", ""),
        (HERE, "own", "general", "own"),
    ],
)
def test_keys_go_where_they_belong(
    url: str, own: str | None, general: str | None, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if general:
        monkeypatch.setenv("OPENAI_API_KEY", general)
    settings = Settings(openai_api_key=None if own is None else SecretStr(own))
    assert key_for(settings, checked_url(url)) == given


@pytest.mark.parametrize("url", ["http://gateway.example.org/v1", "http://api.openai.com/v1", "http://8.8.8.8:1/v1"])
def test_a_general_key_is_not_sent_where_everybody_could_read_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "general")
    with pytest.raises(
        InputError, match=r"OPENAI_API_KEY is not sent to .* over http .*CLIMBDC_OPENAI_API_KEY"
    ) as told:
        key_for(Settings(), checked_url(url))
    assert told.value.code == "no-key" and "general" not in str(told.value)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(InputError, match="There is no key for"):
        key_for(Settings(), checked_url(url))


def test_a_server_at_hand_never_sees_the_general_key(
    session: SessionStore, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-general-9876543210")
    with client_for(Settings(model="x", base_url=server.url), RunOptions(files=("a.csv",)), session) as client:
        client.ask("talk", messages(), Verdict)
    assert server.calls and b"sk-general" not in server.sent


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("api.openai.com/v1", "'api.openai.com/v1' does not begin with http.* Write https://api.openai.com/v1."),
        ("localhost:8000/v1", "does not begin with http.* Write http://localhost:8000/v1."),
        ("10.0.0.3:8000", "Write http://10.0.0.3:8000."),
        ("ftp://x/v1", "'ftp://x/v1' does not begin with http.* Write it like http://127.0.0.1:8790/v1."),
        ("http://", "names no computer"),
        ("http://x:port/v1", "cannot be read: Port could not be cast"),
        ("http://x:99999/v1", "cannot be read: Port out of range"),
        ("http://[::1/v1", "cannot be read: Invalid IPv6"),
        ("http://127.0.0.1:1/v1/chat/completions/", "ends with /chat/completions.* Write http://127.0.0.1:1/v1."),
        ("https://me:s3cret@x.org/v1", "holds a user or a password"),
        ("https://me:s3cret@x.org:y/v1", "cannot be read"),
        ("me:s3cret@x.org/v1", "does not begin with"),
    ],
)
def test_urls_that_cannot_be_used_say_why_and_what_is_meant(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as raised:
        checked_url(url)
    assert raised.value.code == "base-url" and "s3cret" not in str(raised.value) and raised.value.fix


def test_the_ledger_names_a_server_without_secrets() -> None:
    assert server_name("https://u:p@x.org/openai/v1/?key=s3cret#f") == "https://x.org/openai/v1"


def test_the_version_of_the_prompts_is_that_of_their_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    assert prompts_version() == prompts_version() and len(prompts_version()) == 12
    (tmp_path / "prompts").mkdir()
    monkeypatch.setattr("climbdc.models._client_place.files", lambda package: tmp_path)
    versions = []
    for text in ("a", "b"):
        (tmp_path / "prompts" / "talk.md").write_text(text, "utf-8")
        prompts_version.cache_clear()
        versions.append(prompts_version())
    prompts_version.cache_clear()
    assert versions[0] != versions[1]
