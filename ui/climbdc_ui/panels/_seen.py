"""What the model of a session may see, and how that is given and taken back: a region of the panel about the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from climbdc.errors import InputError
from climbdc.options import RunOptions
from climbdc.registry import registry
from climbdc_ui._minds import place_of, sentences
from climbdc_ui._render import render
from climbdc_ui.chat._facts import Table

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["SEEN_ACTS", "may_see"]

MOST = 300
"""Names that are offered while one is typed."""


def may_see(seat: Seat) -> str:
    """The region as HTML; empty where no model thinks along."""
    from climbdc.privacy import Gate

    asked = RunOptions.model_validate(seat.stored.options)
    if asked.policy == "rules":
        return ""
    shown = sorted(Gate(seat.stored, registry(), level=asked.disclosure).revealed)
    coming = {
        edit["kind"]: edit["values"]["column"] for edit in seat.stored.edits("wanted") if edit["kind"] in SEEN_ACTS
    }
    place = place_of(asked.base_url)
    here = place == sentences()["here"]
    return render(
        "panels/seen", model=asked.model, place=place, level=sentences()["levels"][asked.disclosure],
        goes=sentences()["stays"] if here else sentences()["leaves"].format(place=place), never=sentences()["never"],
        values=asked.disclosure == "values", shown=shown, coming=coming,
        columns=[name for name in Table(seat.stored).columns if name not in shown][:MOST],
    )  # fmt: skip


def _reveal(seat: Seat, state: State, values: Values) -> State | None:
    named = Table(seat.stored).named(str(values.get("column", "")).strip())
    if named.column is None or not named.exact:
        raise InputError("There is no such column.", fix="Choose one of the list.", code="no-such-column")
    seat.change("reveal", column=named.column)
    return None


def _revoke(seat: Seat, state: State, values: Values) -> State | None:
    seat.change("revoke", column=str(values.get("column", "")))
    return None


SEEN_ACTS: Final[Mapping[str, Callable[[Seat, State, Values], State | None]]] = {"reveal": _reveal, "revoke": _revoke}
"""To be among the acts of the panel that shows the region."""
