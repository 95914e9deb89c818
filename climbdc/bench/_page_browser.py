"""A real browser, and what it was sent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from climbdc.bench._cases import Skipped
from climbdc.errors import ClimbdcError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["Shipped", "Tab", "TooSlow", "browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_PATIENCE_MS = 120_000
_STATIC = ("/assets/", "/static/", "/theme.css", "/favicon", "/css/", "/js/", "/manifest.json")


class TooSlow(ClimbdcError):
    """Something did not come in the time that anybody would wait."""

    default_code = "too-slow"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window.

    Raises:
        Skipped: There is none, or nothing to drive it with.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise Skipped("needs Chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise Skipped("needs Playwright: pip install playwright") from error
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


@dataclass
class Shipped:
    """Bytes that the server sent to a tab, headers and compression included, and the number of answers."""

    requests: int = 0
    wire: int = 0
    fixed: int = 0
    """Of them, what is the same for everybody: scripts, styles, pictures."""
    _by_request: dict[str, tuple[bool, int]] = field(default_factory=dict)

    def asked(self, event: dict[str, Any]) -> None:
        """A request was sent."""
        path = "/" + event["request"]["url"].split("//", 1)[-1].partition("/")[2]
        self._by_request[event["requestId"]] = (path.startswith(_STATIC), 0)
        self.requests += 1

    def came(self, event: dict[str, Any]) -> None:
        """Bytes came; a stream never ends, so they count at once."""
        self._add(event["requestId"], event.get("encodedDataLength") or 0)

    def ended(self, event: dict[str, Any]) -> None:
        """The answer is whole, and so is its size."""
        _, so_far = self._by_request.get(event["requestId"], (False, 0))
        self._add(event["requestId"], int(event["encodedDataLength"]) - so_far)

    def _add(self, request: str, size: int) -> None:
        fixed, so_far = self._by_request.get(request, (False, 0))
        self._by_request[request] = (fixed, so_far + size)
        self.wire += size
        self.fixed += size if fixed else 0

    @property
    def own(self) -> int:
        """What is about this session."""
        return self.wire - self.fixed


class Tab:
    """A tab in a browser profile of its own, with the stopwatch of `page.js` in it."""

    def __init__(self, opened: Browser) -> None:
        self.context = opened.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=False)
        self.context.add_init_script(files("climbdc.bench").joinpath("page.js").read_text("utf-8"))
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.shipped = Shipped()
        self._told = self.context.new_cdp_session(self.page)
        self._told.send("Network.enable")
        self._told.on("Network.requestWillBeSent", lambda event: self.shipped.asked(event))
        self._told.on("Network.dataReceived", lambda event: self.shipped.came(event))
        self._told.on("Network.loadingFinished", lambda event: self.shipped.ended(event))

    def open(self, address: str, usable: str) -> tuple[float, float]:
        """Go somewhere: seconds to the first paint, and until something can be seen."""
        self.page.goto(address, wait_until="commit")
        seen = self.page.evaluate("css => climbdcBench.note('usable', css)", usable)
        painted = self.page.evaluate("() => climbdcBench.painted()")
        return float(painted if painted is not None else seen) / 1000, float(seen) / 1000

    def press(self, press: str, changes: str) -> float:
        """Seconds from pressing something to a change of the text of something else.

        Raises:
            TooSlow: It did not change.
        """
        told = {"press": press, "changes": changes, "patience": _PATIENCE_MS}
        waited = self.page.evaluate("told => climbdcBench.press(told)", told)
        if waited is None:
            raise TooSlow(f"Nothing changed at {changes} after {press} was pressed.")
        return float(waited) / 1000

    def wait(self, css: str) -> None:
        """Wait until something can be seen."""
        self.page.wait_for_selector(css, state="visible")

    def rest(self, seconds: float = 0.5) -> None:
        """Let the page come to rest."""
        self.page.wait_for_timeout(seconds * 1000)

    def close(self) -> None:
        """Close it and forget what it kept."""
        self.context.close()
