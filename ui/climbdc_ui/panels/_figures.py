"""Pictures of what was found and of what changed, a few at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.agents import identity
from climbdc.registry import registry, sentence
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.panels._changed import before_and_after, changed_columns, missing_shares
from climbdc_ui.panels._drawn import Drawing, draw
from climbdc_ui.panels._paging import page_of, turn_page
from climbdc_ui.panels._sheet import Sheet, sheet_of

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["FIGURES", "Sketch", "sketches"]

A_PAGE = 6
GROUPS = {"missing": "Missing values", "found": "What was found", "changed": "Before and after"}


@dataclass(frozen=True)
class Sketch:
    """A picture that can be drawn.

    Args:
        id: Its name on the page.
        group: One of `GROUPS`.
        title: Its caption.
        text: What it is about.
        finding: The finding it belongs to; empty where there is none.
        column: The column it is about; empty where there is none.
        make: Draws it.
    """

    id: str
    group: str
    title: str
    text: str
    make: Callable[[], Drawing | None]
    finding: str = ""
    column: str = ""


def sketches(seat: Seat) -> list[Sketch]:
    """Everything that can be drawn of a session; nothing is drawn yet."""
    sheet = sheet_of(seat.stored)
    told = [] if sheet is None else list(_missing(sheet))
    told += _found(seat.stored.findings())
    return told if sheet is None else [*told, *_changed(seat, sheet)]


def _missing(sheet: Sheet) -> Iterator[Sketch]:
    def make() -> Drawing | None:
        return draw("bars", missing_shares(sheet), "Share of rows without a value")

    title = "Share of rows without a value, by column"
    yield Sketch("missing", "missing", title, "In the file as it came, and in the data as they are now.", make)


def _found(findings: list[dict[str, Any]]) -> Iterator[Sketch]:
    seen: set[tuple[Any, ...]] = set()
    for finding in findings:
        same = (*identity(finding), finding.get("part"))
        if same in seen:  # the last screening draws again what is still so
            continue
        seen.add(same)
        for number, item in enumerate(finding["figures"]):
            yield Sketch(
                id=f"{finding['id']}-{number}",
                group="found",
                title=str(item["title"]),
                text=sentence(finding, registry()),
                make=lambda item=item: draw(item["kind"], item["data"], item["title"]),  # type: ignore[misc]
                finding=finding["id"],
                column=finding["columns"][0] if len(finding["columns"]) == 1 else "",
            )


def _changed(seat: Seat, sheet: Sheet) -> Iterator[Sketch]:
    for number, name in enumerate(changed_columns(seat.stored, sheet)):
        yield Sketch(
            id=f"change-{number}",
            group="changed",
            title=f"{name}, before and after",
            text="The same rows, as they were in the file and as they are now.",
            make=lambda name=name: before_and_after(sheet, name),  # type: ignore[misc]
            column=name,
        )


def _wanted(told: list[Sketch], state: State) -> list[Sketch]:
    finding, group = state.get("finding"), state.get("group")
    if isinstance(finding, str) and finding:
        return [item for item in told if item.finding == finding]
    return [item for item in told if group not in GROUPS or item.group == group]


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    told = sketches(seat)
    kept = _wanted(told, state)
    page = page_of(kept, state, A_PAGE)
    drawn = [(item, drawing, _mark(item, drawing)) for item in page.items if (drawing := item.make()) is not None]
    return render(
        "panels/figures",
        figures=drawn,
        undrawn=len(page.items) - len(drawn),
        page=page,
        total=len(told),
        alone=bool(state.get("finding")) and len(kept) < len(told),
        group=state.get("group") if state.get("group") in GROUPS else "",
        groups=[(name, text) for name, text in GROUPS.items() if any(item.group == name for item in told)],
    )


def _mark(item: Sketch, drawing: Drawing) -> str:
    """Changes whenever the picture does, so that one that stays is left alone by the browser."""
    return hashlib.blake2b(repr((item.title, item.text, drawing)).encode(), digest_size=6).hexdigest()


def _choose(seat: Seat, state: State, values: Values) -> State:
    return {"group": values.get("group")} if values.get("group") in GROUPS else {}


def _all(seat: Seat, state: State, values: Values) -> State:
    return {}


FIGURES = Panel(
    id="figures",
    title="Figures",
    show=show,
    acts={"choose": _choose, "all": _all, "page": turn_page},
    looks=frozenset({"choose", "all", "page"}),
)
