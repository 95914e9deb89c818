"""What comes through the gate, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio import run, sleep

from climbdc_ui._guard import Gate
from climbdc_ui.people import Files, Limits, People, Site

Visit = Any
"""A browser in front of a gate; see conftest.py."""

HIS = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:7860",
        "localhost.evil.example",
        "192.0.2.1",
        "",
        "127.0.0.1@evil.example",
    ],
)
def test_another_name_that_leads_here_is_a_trap(alone: Visit, host: str) -> None:
    assert alone.client.get("/", headers={"host": host}).status_code == 421 and alone.echo.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:9", "[::1]:7860", "127.0.0.1"])
def test_names_of_this_computer_lead_here(alone: Visit, host: str) -> None:
    assert alone.client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "http://localhost:7860"},
        {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
    ],
)
def test_only_the_page_itself_changes_anything(alone: Visit, headers: dict[str, str]) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = alone.client.request(method, "/gradio_api/run/predict", json={}, headers=headers)
        assert answer.status_code == 403 and "another page" in answer.text
    assert alone.echo.asked == []


@pytest.mark.parametrize("headers", [HIS, {"origin": HIS["origin"]}, {"sec-fetch-site": "same-origin"}])
def test_the_page_itself_may(alone: Visit, headers: dict[str, str]) -> None:
    assert alone.client.post("/gradio_api/run/predict", json={}, headers=headers).status_code == 200


def test_other_sites_may_link_to_the_page_and_not_embed_it(alone: Visit) -> None:
    for site in ("cross-site", "same-site"):
        link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        assert alone.client.get("/?session=01234567", headers=link).status_code == 200
        for dest, mode in (("iframe", "navigate"), ("image", "no-cors"), ("script", "no-cors"), ("empty", "cors")):
            told = {**link, "sec-fetch-dest": dest, "sec-fetch-mode": mode}
            assert alone.client.get("/results/01234567/data.csv", headers=told).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://192.0.2.1/", "/gradio_api/component_server", "/gradio_api/vibe-edit/", "/monitoring",
        "/gradio_api/stream/x", "/gradio_api/process_recording", "/gradio_api/call/x", "/gradio_api/openapi.json",
        "/docs", "/openapi.json", "/gradio_api/runs", "/gradio_api/dev/reload", "/svelte/x", "/gradio_api/mcp/sse",
        "/gradio_api/file/etc/passwd", "/gradio_api/queue/status", "/login", "/people", "/gradio_api/token",
        "/.git/config",
    ],
)  # fmt: skip
def test_what_gradio_brings_and_the_page_does_not_use_is_not_there(alone: Visit, path: str) -> None:
    for answer in (alone.client.get(path), alone.client.post(path, json={}, headers=HIS)):
        assert answer.status_code == 404 and answer.text == "There is nothing at this address.\n"
    assert alone.echo.asked == []


def test_nobody_speaks_in_the_name_of_a_proxy(alone: Visit) -> None:
    told = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-gradio-server": "http://evil.example"}
    alone.client.get("/", headers={**told, "forwarded": "host=evil.example", "x-forwarded-for": "127.0.0.1"})
    assert b"evil" not in repr(alone.echo.asked[0]["headers"]).encode() and alone.echo.asked[0]["scheme"] == "http"


def test_answers_have_what_protects_them(alone: Visit) -> None:
    answer = alone.client.get("/results/01234567/report.html")
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert not {"access-control-allow-origin", "server", "strict-transport-security"} & set(answer.headers)
    assert "immutable" in alone.client.get("/assets/a-0f3e.js").headers["cache-control"], "named by its content"
    assert "cache-control" not in alone.client.get("/theme.css").headers


def test_the_cookie_of_https_is_for_https_alone() -> None:
    site = Site.of("https://clean.example.org", "0.0.0.0", 7860)
    told = site.set_cookie(site.cookie(), "x").decode()
    assert told == "__Host-climbdc-443=x; Path=/; HttpOnly; SameSite=Lax; Secure"
    scope = {"method": "POST", "headers": [(b"host", b"clean.example.org"), (b"origin", b"http://clean.example.org")]}
    assert not site.own(scope)
    scope["headers"] = [(b"host", b"clean.example.org"), (b"origin", b"https://clean.example.org")]
    assert site.own(scope) and site.knows(scope)


def test_two_hosts_are_none(alone: Visit) -> None:
    assert not Site("127.0.0.1", 1).knows({"headers": [(b"host", b"127.0.0.1"), (b"host", b"evil.example")]})


def test_a_file_belongs_to_who_uploaded_it(visit: Callable[[], Visit], tmp_path: Path) -> None:
    anna, ben = visit(), visit()
    anna.login("anna")
    ben.login("ben")
    path = tmp_path / "abc" / "patients.csv"
    path.parent.mkdir()
    path.write_text("a\n1\n")
    anna.echo.answer = json.dumps([str(path)]).encode()
    assert anna.client.post("/gradio_api/upload", content=b"x", headers=HIS).status_code == 200

    ways = [str(path), f"{path.parent}/../abc/patients.csv", f"{path.parent}/./patients.csv"]
    elsewhere = ["/etc/passwd", f"{path}/../../x", "http://192.0.2.1/x", f"{path}\0", str(path).upper()]
    for who, may in ((anna, True), (ben, False)):
        for way in ways:
            seen = len(who.echo.asked)
            got = who.client.get(f"/gradio_api/file={way.replace('..', '%2e%2e')}").status_code
            ran = who.client.post("/gradio_api/run/predict", json=call(way), headers=HIS).status_code
            assert (got, ran) == ((200, 200) if may else (404, 404)), (way, may)
            assert len(who.echo.asked) - seen == (2 if may else 0)
    for way in elsewhere:
        assert anna.client.post("/gradio_api/run/predict", json=call(way), headers=HIS).status_code == 404, way


def call(path: str) -> dict[str, object]:
    """A call that names a file deep within."""
    return {"data": ["x", {"deep": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}], "fn_index": 1}


def test_an_open_page_belongs_to_who_opened_it(visit: Callable[[], Visit]) -> None:
    anna, ben = visit(), visit()
    anna.login("anna")
    ben.login("ben")
    assert anna.client.get("/gradio_api/heartbeat/abc123").status_code == 200
    assert ben.client.get("/gradio_api/heartbeat/abc123").status_code == 404
    told = {"data": [], "session_hash": "abc123"}
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/reset"):
        assert anna.client.post(path, json=told, headers=HIS).status_code == 200
        assert ben.client.post(path, json=told, headers=HIS).status_code == 404
    for path in ("/gradio_api/queue/data?session_hash=q", "/gradio_api/upload_progress?upload_id=q"):
        assert (anna.client.get(path).status_code, ben.client.get(path).status_code) == (200, 404)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_call_that_is_no_json_goes_nowhere(alone: Visit, body: bytes) -> None:
    assert alone.client.post("/gradio_api/run/predict", content=body, headers=HIS).status_code == 404
    assert alone.echo.asked == []


def test_the_person_is_told_to_the_page_and_cannot_be_made_up(visit: Callable[[], Visit], alone: Visit) -> None:
    anna = visit()
    anna.login("anna")
    anna.client.get("/", headers={"climbdc.person": "ben", "x-climbdc-person": "ben"})
    assert anna.echo.asked[-1]["climbdc.person"] == "anna"
    alone.client.get("/")
    assert alone.echo.asked[-1]["climbdc.person"] is None


def test_too_much_is_told_in_words(alone: Visit) -> None:
    big = alone.client.post("/gradio_api/upload", content=b"x" * (3 << 20), headers=HIS)
    assert big.status_code == 413 and big.text == "This upload has 3 MB; the most here is 1 MB.\n"
    unknown = alone.client.post("/gradio_api/upload", content=iter([b"x"]), headers=HIS)
    assert unknown.status_code == 411 and "how large" in unknown.text
    long = alone.client.post("/gradio_api/run/predict", content=b" " * (9 << 20), headers=HIS)
    assert long.status_code == 413 and "more than the page ever sends" in long.text
    codes = [alone.client.get("/live/x").status_code for _ in range(60)]
    assert codes[:50] == [200] * 50 and codes[-1] == 429
    last = alone.client.get("/live/x")
    assert "Try again in" in last.text and int(last.headers["retry-after"]) >= 1
    assert alone.client.get("/static/page.js").status_code == 200, "files of the page are not counted"


def test_a_full_disk_is_told_before_it_is_full(alone: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 100 << 20})
    monkeypatch.setattr("climbdc_ui.people._limits.shutil.disk_usage", lambda folder: usage)
    full = alone.client.post("/gradio_api/upload", content=b"x", headers=HIS)
    assert full.status_code == 507 and "no room" in full.text and alone.echo.asked == []


def test_scripts_of_the_page_are_numbered_and_no_others_run(alone: Visit) -> None:
    alone.echo.answer = b"<html><script>a</script><script type=module src=x></script><scripty><b>&lt;script></b>"
    one, other = alone.client.get("/"), alone.client.get("/", headers={"accept-encoding": "identity"})
    numbers = []
    for page in (one, other):
        policy = page.headers["content-security-policy"]
        number = policy.split("'nonce-")[1].split("'")[0]
        numbers.append(number)
        assert "script-src 'self' 'nonce-" in policy and "unsafe-inline'" not in policy.split("style-src")[0]
        assert page.text.count(f'<script nonce="{number}"') == 2 and "<scripty>" in page.text
    assert numbers[0] != numbers[1] and one.headers["content-encoding"] == "gzip"
    assert "script-src 'self';" in alone.client.get("/results/01234567/report.html").headers["content-security-policy"]


def test_a_stream_ends_when_its_person_is_logged_out(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("climbdc_ui._guard._LOOK_AGAIN", 0.0)
    monkeypatch.setattr("climbdc_ui.people._people._TRUSTED", 0.0)
    account = people.accounts.get("ben")
    token = people.logins.open(account)
    sent: list[Any] = []

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(1000):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await sleep(0)
            if number == 3:
                people.accounts.set_disabled("ben", True)
        raise AssertionError("it went on")

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    headers = [(b"host", b"127.0.0.1:7860"), (b"cookie", f"climbdc-7860={token}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/live/01234567", "query_string": b"", "headers": headers}
    gate = Gate(endless, Site("127.0.0.1", 7860), people, Limits(tmp_path), Files(tmp_path))
    run(gate, scope, receive, send)
    assert len(sent) == 6 and sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
