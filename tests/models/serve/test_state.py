"""`doctor` on models: what is missing, what does not answer, and never the key."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from climbdc.models.serve import model_checks
from climbdc.settings import Settings


class _Models(BaseHTTPRequestHandler):
    """A model's server that wants a key."""

    def do_GET(self) -> None:
        right = self.headers.get("Authorization") == "Bearer s3cret" and self.path == "/v1/models"
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    opened = ThreadingHTTPServer(("127.0.0.1", 0), _Models)
    thread = threading.Thread(target=opened.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{opened.server_port}/v1"
    opened.shutdown()
    opened.server_close()
    thread.join()


def told(settings: Settings) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in model_checks(settings)}


def test_nothing_configured_is_no_fault_and_weights_that_are_missing_name_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = told(Settings(model="", base_url=""))
    assert rows["language model"]["ok"] and "rules need none" in rows["language model"]["detail"]
    assert not rows["model weights"]["ok"]
    assert rows["model weights"]["mend"] == "climbdc model serve --size 0.5b --fetch-only"


def test_a_server_that_answers_refuses_or_is_not_there(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    right = told(Settings(model="local", base_url=server, openai_api_key=SecretStr("s3cret")))["language model"]
    assert right == {"name": "language model", "ok": True, "detail": f"local at {server}", "mend": ""}
    wrong = told(Settings(model="local", base_url=server, openai_api_key=SecretStr("gu3ss")))["language model"]
    assert not wrong["ok"] and "refuses the key" in wrong["detail"] and "gu3ss" not in str(wrong)
    away = told(Settings(model="local", base_url="http://127.0.0.1:9/v1"))["language model"]
    assert not away["ok"] and "does not answer" in away["detail"] and "climbdc model serve" in away["mend"]


def test_an_address_without_a_name_lacks_the_name(server: str) -> None:
    row = told(Settings(model="", base_url=server, openai_api_key=SecretStr("s3cret")))["language model"]
    assert not row["ok"] and "CLIMBDC_MODEL" in row["mend"]
