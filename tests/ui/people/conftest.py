"""A gate over an application that tells what reached it, and people with accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from climbdc.settings import Settings
from climbdc.store import Passwords, Store
from climbdc_ui._guard import Gate
from climbdc_ui.people import Door, Files, Limits, People, Site, TokenDoor

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

GOOD, OTHER = "a long enough phrase", "quite another phrase"
SITE = Site("127.0.0.1", 7860)
OWN = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}


class Echo:
    """An application that keeps what it was asked, and answers with what a foolish one would."""

    def __init__(self) -> None:
        self.asked: list[Scope] = []
        self.bodies: list[bytes] = []
        self.answer = b"[]"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        body, more = b"", True
        while more:
            message: Message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.asked.append(scope)
        self.bodies.append(body)
        headers = [(b"access-control-allow-origin", b"http://evil.example"), (b"server", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})


@dataclass
class Visit:
    """A browser in front of a gate."""

    client: TestClient
    echo: Echo

    def get(self, path: str, **headers: str) -> Any:
        """Open a page."""
        told = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.get(path, headers=told)

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> Any:
        """Send a form from a page of this site."""
        return self.client.post(path, data=form, headers={**OWN, **headers})

    def send(self, path: str, **form: str) -> Any:
        """Open a page and send a form that is on it."""
        token = re.search(r'name="form" value="(\w+)"', self.get(path).text)
        assert token is not None
        return self.post(path, {"form": token[1], **form})

    def login(self, name: str, password: str = GOOD) -> Any:
        """Log in."""
        return self.send("/login", name=name, password=password)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def people(store: Store) -> People:
    """Anna, an admin, and Ben."""
    people = People(store, SITE, Settings(), Passwords(memory=64, passes=1))
    people.accounts.add("anna", GOOD, "admin")
    people.accounts.add("ben", GOOD)
    return people


@pytest.fixture
def browsing(tmp_path: Path) -> Callable[..., Visit]:
    """New browsers in front of a door; those with the same application share a gate."""
    gates: dict[int, tuple[Gate, Echo]] = {}

    def one(door: Door, address: str = "192.0.2.1", per_minute: int = 1200) -> Visit:
        echo = Echo()
        made = Gate(echo, SITE, door, Limits(tmp_path, 1, per_minute), Files(tmp_path)), echo
        gate, echo = gates.setdefault(id(door), made)
        return Visit(TestClient(gate, "http://127.0.0.1:7860", follow_redirects=False, client=(address, 1)), echo)

    return one


@pytest.fixture
def visit(people: People, browsing: Callable[..., Visit]) -> Callable[..., Visit]:
    """New browsers in front of the door with accounts."""
    return partial(browsing, people)


@pytest.fixture
def alone(browsing: Callable[..., Visit]) -> Visit:
    """A browser in front of the door with a token, which it has brought; it may ask 60 times a minute."""
    visit = browsing(TokenDoor(SITE, "token", "s" * 40), per_minute=60)
    assert visit.client.get("/?token=token").status_code == 303
    return visit
