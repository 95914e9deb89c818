"""The case `page`: what a person waits for in a real browser, what is sent to it, and many sessions at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.bench._cases import MILLION, Place, Skipped
from climbdc.bench._latency import latency
from climbdc.bench._page_browser import Shipped, browser
from climbdc.bench._page_server import PageServer
from climbdc.bench._page_trials import Visit, listeners, measures, places
from climbdc.bench._synthetic import write_clinical_table
from climbdc.errors import ClimbdcError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["PAGE_ABOUT", "PAGE_CASE", "Doings", "run_page"]

PAGE_CASE = "page"
PAGE_ABOUT = "the page in a real browser: paints, answers to presses, what is shipped, many sessions at once"

_CROWD_OPTIONS = 3

Told = Callable[[str], None]


@dataclass(frozen=True)
class Doings:
    """How often each thing is done, and how large it is.

    Args:
        starts: Starts of the server.
        paints: Visits by a new browser, each followed by one that was there before.
        samples: Sessions on the sample.
        options: Recommended answers pressed in each.
        rounds: Times that each panel is opened.
        pages: Pages turned of the data table.
        rows: Patients of the large table; 0 leaves it out.
        crowd: Sessions at once; 0 leaves them out.
    """

    starts: int = 3
    paints: int = 8
    samples: int = 3
    options: int = 6
    rounds: int = 5
    pages: int = 10
    rows: int = MILLION
    crowd: int = 20


def run_page(place: Place, told: Told = lambda text: None, *, doings: Doings | None = None) -> dict[str, Any]:
    """Time the page. Without Chromium or Playwright it is passed over with the reason.

    Args:
        place: Where may be written, and the seed of the large table.
        told: Hears what is going on.
        doings: How often each thing is done.

    Returns:
        Name and about of the case; `waits`, latencies by measure of `page.yaml`; `shipped`, kilobytes; `panels` of the
        large session, each with its kilobytes and milliseconds; `memory_mb` of the server; with `failed` where the
        page did not do as it must.
    """
    head: dict[str, Any] = {"name": PAGE_CASE, "about": PAGE_ABOUT}
    timing = _Timing(doings or Doings(), place, told)
    timing.load.append(_load())
    try:
        with browser() as opened:
            head["browser"] = f"Chromium {opened.version}"
            timing.run(opened)
    except Skipped as reason:
        told(f"{PAGE_CASE}: passed over, it {reason}.")
        return {**head, "skipped": str(reason)}
    except Exception as error:
        # Whatever the browser trips over ends this case, and not the others.
        known = isinstance(error, ClimbdcError)
        return {**head, **timing.results(), "failed": str(error) if known else f"{type(error).__name__}: {error}"}
    return {**head, **timing.results()}


def _load() -> float:
    """What the processors are asked for, as the mean of a minute; 1 is one of them, busy all the time."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0


@dataclass
class _Timing:
    doings: Doings
    place: Place
    told: Told
    seconds: dict[str, list[float]] = field(default_factory=dict)
    shipped: dict[str, float] = field(default_factory=dict)
    panels: dict[str, dict[str, float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def results(self) -> dict[str, Any]:
        """All that was measured."""
        return {
            "load": [*self.load, _load()],
            "waits": {name: latency(self.seconds[name]).model_dump() for name in measures() if name in self.seconds},
            "shipped": self.shipped,
            "panels": self.panels,
            "memory_mb": self.memory,
            "doings": {**self.doings.__dict__},
        }

    def run(self, opened: Browser) -> None:
        """Everything, in order."""
        with tempfile.TemporaryDirectory(dir=self.place.work, prefix="page-") as folder:
            for number in range(self.doings.starts):
                self.told(f"{PAGE_CASE}: start {number + 1} of {self.doings.starts}")
                with PageServer(Path(folder) / f"store-{number}") as server:
                    self.seconds.setdefault("start", []).append(server.start_seconds)
                    if number + 1 < self.doings.starts:
                        continue
                    self.memory["fresh"] = server.memory_mb()
                    self._paints(opened, server)
                    self._samples(opened, server)
                    self._large(opened, server)
                    self._crowd(opened, server)

    def _paints(self, opened: Browser, server: PageServer) -> None:
        self.told(f"{PAGE_CASE}: first paints")
        for number in range(self.doings.paints):
            visit = Visit(opened, server, self.seconds)
            visit.arrive(server.address, "cold")
            if not number:
                self._ship("start page, first visit", visit.tab.shipped)
            visit.tab.shipped = Shipped()
            visit.arrive(server.root, "warm")
            if not number:
                self._ship("start page, again", visit.tab.shipped)
            visit.close()

    def _ship(self, name: str, shipped: Shipped) -> None:
        self.shipped[name] = round(shipped.wire / 1024, 1)
        self.shipped[f"{name}: without what is the same for everybody"] = round(shipped.own / 1024, 1)

    def _samples(self, opened: Browser, server: PageServer) -> None:
        for number in range(self.doings.samples):
            self.told(f"{PAGE_CASE}: a session on the sample, {number + 1} of {self.doings.samples}")
            visit = Visit(opened, server, self.seconds)
            visit.tab.open(server.address, places()["usable"])
            visit.tab.rest()
            session = visit.start_sample()
            visit.asked()
            for _ in range(self.doings.options):
                visit.tab.rest()
                visit.press_option()
            visit.panels("panel", self.doings.rounds)
            visit.turn_pages("table", self.doings.pages)
            visit.tab.shipped = Shipped()
            visit.arrive(f"{server.root}?session={session}", "session", usable=places()["talk"])
            self._ship("session on the sample", visit.tab.shipped)
            visit.close()

    def _large(self, opened: Browser, server: PageServer) -> None:
        if not self.doings.rows:
            return
        self.told(f"{PAGE_CASE}: {self.doings.rows:,} x 30 made-up patients")
        table = self.place.million() if self.doings.rows == MILLION else self._table()
        visit = Visit(opened, server, {})
        visit.tab.open(server.address, places()["usable"])
        visit.tab.rest()
        session = visit.start_file(table)
        visit.go_on_to_the_plan()
        visit.close()
        visit = Visit(opened, server, self.seconds)
        visit.tab.open(server.address, places()["usable"])
        visit.tab.shipped = Shipped()
        visit.arrive(f"{server.root}?session={session}", "million", usable=places()["card"])
        self._ship(f"session of {self.doings.rows:,} x 30", visit.tab.shipped)
        self.panels = visit.panels("panel-million", self.doings.rounds)
        visit.turn_pages("table-million", self.doings.pages)
        self.memory["large session"] = server.memory_mb()
        visit.close()

    def _table(self) -> Path:
        return write_clinical_table(self.place.work / "large.csv", self.doings.rows, self.place.seed)

    def _crowd(self, opened: Browser, server: PageServer) -> None:
        """All but one are given to the rules, so that they work; the last one is looked at and answered."""
        if not self.doings.crowd:
            return
        self.told(f"{PAGE_CASE}: {self.doings.crowd} sessions at once")
        mine, *others = self._start_many(opened, server)
        visit = Visit(opened, server, self.seconds)
        visit.tab.open(server.address, places()["usable"])
        visit.tab.open(f"{server.root}?session={mine}", places()["option"])
        with listeners(server, others) as heard:
            held = []
            for answers in range(1 + min(_CROWD_OPTIONS, self.doings.options)):
                if answers:
                    visit.press_option("text-crowd")
                visit.panels("panel-crowd", self.doings.rounds if not answers else 1)
                held.append(server.memory_mb())
            self.memory[f"{self.doings.crowd} sessions"] = max(held)
            self.told(f"{PAGE_CASE}: {sum(heard)} changes were told to {len(heard)} listeners")
        visit.close()

    def _start_many(self, opened: Browser, server: PageServer) -> list[str]:
        """The sessions; all but the first are given to the rules once they ask."""
        visit = Visit(opened, server, {})
        visit.tab.open(server.address, places()["usable"])
        sessions = []
        for _ in range(self.doings.crowd):
            visit.tab.open(server.root, places()["sample"])
            sessions.append(visit.start_sample())
        for session in sessions[1:]:
            visit.tab.open(f"{server.root}?session={session}", places()["by_rule"])
            visit.tab.page.click(places()["by_rule"])
            visit.tab.page.wait_for_selector(places()["by_rule"], state="detached")
        visit.close()
        return sessions
