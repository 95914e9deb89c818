"""What was found: by dimension and gravity, with the numbers behind it and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from climbdc_taxonomy import DIMENSIONS
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.panels._found import SEVERITIES, STANDS, Told, told_findings
from climbdc_ui.panels._offers import answerable
from climbdc_ui.panels._paging import Page, page_of, turn_page
from climbdc_ui.panels._queue import topics
from climbdc_ui.panels._sheet import sheet_of
from climbdc_ui.panels._words import counted, dimension, words

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["FINDINGS"]

A_PAGE = 25
MOST_ANSWERED = 3
"""Answered findings of one problem that are not folded away."""
FILTERS = ("severity", "stand", "dimension", "q")
LONGEST_QUERY = 100


def _wanted(state: State) -> dict[str, str]:
    """The filters as told by the browser, only those that can be."""
    told = {name: str(state.get(name) or "")[:LONGEST_QUERY] for name in FILTERS}
    allowed = {"severity": SEVERITIES, "stand": tuple(STANDS), "dimension": DIMENSIONS}
    return {name: value if name == "q" or value in allowed[name] else "" for name, value in told.items()}


def _kept(told: Sequence[Told], wanted: Mapping[str, str]) -> list[Told]:
    asked = wanted["q"].casefold()
    tests: list[Callable[[Told], bool]] = [
        lambda one: wanted["severity"] in ("", one.severity),
        lambda one: wanted["stand"] in ("", one.stand),
        lambda one: wanted["dimension"] in ("", one.dimension),
        lambda one: not asked or any(asked in text.casefold() for text in (one.text, one.title, one.id, *one.columns)),
    ]
    return [one for one in told if all(test(one) for test in tests)]


@dataclass(frozen=True)
class Problem:
    """One problem of the taxonomy and what was found of it.

    Args:
        first: One of its findings, for what the problem is and why it matters.
        shown: Findings that are shown.
        folded: Answered ones beyond the first few, which unfold.
    """

    first: Told
    shown: tuple[Told, ...]
    folded: tuple[Told, ...]


def _grouped(told: Sequence[Told]) -> list[tuple[str, list[Problem]]]:
    """By dimension and, within one, by problem: what a problem is, and why it matters, is said once."""
    groups: dict[str, dict[str, list[Told]]] = {}
    for one in told:
        groups.setdefault(dimension(one.dimension), {}).setdefault(one.challenge, []).append(one)
    return [(name, [_problem(found) for found in problems.values()]) for name, problems in groups.items()]


def _problem(found: Sequence[Told]) -> Problem:
    waiting = [one for one in found if one.stand != "answered"]
    answered = [one for one in found if one.stand == "answered"]
    most = len(answered) if len(answered) <= MOST_ANSWERED + 1 else MOST_ANSWERED
    return Problem(found[0], (*waiting, *answered[:most]), tuple(answered[most:]))


def _headline(told: Sequence[Told]) -> str:
    if not told:
        return "Nothing has been found so far."
    by = Counter(one.stand for one in told)
    said = [f"{by[name]:,} {word.lower() if name != 'planned' else 'with a step planned'}"
            for name, word in STANDS.items() if by[name]]  # fmt: skip
    return f"{counted(len(told), 'problem')}: {', '.join(said)}."


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    stored = seat.stored
    finished = seat.session.status == "finished"
    total = int((stored.get("reading") or {"rows": 0})["rows"])
    findings = stored.findings()
    told = told_findings(findings, seat.session.plan.steps, finished=finished, total=total)
    wanted = _wanted(state)
    one = state.get("finding")
    kept = [item for item in told if item.id == one] if isinstance(one, str) and one else _kept(told, wanted)
    page: Page[Told] = page_of(kept, state, A_PAGE)
    return render(
        "panels/findings",
        headline=_headline(told),
        groups=_grouped(page.items),
        page=page,
        wanted=wanted,
        alone=isinstance(one, str) and bool(one),
        filtered=any(wanted.values()),
        severities=[
            (name, words()["severities"][name]) for name in SEVERITIES if any(t.severity == name for t in told)
        ],
        stands=[(name, word) for name, word in STANDS.items() if any(item.stand == name for item in told)],
        dimensions=[(name, dimension(name)) for name in DIMENSIONS if any(item.dimension == name for item in told)],
        told=words()["severities"],
        may_add=set() if finished else answerable(seat, findings),
        reviews=_reviews(seat),
        any=bool(told),
    )


def _reviews(seat: Seat) -> dict[str, str]:
    """The findings whose rows can be looked at one by one, with the key of each in the review."""
    sheet = sheet_of(seat.stored)
    return {} if sheet is None else {topic.finding["id"]: topic.key for topic in topics(seat.stored, sheet)}


def _filter(seat: Seat, state: State, values: Values) -> State:
    return _wanted({**state, **values})


def _all(seat: Seat, state: State, values: Values) -> State:
    return {}


def _badge(seat: Seat) -> str:
    waiting = sum(
        item["status"] == "open" and item["screening"] == "first" and item["severity"] in ("critical", "major")
        for item in seat.stored.findings()
    )
    return f"{waiting}!" if waiting else ""


FINDINGS = Panel(
    id="findings",
    title="Findings",
    show=show,
    acts={"filter": _filter, "all": _all, "page": turn_page},
    badge=_badge,
    looks=frozenset({"filter", "all", "page"}),
)
