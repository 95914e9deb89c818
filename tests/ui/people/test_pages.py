"""Login, set-up, one's own account, and the list of accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from climbdc.settings import Settings
from climbdc.store import Passwords, Store
from climbdc_ui.people import People, Site

Visit = Any
"""A browser in front of a gate; see conftest.py."""

GOOD, OTHER = "a long enough phrase", "quite another phrase"
PATHS = [
    "/", "/config", "/theme.css", "/assets/index.js", "/static/page.js", "/favicon.ico", "/gradio_api/info",
    "/gradio_api/heartbeat/x", "/gradio_api/queue/data?session_hash=x", "/gradio_api/file=/etc/passwd", "/s/01234567",
    "/results/01234567/data.csv", "/live/01234567", "/export/01234567", "/account", "/people", "/setup", "/nowhere",
    "/gradio_api/startup-events", "/manifest.json", "/robots.txt", "/?session=01234567", "/?token=x", "/setup?key=",
]  # fmt: skip
SITE = Site("127.0.0.1", 7860)
Browser = Callable[..., Visit]


@pytest.mark.parametrize("path", PATHS)
def test_strangers_reach_nothing(visit: Browser, path: str) -> None:
    stranger = visit()
    answers = [stranger.get(path, accept="*/*"), stranger.post(path), stranger.get(path)]
    stranger.client.cookies.set("climbdc-7860", "made-up")
    answers += [stranger.get(path, accept="*/*"), stranger.client.head(path)]
    assert stranger.echo.asked == [] and {answer.status_code for answer in answers} <= {303, 400, 401, 404}
    assert not re.search("anna|ben|gradio", "".join(answer.text for answer in answers))


def test_a_person_logs_in_and_out(visit: Browser) -> None:
    anna = visit()
    sent = anna.get("/?session=0123abcd")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?session=0123abcd")
    assert anna.get("/?session=//evil.example").headers["location"] == "/login"
    done = anna.send("/login?session=0123abcd", name="ANNA", password=GOOD)
    assert (done.status_code, done.headers["location"]) == (303, "./?session=0123abcd")
    told = done.headers.get_list("set-cookie")
    assert all("HttpOnly; SameSite=Lax" in cookie for cookie in told) and len(told) == 2
    assert anna.get("/").status_code == 200 and anna.echo.asked[-1]["climbdc.person"] == "anna"
    assert anna.get("/login").headers["location"] == "./"
    kept = anna.client.cookies["climbdc-7860"]
    anna.send("/account", do="logout")
    anna.client.cookies.set("climbdc-7860", kept)
    assert anna.get("/").status_code == 303, "the old cookie opens nothing"


def test_a_wrong_name_and_a_wrong_password_look_the_same(visit: Browser, people: People) -> None:
    people.accounts.add("carl", GOOD)
    people.accounts.set_disabled("carl", True)
    texts = set()
    for name, password in (("anna", OTHER), ("nobody", GOOD), ("carl", GOOD), ("", ""), ("<b>", "'; drop table")):
        answer = visit(f"192.0.2.{len(name)}").login(name, password)
        assert answer.status_code == 401
        texts.add(re.sub(r'nonce[-=]"?[\w-]+|value="\w+"', "", answer.text))
    assert len(texts) == 1 and "Name or password is not right" in texts.pop()


def test_guessing_is_slowed_down_with_words(visit: Browser, people: People, store: Store) -> None:
    for _ in range(5):
        assert visit().login("ben", "wrong password x").status_code == 401
    for _ in range(6):
        answer = visit().login("ben", GOOD)
    assert answer.status_code == 429 and "Wait" in answer.text and int(answer.headers["retry-after"]) >= 1
    assert visit("192.0.2.9").login("ben").status_code == 303, "somebody else's guesses lock nobody out"


def test_a_form_must_be_of_a_page_that_this_browser_was_given(visit: Browser) -> None:
    anna, ben = visit(), visit()
    token = re.search(r'name="form" value="(\w+)"', ben.get("/login").text)
    assert token is not None
    form = {"name": "anna", "password": GOOD}
    for sent in (form, {**form, "form": ""}, {**form, "form": token[1]}, {**form, "form": "é"}):
        answer = anna.post("/login", sent)
        assert answer.status_code == 400 and "open for too long" in answer.text
    anna.login("anna")
    for do in ({"do": "logout"}, {"do": "elsewhere"}, {"do": "password", "new": OTHER, "again": OTHER}):
        assert anna.post("/account", {**do, "form": token[1]}).status_code == 400
    assert anna.post("/people", {"do": "disable", "name": "ben", "form": token[1]}).status_code == 400
    assert anna.client.post("/account", data={"do": "logout"}).status_code == 403, "nor from elsewhere"
    assert anna.get("/").status_code == 200
    assert visit().login("ben").status_code == 303


def test_changing_the_password_logs_out_elsewhere(visit: Browser) -> None:
    here, there = visit(), visit()
    here.login("ben")
    there.login("ben")
    for wrong, why in (
        ({"password": OTHER, "new": OTHER, "again": OTHER}, "present password is not right"),
        ({"password": GOOD, "new": OTHER, "again": "x"}, "not the same"),
        ({"password": GOOD, "new": "short", "again": "short"}, "5 characters"),
        ({"password": GOOD, "new": GOOD, "again": GOOD}, "the present password"),
    ):
        answer = here.send("/account", do="password", **wrong)
        assert answer.status_code in {400, 401} and why in answer.text
    assert here.send("/account", do="password", password=GOOD, new=OTHER, again=OTHER).status_code == 303
    assert here.get("/").status_code == 200 and there.get("/").status_code == 303
    assert visit().login("ben").status_code == 401 and visit().login("ben", OTHER).status_code == 303


def test_logging_out_everywhere_else(visit: Browser) -> None:
    here, there = visit(), visit()
    here.login("ben")
    there.login("ben")
    assert there.get("/").status_code == 200
    here.send("/account", do="elsewhere")
    assert here.get("/").status_code == 200 and there.get("/").status_code == 303


def test_an_admin_manages_accounts(visit: Browser, people: People) -> None:
    anna, carl = visit(), visit()
    anna.login("anna")
    added = anna.send("/people", do="add", name="carl", role="clinician")
    password = re.search(r'class="secret">([\w-]+)<', added.text)
    assert password is not None and password[1] not in anna.get("/people").text
    assert carl.login("carl", password[1]).headers["location"] == "./account"
    for path in ("/", "/results/01234567/x", "/people"):
        assert carl.get(path).status_code in {303, 404} and carl.echo.asked == []
    own = carl.send("/account", do="password", password=password[1], new=OTHER, again=OTHER)
    assert own.headers["location"] == "./" and carl.get("/").status_code == 200
    anna.send("/people", do="disable", name="carl")
    assert carl.get("/").status_code == 303
    anna.send("/people", do="enable", name="carl")
    anna.send("/people", do="role", name="carl", role="admin")
    assert people.accounts.get("carl").is_admin
    assert "only one" not in anna.send("/people", do="remove", name="ben").text
    assert [one.name for one in people.accounts.all()] == ["anna", "carl"]
    for form in ({"do": "remove", "name": "nobody"}, {"do": "bake", "name": "carl"}, {"do": "add", "name": "<b>x</b>"}):
        answer = anna.send("/people", **form)
        assert answer.status_code == 400 and "<b>x" not in answer.text


def test_a_clinician_sees_no_accounts(visit: Browser) -> None:
    ben = visit()
    ben.login("ben")
    page = ben.get("/people")
    assert page.status_code == 404 and "anna" not in page.text
    token = re.search(r'name="form" value="(\w+)"', ben.get("/account").text)
    assert token is not None
    assert ben.post("/people", {"do": "role", "name": "ben", "role": "admin", "form": token[1]}).status_code == 404


def test_the_first_account_is_made_once(browsing: Browser, tmp_path: Path) -> None:
    store = Store(tmp_path / "new")
    people = People(store, SITE, Settings(), Passwords(memory=64, passes=1))
    one = browsing(people)
    address = people.first_address().removeprefix("http://127.0.0.1:7860")
    assert one.get("/setup?key=wrong").status_code == 404 and one.get("/setup").status_code == 404
    assert one.send(address, name="anna", new="short", again="short").status_code == 400
    done = one.send(address, name="anna", new=GOOD, again=GOOD)
    assert done.status_code == 303 and one.get("/").status_code == 200 and people.accounts.get("anna").is_admin
    assert one.get(address).status_code == 404 and people.first_address() == ""
    store.close()


def test_pages_of_accounts_have_no_script_and_ask_nothing(visit: Browser) -> None:
    anna = visit()
    pages = [anna.get("/login")]
    anna.login("anna")
    pages += [anna.get("/account"), anna.get("/people")]
    for page in pages:
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'nonce-")
        assert "<script" not in page.text and not re.search(r"(?:src|href)=\"(?:http|//)", page.text)
        assert page.headers["cache-control"] == "no-store"
