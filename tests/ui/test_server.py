"""Nothing is served without the token, and to this computer only."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.settings import Settings
from climbdc_ui import Desk, serve
from climbdc_ui._server import _result
from climbdc_ui._work import EVERYTHING

PATHS = [
    ("GET", "/"),
    ("GET", "/?token=wrong"),
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/file=page.css"),
    ("GET", "/gradio_api/heartbeat/abc"),
    ("GET", "/results/12345678/data.csv"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/run/predict"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/queue/join?token=wrong"),
]


@pytest.fixture
def connection(address: str) -> Iterator[http.client.HTTPConnection]:
    """A connection to the running page."""
    there = urlsplit(address)
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=30)
    yield connection
    connection.close()


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, cookie: str = ""
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request and all of its answer."""
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers={"Cookie": cookie})
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def test_only_the_token_opens_the_page(address: str, connection: http.client.HTTPConnection) -> None:
    for method, path in PATHS:
        for cookie in ("", "climbdc=x", f"climbdc-{urlsplit(address).port}=wrong"):
            status, _, body = asked(connection, method, path, cookie)
            assert status == 403 and b"climbdc ui" in body and b"gradio" not in body, (method, path, cookie)

    token = parse_qs(urlsplit(address).query)["token"][0]
    assert asked(connection, "POST", f"/gradio_api/run/predict?token={token}")[0] == 403, "a token is for GET only"
    status, headers, _ = asked(connection, "GET", f"/?token={token}&session=1234abcd")
    assert status == 303 and headers["location"] == "./?session=1234abcd"
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Lax" in headers["set-cookie"]

    cookie = headers["set-cookie"].split(";")[0]
    status, headers, body = asked(connection, "GET", "/", cookie)
    assert status == 200 and b"climbdc" in body
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert token.encode() not in body
    assert asked(connection, "GET", "/results/12345678/data.csv", cookie)[0] == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_a_host_that_others_can_reach_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(InputError, match="can be reached by others"):
        serve(Copilot(Settings(data_dir=tmp_path)), host, 0, print)


@pytest.mark.parametrize("published", ["0.0.0.0:7860", "192.0.2.1:7860", "example.org:80", "7860", ":7860"])
def test_a_container_must_be_published_to_this_computer_only(tmp_path: Path, published: str) -> None:
    with pytest.raises(InputError, match="can be reached by others"):
        serve(Copilot(Settings(data_dir=tmp_path)), "0.0.0.0", 0, print, published)


def test_in_a_container_the_address_and_the_cookie_are_of_the_published_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told(Exception):
        """What was said, and the end of serving."""

    def say(address: str) -> None:
        raise Told(address)

    cookies: list[str] = []
    monkeypatch.setattr("climbdc_ui._server.build_app", lambda desk, token, cookie: cookies.append(cookie))
    with pytest.raises(Told, match=r"http://127\.0\.0\.1:9999/\?token=\S{20}"):
        serve(Copilot(Settings(data_dir=tmp_path)), "0.0.0.0", 0, say, "127.0.0.1:9999")
    assert cookies == ["climbdc-9999"]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="cannot listen on port"):
        serve(Copilot(Settings(data_dir=tmp_path)), "127.0.0.1", taken.getsockname()[1], print)


def test_results_are_files_of_a_finished_session_and_nothing_else(desk: Desk) -> None:
    folder = desk.folder / "results" / "0123abcd"
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("a\n1\n", "utf-8")
    assert _result(desk, "0123abcd", "data.csv") is None, "not before everything is written"
    (folder / EVERYTHING).write_bytes(b"")
    assert _result(desk, "0123abcd", "data.csv") == folder / "data.csv"
    for session, name in (("0123abcd", "../0123abcd/data.csv"), ("..", "results"), ("0123abcd", ".."), ("", "x")):
        assert _result(desk, session, name) is None
