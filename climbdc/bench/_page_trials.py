"""What a person does on the page, timed: opens it, presses, uploads, and is not alone."""

from __future__ import annotations

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from climbdc.bench._page_browser import Shipped, Tab, TooSlow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from climbdc.bench._page_server import PageServer

__all__ = ["Visit", "listeners", "measures", "places"]

_QUESTIONS = 6


@cache
def _told() -> dict[str, Any]:
    text = files("climbdc.bench").joinpath("page.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.safe_load(text)
    return told


def places() -> Mapping[str, str]:
    """Where is pressed and looked; see `page.yaml`."""
    found: dict[str, str] = _told()["places"]
    return found


def measures() -> Mapping[str, Mapping[str, Any]]:
    """What is measured, and what is aimed at; see `page.yaml`."""
    found: dict[str, dict[str, Any]] = _told()["measures"]
    return found


@dataclass
class Visit:
    """A person's visit in a browser of their own.

    Args:
        opened: The browser.
        server: Where the page is.
        seconds: Collects what was measured, by measure.
    """

    opened: Browser
    server: PageServer
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open a tab."""
        self.tab = Tab(self.opened)

    def note(self, measure: str, seconds: float) -> None:
        """Keep a time."""
        self.seconds.setdefault(measure, []).append(seconds)

    def arrive(self, address: str, kind: str, *, usable: str = "") -> None:
        """Open an address and keep how long until something, and until the wanted thing, is seen."""
        painted, seen = self.tab.open(address, usable or places()["usable"])
        self.note(f"paint-{kind}", painted)
        if not usable:
            self.note(f"usable-{kind}", seen)
        self.tab.rest()

    def session(self) -> str:
        """Id of the session on the page."""
        self.tab.page.wait_for_url(lambda url: "session=" in url)
        return parse_qs(urlsplit(self.tab.page.url).query)["session"][0]

    def start_sample(self, measure: str = "text-sample") -> str:
        """Press "Try it with a sample"; the session's id."""
        self.tab.wait(places()["sample"])
        self.note(measure, self.tab.press(places()["sample"], places()["talk"]))
        return self.session()

    def start_file(self, file: Path) -> str:
        """Upload a file, press Start; the session's id."""
        page = self.tab.page
        page.set_input_files(places()["file"], file)
        page.wait_for_function("css => climbdcBench.text(css) !== ''", arg=places()["looked"])
        self.tab.rest(1)
        page.click(places()["go"])
        return self.session()

    def asked(self) -> bool:
        """Wait until something can be answered."""
        self.tab.wait(places()["option"])
        return True

    def press_option(self, measure: str = "text-option") -> None:
        """Press the recommended answer, and wait for the next question."""
        there = places()
        told = {"press": there["option"], "changes": there["talk"], "then": there["reply"], "patience": 120_000}
        first, reply = self.tab.page.evaluate("told => climbdcBench.pressed(told)", told)
        self.note(measure, first / 1000)
        if measure == "text-option" and reply is not None:
            self.note("reply", reply / 1000)
        self.asked()

    def go_on_to_the_plan(self) -> None:
        """Press recommended answers until the plan is asked about.

        Raises:
            TooSlow: It is not, after as many questions as there are before it.
        """
        for _ in range(_QUESTIONS):
            self.asked()
            if self.tab.page.locator(places()["plan"]).count():
                return
            self.press_option("")
        raise TooSlow("No question about the plan came.")

    def tabs(self) -> list[str]:
        """The panels there are."""
        found: list[str] = self.tab.page.eval_on_selector_all(
            places()["tab"], "all => all.map(one => one.dataset.open)"
        )
        return found

    def panels(self, measure: str, rounds: int) -> dict[str, dict[str, float]]:
        """Open each panel in turn, the first one last; what each shipped and how long it took, in the median."""
        names, sizes, waits = self.tabs(), {}, {}  # type: ignore[var-annotated]
        for name in [*names[1:], *names[:1]] * rounds if len(names) > 1 else ():
            self.tab.shipped = Shipped()
            waited = self.tab.press(f"{places()['tab']}[data-open='{name}'][aria-selected=false]", places()["body"])
            self.tab.rest(0.25)
            self.note(measure, waited)
            sizes.setdefault(name, []).append(self.tab.shipped.own)
            waits.setdefault(name, []).append(waited)
        return {
            name: {"kb": round(_middle(sizes[name]) / 1024, 1), "ms": round(_middle(waits[name]) * 1000, 1)}
            for name in sizes
        }

    def turn_pages(self, measure: str, times: int) -> None:
        """Page the data table, where there is one."""
        there = places()
        if there["table"] not in self.tabs():
            return
        with contextlib.suppress(Exception):
            self.tab.press(f"{there['tab']}[data-open='{there['table']}'][aria-selected=false]", there["body"])
        for _ in range(times):
            self.tab.rest(0.1)
            if not self.tab.page.locator(there["turn"]).count():
                return
            self.note(measure, self.tab.press(there["turn"], there["body"]))

    def close(self) -> None:
        """Leave."""
        self.tab.close()


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


@contextmanager
def listeners(server: PageServer, sessions: Sequence[str]) -> Iterator[list[int]]:
    """Hear each session's stream of changes, as open tabs do; yields how many messages came, by listener."""
    heard = [0] * len(sessions)
    done = threading.Event()

    def listen(number: int, session: str) -> None:
        request = urllib.request.Request(f"{server.root}live/{session}", headers={"Cookie": server.cookie})
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(request, timeout=60) as stream:
            for line in stream:
                heard[number] += line.startswith(b"data:")
                if done.is_set():
                    return

    for number, session in enumerate(sessions):
        threading.Thread(target=listen, args=(number, session), daemon=True).start()
    try:
        yield heard
    finally:
        done.set()
