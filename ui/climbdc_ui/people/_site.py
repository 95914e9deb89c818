"""Where the page is reached, and which requests can only come from it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from climbdc.errors import InputError

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["Site", "header", "is_this_computer", "tidy"]

_SAFE = frozenset({"GET", "HEAD"})
_FORGEABLE = (b"x-forwarded-", b"x-gradio-", b"x-real-ip", b"forwarded", b"x-original-", b"x-rewrite-")
"""What a proxy may say of a request; here it is believed of nobody."""


@dataclass(frozen=True)
class Site:
    """The address that people open.

    Args:
        host: Name or address, without brackets; empty where it is not known.
        port: As people type it.
        https: Whether it is published by https.
    """

    host: str
    port: int
    https: bool = False

    @classmethod
    def of(cls, published: str, host: str, port: int) -> Site:
        """From what was said on the command line.

        Args:
            published: `name`, `name:port`, `http://…` or `https://…`; empty where people use the server's own address.
            host: Where the server listens.
            port: Where the server listens.

        Raises:
            InputError: It is no such address.

        >>> Site.of("https://clean.example.org", "0.0.0.0", 7860)
        Site(host='clean.example.org', port=443, https=True)
        """
        if not published:
            return cls("" if _everywhere(host) else host, port)
        try:
            there = urlsplit(published if "//" in published else f"//{published}", "http")
            named, at = there.hostname or "", there.port
        except ValueError:
            named, at = "", None
        if not named or there.scheme not in {"http", "https"} or there.path.strip("/") or there.query or there.username:
            raise InputError(
                f"{published!r} is no address of a page.", fix="Write it as https://name or 127.0.0.1:7860.",
                code="published",
            )  # fmt: skip
        https = there.scheme == "https"
        return cls(named.lower(), at or (443 if https else 80 if "//" in published else port), https)

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.https else 80) else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The address of the start page."""
        return f"{'https' if self.https else 'http'}://{self.authority}/"

    def cookie(self, what: str = "climbdc") -> str:
        """A cookie's name. All ports of a host share their cookies, so that it names the port."""
        return f"{'__Host-' if self.https else ''}{what}-{self.port}"

    def set_cookie(self, name: str, value: str, *, ends: bool = False) -> bytes:
        """A header that sets a cookie, or takes it away."""
        parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        return "; ".join([*parts, *(["Secure"] if self.https else []), *(["Max-Age=0"] if ends else [])]).encode()

    def knows(self, scope: Scope) -> bool:
        """Whether a request names this site: another name that leads here may be a trap (DNS rebinding)."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return False
        try:
            named = urlsplit(f"//{hosts[0].decode('latin-1')}").hostname or ""
        except ValueError:
            return False
        return not self.host or named == self.host or is_this_computer(named)

    def own(self, scope: Scope) -> bool:
        """Whether a request can only come from a page of this site, or from no page at all and changes nothing."""
        origin, fetched = header(scope, b"origin"), header(scope, b"sec-fetch-site")
        if origin and origin not in self._origins(scope):
            return False
        if scope["method"] not in _SAFE:
            return fetched == "same-origin" or (bool(origin) and not fetched)
        if fetched in {"", "same-origin", "none"}:
            return True
        return header(scope, b"sec-fetch-mode") == "navigate" and header(scope, b"sec-fetch-dest") == "document"

    def _origins(self, scope: Scope) -> set[str]:
        asked = header(scope, b"host").lower()
        ours = {f"http://{asked}", f"https://{asked}"} if not self.https else {f"https://{asked}"}
        return ours | ({self.url.rstrip("/")} if self.host else set())


def header(scope: Scope, name: bytes) -> str:
    """A header of a request; several are put together."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def tidy(scope: Scope, site: Site) -> Scope:
    """The request without what a client may say in a proxy's name, and with the scheme that people see."""
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(_FORGEABLE)]
    return {**scope, "headers": headers, "scheme": "https" if site.https else "http"}


def is_this_computer(host: str) -> bool:
    """Whether a name can only mean the computer itself.

    >>> is_this_computer("127.0.0.1"), is_this_computer("::1"), is_this_computer("localhost.example.org")
    (True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
