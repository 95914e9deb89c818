"""How a session stands, read from the store alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.options import RunOptions
from climbdc.store import Ledger, SessionStore, pulse
from climbdc_ui._expert import BY_RULE
from climbdc_ui._minds import thinks
from climbdc_ui._work import EVERYTHING, TROUBLE, complete

if TYPE_CHECKING:
    from climbdc.settings import Settings
    from climbdc_ui._desk import Desk

__all__ = ["FIRST", "View", "fingerprints", "view", "views"]

FIRST = (EVERYTHING, "report.html", "data.csv", "test.csv", "recipe.json")


@dataclass(frozen=True)
class View:
    """One session as it stands."""

    id: str
    name: str
    status: str
    working: bool
    asks: bool
    by_rule: bool
    trouble: dict[str, Any] | None
    summary: tuple[tuple[str, list[str]], ...]
    """Questions with their answers, once all is done."""
    files: tuple[str, ...]
    waits_behind: int = 0
    thinks: str = ""
    """The language model that thinks along, and where it is; empty for the rules alone."""
    meter: tuple[str, ...] = ()
    """What was asked of it so far: calls, tokens, cost."""

    @property
    def finished(self) -> bool:
        """Whether the results are there."""
        return bool(self.files)

    @property
    def state(self) -> tuple[str, str]:
        """How it stands, as a colour's name and in words."""
        if self.finished:
            return "done", "Finished"
        if self.trouble:
            return "trouble", "Stopped by a problem"
        if self.asks:
            return "asks", "Waits for you" if self.working else "Rests until you answer; nothing is lost"
        if self.waits_behind:
            others = "another session" if self.waits_behind == 1 else f"{self.waits_behind} other sessions"
            return "busy", f"Waits for {others}"
        return ("busy", "Working") if self.working else ("rests", "Stopped; nothing is lost")


def fingerprints(desk: Desk, sessions: Sequence[str]) -> dict[str, str]:
    """For each session a short text that changes whenever what is shown does; cheap enough to ask for all the time."""
    stored = pulse(desk.copilot.store.engine, sessions, (BY_RULE, TROUBLE, "finished", "out"))
    return {session: f"{mark}|{_here(desk, session)}" for session, mark in stored.items()}


def _here(desk: Desk, session: str) -> str:
    """What is known in this process only."""
    progress = desk.progress(session)
    marks = (
        desk.working(session),
        desk.behind(session),
        desk.talks.mark(session),
        "" if progress is None else f"{progress['tool']} {progress['fraction']:.2f} {progress['text']}",
    )
    return "|".join(map(str, marks)).replace("\n", " ").replace("\r", " ")


def view(desk: Desk, session_id: str, stored: SessionStore | None = None) -> View:
    """Look at a session.

    Args:
        desk: Where it is worked on.
        session_id: Its id.
        stored: What is stored of it, where that is at hand.

    Raises:
        StoreError: There is none of that id.
    """
    stored = stored or desk.session(session_id).stored
    results = complete(stored, desk.folder / "results")
    there = {path.name for path in results.iterdir() if path.is_file()} if results else set()
    by_rule = stored.get(BY_RULE) is not None
    options = RunOptions.model_validate(stored.options)
    return View(
        id=session_id,
        name=stored.name,
        status=stored.status,
        working=desk.working(session_id),
        asks=not by_rule and stored.pending() is not None,
        by_rule=by_rule,
        trouble=stored.get(TROUBLE),
        summary=tuple((question, told) for question, told in (stored.get("summary") or {}).get("answers", [])),
        files=tuple(name for name in FIRST if name in there),
        waits_behind=desk.behind(session_id),
        thinks=thinks(options),
        meter=_meter(stored, desk.copilot.settings) if options.policy == "llm" else (),
    )


def _meter(stored: SessionStore, settings: Settings) -> tuple[str, ...]:
    """Calls, tokens and cost of the session's language model."""
    total = Ledger(stored).total()
    told = (f"{total.calls:,} {'call' if total.calls == 1 else 'calls'}", f"{total.tokens:,} tokens")
    paid = settings.model_price_in or settings.model_price_out
    return (
        (*told, f"cost {total.cost:,.2f}" if total.cost >= 0.01 or not total.cost else "cost under 0.01")
        if paid
        else told
    )


def views(desk: Desk, sessions: Sequence[str]) -> dict[str, View]:
    """Look at many sessions; those that stayed as they were when last looked at cost nothing."""
    marks = fingerprints(desk, sessions)
    found: dict[str, View] = {}
    for session, mark in marks.items():
        seen = desk.seen.get(session)
        if seen is None or seen[0] != mark:
            seen = desk.seen[session] = (mark, view(desk, session))
        found[session] = seen[1]
    return found
