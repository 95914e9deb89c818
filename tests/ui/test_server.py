"""Nothing is served without the token, and to this computer only."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from climbdc.copilot import Copilot
from climbdc.errors import InputError, StoreError
from climbdc.settings import Settings
from climbdc_ui import Desk, serve
from climbdc_ui._routes import _result
from climbdc_ui._work import EVERYTHING
from climbdc_ui.people import Site

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
    headers = {"Cookie": cookie, "Origin": f"http://{connection.host}:{connection.port}"}
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
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


@pytest.mark.parametrize("published", ["", ":7860", "ftp://x", "http://x:y", "https://x/y", "https://a@b"])
def test_what_is_no_address_is_refused(published: str) -> None:
    if published:
        with pytest.raises(InputError, match="is no address of a page"):
            Site.of(published, "0.0.0.0", 1)
    assert Site.of("", "::1", 7860).url == "http://[::1]:7860/"


@pytest.mark.parametrize(
    "published", ["0.0.0.0:7860", "192.0.2.1:7860", "example.org:80", "7860", "https://127.0.0.2.example"]
)
def test_a_container_must_be_published_to_this_computer_only(tmp_path: Path, published: str) -> None:
    with pytest.raises(InputError, match="can be reached by others"):
        serve(Copilot(Settings(data_dir=tmp_path)), "0.0.0.0", 0, print, published)


def test_in_a_container_the_address_and_the_cookie_are_of_the_published_port(
    tmp_path: Path,
) -> None:
    class Told(Exception):
        """What was said, and the end of serving."""

    def say(address: str, words: str) -> None:
        raise Told(address)

    with pytest.raises(Told, match=r"http://127\.0\.0\.1:9999/\?token=\S{20}"):
        serve(Copilot(Settings(data_dir=tmp_path)), "0.0.0.0", 0, say, "127.0.0.1:9999")
    assert Site.of("127.0.0.1:9999", "0.0.0.0", 7860).cookie() == "climbdc-9999"
    assert (tmp_path / "page" / "browser-key").stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="cannot listen on port"):
        serve(Copilot(Settings(data_dir=tmp_path)), "127.0.0.1", taken.getsockname()[1], print)


def test_results_are_files_of_a_finished_session_and_nothing_else(desk: Desk) -> None:
    stored = desk.copilot.store.create("a.csv", {"files": ["a.csv"]})
    folder = desk.folder / "results" / stored.id / "main"
    folder.mkdir(parents=True)
    for name in ("data.csv", EVERYTHING):
        (folder / name).write_text("a\n1\n", "utf-8")
    assert _result(desk, stored.id, "data.csv") is None, "not before the session says that they are its own"
    stored.put("finished", {"version": "v1"})
    stored.put("out", {"version": "v1"})
    assert _result(desk, stored.id, "data.csv") == folder / "data.csv"
    for name in ("../main/data.csv", "..", "", ".", "/etc/passwd", "data.csv/..", "DATA.CSV"):
        assert _result(desk, stored.id, name) is None
    for session in ("..", "", "0123abcd", stored.id[:4], stored.id + "/"):
        with pytest.raises(StoreError, match="no such session"):
            _result(desk, session, "data.csv")
