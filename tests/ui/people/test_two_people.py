"""Two people on a real server: what one has, the other can neither see nor touch."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from climbdc.copilot import Copilot
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc.store import Access, Accounts, Passwords
from climbdc_ui._work import EVERYTHING

GOOD, MARK = "a long enough phrase", "zebra4711"
UNKNOWN = "0" * 8


class Person:
    """Somebody with a browser that knows HTTP only."""

    def __init__(self, address: str, name: str) -> None:
        self.there = urlsplit(address)
        self.origin = address.rstrip("/")
        self.cookies: dict[str, str] = {}
        token = re.search(r'name="form" value="(\w+)"', self.ask("GET", "/login")[1].decode())
        assert token is not None
        form = urlencode({"form": token[1], "name": name, "password": GOOD})
        status, _ = self.ask("POST", "/login", form.encode(), "application/x-www-form-urlencoded")
        assert status == 303

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """One request, with what a browser would send along."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie, "Origin": self.origin, "Content-Type": kind}
        with closing(http.client.HTTPConnection(self.there.hostname or "", self.there.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for told in response.headers.get_all("set-cookie") or []:
                name, _, value = told.split(";")[0].partition("=")
                self.cookies[name] = value
            return response.status, response.read()

    def upload(self, name: str, content: bytes) -> tuple[int, bytes]:
        """Send a file as the page does."""
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        body = head + content + b"\r\n--x--\r\n"
        return self.ask("POST", "/gradio_api/upload", body, "multipart/form-data; boundary=x")

    def call(self, number: int, data: list[Any], event: Any = None) -> tuple[int, str]:
        """Call a handler of the page."""
        told = {"fn_index": number, "data": data, "event_data": event, "session_hash": f"{id(self)}"}
        status, body = self.ask("POST", "/gradio_api/run/predict", json.dumps(told).encode())
        return status, body.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a finished session of Anna's."""
    folder = tmp_path_factory.mktemp("people")
    data = folder / f"{MARK}.csv"
    data.write_text(f"id,{MARK}\n1,2\n", "utf-8")
    copilot = Copilot(Settings(data_dir=folder / "data"))
    engine = copilot.store.engine
    for name in ("anna", "ben"):
        Accounts(engine, Passwords(memory=64, passes=1)).add(name, GOOD)
    session = copilot.start([data], Goal(task="none"), name=MARK)
    Access(engine).own("anna", session.id)
    session.stored.put("finished", {"version": "v1"})
    session.stored.put("out", {"version": "v1", "folder": "x"})
    results = folder / "data" / "page" / "results" / session.id / session.stored.branch
    results.mkdir(parents=True)
    for name in ("data.csv", "report.html", EVERYTHING):
        (results / name).write_text(MARK, "utf-8")
    (folder / "session").write_text(session.id)
    copilot.close()
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A server for people with accounts, in its own process."""
    command = [sys.executable, "-c", "from climbdc.cli import main; main()", "ui", "--multi-user", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--data-dir", str(folder / "data")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), server.communicate(timeout=30)
    yield address
    server.send_signal(signal.SIGINT)
    _, said = server.communicate(timeout=60)
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def session(folder: Path) -> str:
    """The id of Anna's session."""
    return (folder / "session").read_text()


@pytest.fixture(scope="module")
def anna(address: str) -> Person:
    """Logged in."""
    return Person(address, "anna")


@pytest.fixture(scope="module")
def ben(address: str) -> Person:
    """Logged in."""
    return Person(address, "ben")


def test_results_streams_and_exports_are_the_owners(anna: Person, ben: Person, session: str) -> None:
    for path in ("/results/{}/data.csv", "/results/{}/report.html", f"/results/{{}}/{EVERYTHING}", "/export/{}"):
        status, body = anna.ask("GET", path.format(session))
        assert status == 200 and body == MARK.encode(), path
        assert ben.ask("GET", path.format(session)) == ben.ask("GET", path.format(UNKNOWN)), "as if it did not exist"
        assert ben.ask("GET", path.format(session))[0] == 404
    assert ben.ask("GET", f"/live/{session}") == ben.ask("GET", f"/live/{UNKNOWN}")


@pytest.mark.parametrize(
    "path",
    [
        "/results/{}/..%2f..%2fbrowser-key", "/results/{}/%2e%2e/%2e%2e/climbdc.sqlite", "/results/..%2f{}/data.csv",
        "/static/..%2f_guard.py", "/static/%2e%2e/_guard.py", "/static/%00", "/s/..%2f..", "/export/..%2f{}",
        "/assets/..%2f..%2f..%2f__init__.py", "/gradio_api/file=data/climbdc.sqlite", "/gradio_api/file=/etc/passwd",
        "/results/{}/data.csv%00.html", "/results/{}%00/data.csv", "/live/{}%0d%0aX:%20y",
    ],
)  # fmt: skip
def test_no_path_leads_outside(anna: Person, session: str, path: str) -> None:
    status, body = anna.ask("GET", path.format(session))
    assert status in {400, 403, 404, 307} and b"root:" not in body and b"SQLite" not in body and b"def " not in body


def test_handlers_do_nothing_for_a_stranger_to_the_session(
    anna: Person, ben: Person, session: str, folder: Path
) -> None:
    """Every handler of the page is called with Anna's session in every text, and everything that can be pressed."""
    config = json.loads(ben.ask("GET", "/config")[1])
    kinds = {one["id"]: one["type"] for one in config["components"]}
    (sample,) = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "sample"]
    before = state(folder, session)
    events = [
        {"part": part, "do": do, "values": {"session": session, "name": "ben", "right": "edit", "panel": "data"}}
        for part, do in (
            ("home", "rename"), ("home", "archive"), ("home", "restore"), ("home", "share"), ("home", "unshare"),
            ("header", "stop"), ("header", "again"), ("header", "by-rule"), ("panel", "open"), ("plan", "remove"),
            ("data", "save"), ("card", "answer"),
        )
    ]  # fmt: skip
    handlers = [one for one in config["dependencies"] if one["targets"] and one["targets"][0][0] != sample]
    shown, called = "", 0
    for one in handlers:
        data = [session if kinds[number] in {"textbox", "html"} else None for number in one["inputs"]]
        for event in [None, *events] if one["targets"][0][1] == "click" else [None]:
            status, body = ben.call(one["id"], data, event)
            assert status in {200, 404, 422, 500} and MARK not in body, (one["targets"], event)
            called += 1
    assert called > 20 and state(folder, session) == before
    for one in handlers:
        data = [session if kinds[number] in {"textbox", "html"} else None for number in one["inputs"]]
        shown += anna.call(one["id"], data)[1]
    assert MARK in shown, "the same calls show the owner what is there"


def state(folder: Path, session: str) -> list[Any]:
    """All that could have been changed of a session."""
    copilot = Copilot(Settings(data_dir=folder / "data"))
    stored, access = copilot.session(session).stored, Access(copilot.store.engine)
    told: list[Any] = [stored.name, stored.status, stored.branch, access.owner(session), access.shares(session)]
    told += [copilot.store.event_count(session), [one for one in copilot.sessions() if one["id"] == session]]
    copilot.close()
    return told


def test_an_upload_is_its_uploaders(anna: Person, ben: Person) -> None:
    status, body = anna.upload("mine.csv", f"id,{MARK}\n1,2\n".encode())
    assert status == 200
    (path,) = json.loads(body)
    config = json.loads(ben.ask("GET", "/config")[1])
    files = {one["id"] for one in config["components"] if one["type"] == "file"}
    (look,) = [
        one for one in config["dependencies"] if one["targets"][0][0] in files and one["targets"][0][1] == "change"
    ]
    told = {"path": path, "orig_name": "mine.csv", "meta": {"_type": "gradio.FileData"}}
    data = [[told]] if len(look["inputs"]) == 1 else [[told], *[None] * (len(look["inputs"]) - 1)]
    assert anna.ask("GET", f"/gradio_api/file={quote(path)}")[0] == 200
    assert ben.ask("GET", f"/gradio_api/file={quote(path)}")[0] == 404
    assert "mine.csv" in anna.call(look["id"], data)[1]
    assert ben.call(look["id"], data) == (404, "This file is not here any more. Upload it again.\n")
    for other in ("/etc/passwd", f"{path}/../../../climbdc.sqlite", "http://127.0.0.1:1/x.csv"):
        told["path"] = other
        assert anna.call(look["id"], data)[0] == 404, other


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "a\x00b.csv", "x" * 5000 + ".csv", "CON.csv", ".csv",
        "\u202efdp.csv", "a\r\nX-Evil: 1.csv", "..", ".", "", "~/.bashrc", "a/b/c.csv",
        "<img src=x onerror=alert(1)>.csv", "%2e%2e%2fevil.csv", "$(id).csv", "nul",
    ],
)  # fmt: skip
def test_a_file_name_leads_nowhere(anna: Person, folder: Path, name: str) -> None:
    incoming = folder / "data" / "page" / "incoming"
    before = {path for path in folder.rglob("*") if not path.is_relative_to(incoming)}
    status, body = anna.upload(name.replace('"', ""), b"a\n1\n")
    if status == 200:
        for path in json.loads(body):
            assert Path(path).resolve().is_relative_to(incoming) and "\0" not in path and len(Path(path).name) < 256
    else:
        assert status in {400, 404, 413, 422, 500}
    strange = {path for path in folder.rglob("*") if not path.is_relative_to(incoming)} - before
    assert {path for path in strange if "sqlite" not in path.name} == set()
