"""`doctor` on base URLs that are a little wrong: what came, and what to write."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from climbdc.models.serve import model_checks
from climbdc.settings import Settings

ALERT = b"\x15\x03\x01\x00\x02\x02\x16"
"""What a server of https says to http: an alert of TLS."""

Serve = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "CLIMBDC_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that knows `/v1/models`, or says one thing to all."""
    opened: list[ThreadingHTTPServer] = []

    def begin(status: int = 0, body: bytes = b'{"data": []}', heard: list[Any] | None = None, **headers: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if heard is not None:
                    heard.append(self.headers.get("Authorization"))
                self.send_response(status or (200 if self.path == "/v1/models" else 404))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        opened.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"127.0.0.1:{server.server_port}"

    yield begin
    for server in opened:
        server.shutdown()
        server.server_close()


def row(base_url: str, key: str = "") -> dict[str, Any]:
    """What `doctor` says."""
    settings = Settings(model="m", base_url=base_url, openai_api_key=SecretStr(key) if key else None)
    return model_checks(settings)[-1]


def said(base_url: str, key: str = "") -> str:
    told = row(base_url, key)
    assert told["name"] == "language model" and not told["ok"] and not (key and key in str(told))
    return f"{told['detail']} | {told['mend']}"


def test_a_base_url_without_a_scheme(serve: Serve) -> None:
    place = serve()
    assert f"'{place}/v1' does not begin with http" in said(f"{place}/v1")
    assert f"Write http://{place}/v1." in said(f"{place}/v1")
    assert row(f"http://{place}/v1")["ok"] and row(f"http://{place}/v1/")["ok"]


def test_a_path_too_much_and_a_path_too_little(serve: Serve) -> None:
    place = serve()
    assert f"Write http://{place}/v1." in said(f"http://{place}/v1/chat/completions")
    assert "status 404" in said(f"http://{place}") and f"/v1 at its end: http://{place}/v1" in said(f"http://{place}")
    assert "See that this is its base URL" in said(f"http://{place}/v1/x")


def test_https_to_a_server_of_http_and_the_other_way_round(serve: Serve) -> None:
    place = serve()
    assert "does not speak https" in said(f"https://{place}/v1") and f"Write http://{place}/v1" in said(
        f"https://{place}/v1"
    )
    told = said(f"http://{serve(400)}/v1")
    assert "does not understand http" in told and "Write https://127.0.0.1:" in told
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_alert, args=(listening,), daemon=True).start()
        told = said(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    assert "does not speak http" in told and "Write https://127.0.0.1:" in told


def _alert(listening: socket.socket) -> None:
    with listening.accept()[0] as connection:
        connection.recv(4000)
        connection.sendall(ALERT)


def test_nobody_there_no_such_computer_and_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nobody listens at port 9 " in said("http://127.0.0.1:9/v1").replace("|", "")
    assert "no computer is called nowhere.local" in said("http://nowhere.local/v1")
    monkeypatch.setattr("climbdc.models.serve._trouble._PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert "it says nothing" in said(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")


def test_a_web_page_is_no_models_server(serve: Serve) -> None:
    place = serve(200, b"<html>Welcome</html>")
    assert "no model's server" in said(f"http://{place}") and f"http://{place}/v1 is meant" in said(f"http://{place}")


def test_nobody_is_followed_with_the_key(serve: Serve) -> None:
    heard: list[Any] = []
    other = serve(200, heard=heard)
    first = serve(307, Location=f"http://{other}/v1/models")
    assert "sends elsewhere (status 307)" in said(f"http://{first}/v1", "sk-0123456789") and heard == []


def test_keys_in_plain_words(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    place = serve(401, json.dumps({"error": "no"}).encode(), heard)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-general")
    assert "wants a key, and none is sent | Set CLIMBDC_OPENAI_API_KEY" in said(f"http://{place}/v1")
    assert "refuses the key" in said(f"http://{place}/v1", "sk-own") and heard == [None, "Bearer sk-own"]
    assert "over http everybody could read it" in said("http://gateway.example.org/v1")
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "There is no key for the model's server api.openai.com." in said("")


def test_a_server_in_trouble(serve: Serve) -> None:
    assert "it answers 503 | See its log" in said(f"http://{serve(503)}/v1")
