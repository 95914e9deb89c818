"""Who is let in: a browser that brought the token of the printed address, or a person who logged in."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qsl, urlencode

from climbdc_ui.people._answers import plain, redirect
from climbdc_ui.people._site import header

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from climbdc_ui.people._site import Site

__all__ = ["Door", "TokenDoor", "Visitor", "cookie_of", "kept_secret"]

_REFUSED: Final = "This page needs the token of its address. Open the whole address that `climbdc ui` printed."


@dataclass(frozen=True)
class Visitor:
    """Somebody who was let in.

    Args:
        key: Under which limits are counted and files kept apart.
        person: Name of the account; None where there are no accounts.
    """

    key: str
    person: str | None = None


class Door(Protocol):
    """Decides who is let in, and answers those who are not."""

    async def visitor(self, scope: Scope, *, listening: bool) -> Visitor | None:
        """Who asks; None for a stranger.

        Args:
            scope: The request.
            listening: The page asks by itself, while nobody does anything.
        """

    async def pages(self, visitor: Visitor | None, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer what is the door's own to answer, and everything of a stranger; whether it did."""


class TokenDoor:
    """Lets in whoever brings the token: once in the address, from then on a secret in a cookie.

    Args:
        site: Where the page is reached.
        token: Of the printed address, new at each start.
        secret: What the cookie holds; kept over restarts, so that open tabs go on.
    """

    def __init__(self, site: Site, token: str, secret: str) -> None:
        self._site = site
        self._token = token
        self._secret = secret

    async def visitor(self, scope: Scope, *, listening: bool) -> Visitor | None:
        """The one person, if the cookie is right."""
        return Visitor("") if _same(cookie_of(scope, self._site.cookie()), self._secret) else None

    async def pages(self, visitor: Visitor | None, scope: Scope, receive: Receive, send: Send) -> bool:
        """Take the token out of the address into a cookie, so that it is not kept in the history."""
        if visitor is not None:
            return False
        asked = parse_qsl(scope["query_string"].decode("latin-1"))
        if scope["method"] not in {"GET", "HEAD"} or not _same(dict(asked).get("token", ""), self._token):
            await plain(send, 403, _REFUSED)
            return True
        rest = urlencode([(name, value) for name, value in asked if name != "token"])
        cookie = self._site.set_cookie(self._site.cookie(), self._secret)
        await redirect(send, "./" + (f"?{rest}" if rest else ""), (b"set-cookie", cookie))
        return True


def kept_secret(path: Path) -> str:
    """A secret in a file that only this user can read; a new one where there is none."""
    with suppress(FileNotFoundError):
        kept = path.read_text("ascii").strip()
        if len(kept) >= 32:
            return kept
    secret = secrets.token_urlsafe(32)
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="ascii", opener=_closed_to_others) as file:
        file.write(secret)
    return secret


def cookie_of(scope: Scope, name: str) -> str:
    """What a cookie holds; empty where it did not come."""
    try:
        kept = SimpleCookie(header(scope, b"cookie").replace(", ", "; ")).get(name)
    except CookieError:
        return ""
    return kept.value if kept is not None else ""


def _closed_to_others(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _same(told: str, secret: str) -> bool:
    return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), secret.encode())
