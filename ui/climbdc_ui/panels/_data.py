"""The panel of the data: rows a page at a time, and what each column is, to be read and put right."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from climbdc.errors import InputError
from climbdc.registry import title
from climbdc.sdk import Column, KnownAt, SemanticType
from climbdc_ui._acts import Panel, Seat, State, Values
from climbdc_ui._render import render
from climbdc_ui.panels._column import brief, card, matching, role_of
from climbdc_ui.panels._grid import BLOCK, PAGE, Look, grid, look_of, page_of_row, sortable
from climbdc_ui.panels._sheet import Sheet, names_of, sheet_of

__all__ = ["DATA", "edits_of", "look", "row", "save", "show"]

TYPES: Final = {
    "binary": "one of two", "categorical": "one of several", "ordinal": "steps in an order",
    "integer": "whole number", "continuous": "measurement", "date": "date", "duration": "length of time",
    "text": "words", "identifier": "name or number of a patient or row", "constant": "always the same",
}  # fmt: skip
TIMES: Final = {
    "before": "before the prediction is made",
    "at": "when the prediction is made",
    "after": "only afterwards",
    "unknown": "not said",
}
ANEW: Final = {"sort", "down", "changed", "find"}
"""What makes the rows begin anew; a search makes the columns begin anew."""


def show(seat: Seat, state: State) -> str:
    """The panel."""
    sheet = sheet_of(seat.stored)
    if sheet is None:
        return render("panels/data_waits")
    now = _at_row(sheet, look_of(state, sheet.names), state)
    found = matching(sheet, now.find)
    told = grid(sheet, now, found)
    now = told.look
    return render(
        "panels/data",
        look=now,
        grid=told,
        split=sheet.split,
        first=sheet.first.lineage is not None,
        columns=[brief(sheet, name) for name in told.names],
        made=sheet.made,
        sortable={name for name in told.names if sortable(sheet, name)},
        role=lambda name: role_of(sheet.now.roles, name),
        card=card(sheet, now.column) if now.column else None,
        limits=_limits(sheet, now.column),
        key=hashlib.blake2b(now.column.encode(), digest_size=5).hexdigest(),
        gone=_gone(sheet, state),
        types=TYPES,
        times=TIMES,
        per_page=PAGE,
        per_block=BLOCK,
        recorded=_waiting(seat),
    )


def _at_row(sheet: Sheet, now: Look, state: State) -> Look:
    """The page of the row that another part of the page wants to be seen."""
    if now.row is None or "page" in state or sheet.place(now.row) is None:
        return now
    return replace(now, changed=False, page=page_of_row(sheet, replace(now, changed=False), now.row))


def _limits(sheet: Sheet, name: str) -> str:
    """What the column can hold, in words."""
    entry = sheet.now.dictionary.get(name)
    if entry is None or entry.limits is None or (entry.limits.low is None and entry.limits.high is None):
        return ""
    low, high, unit = entry.limits.low, entry.limits.high, entry.limits.unit
    if low is None or high is None:
        told = f"at least {low:g}" if low is not None else f"at most {high:g}"
    else:
        told = f"{low:g} to {high:g}"
    return f"{told} {unit}".strip()


def _gone(sheet: Sheet, state: State) -> dict[str, str] | None:
    """Which step took away the column that was asked for; None where it is there or never was."""
    name = state.get("column")
    if not isinstance(name, str) or name in sheet.names or name not in names_of(sheet.first):
        return None
    for version in sheet.chain:
        if version.step is not None and name not in names_of(version):
            return {"name": name, "step": version.step.id, "title": title(version.step.tool)}
    return None


def _waiting(seat: Seat) -> bool:
    """Whether something that was said of columns is still to be written down."""
    wanted = any(edit["kind"] == "dictionary" for edit in seat.stored.edits("wanted"))
    return wanted or any(step.tool == "edit_dictionary" for step in seat.session.plan.pending)


def look(seat: Seat, state: State, values: Values) -> State:
    """Show other rows or columns, or the card of a column."""
    if values.keys() & ANEW:
        state = {**state, "page": 1, "row": None}
    if "find" in values:
        state = {**state, "block": 1}
    if "page" in values:
        state = {**state, "row": None}
    told = {name: values[name] for name in Look.__dataclass_fields__ if name in values}
    return look_of({**state, **told}, _sheet(seat).names).kept()


def row(seat: Seat, state: State, values: Values) -> State:
    """Go to a row by its number in the file.

    Raises:
        InputError: It is no number, or there is no such row.
    """
    sheet = _sheet(seat)
    wanted = look_of({"row": values.get("number")}, []).row
    if wanted is None:
        raise InputError("That is not the number of a row.", fix="Write a whole number, such as 12.", code="bad-row")
    now = look_of(state, sheet.names)
    return replace(now, row=wanted, page=page_of_row(sheet, now, wanted), tab="rows").kept()


def save(seat: Seat, state: State, values: Values) -> State:
    """Write down what was said of a column; it becomes a step that can be undone.

    Raises:
        InputError: There is no such column, or a value is none of those offered, or nothing differs.
    """
    sheet = _sheet(seat)
    name = str(values.get("column", ""))
    if name not in sheet.names:
        raise InputError(f"There is no column {name!r} any more.", fix="Choose another.", code="no-such-column")
    said = edits_of(sheet.now.dictionary.get(name) or Column(name=name), values)
    if not said:
        raise InputError("Nothing is different from before.", fix="Change something first.", code="nothing-said")
    seat.change("dictionary", columns={name: said})
    return state


def edits_of(entry: Column, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says of a column that the dictionary does not say yet.

    Raises:
        InputError: A value is none of those offered.

    >>> edits_of(Column(name="a", unit="kg"), {"unit": " g ", "meaning": "", "missing_codes": "-9; 99"})
    {'unit': 'g', 'missing_codes': ['-9', '99']}
    """
    said: dict[str, Any] = {}
    for field in ("meaning", "unit"):
        text = " ".join(str(values.get(field, getattr(entry, field))).split())[:500]
        if text != getattr(entry, field):
            said[field] = text
    for field, offered in (("type", get_args(SemanticType)), ("known_at", get_args(KnownAt))):
        chosen = str(values.get(field, getattr(entry, field)))
        if chosen not in offered:
            raise InputError(f"{chosen!r} is not one of the choices.", fix="Choose one of the list.", code="bad-choice")
        if chosen != getattr(entry, field):
            said[field] = chosen
    if "missing_codes" in values:
        codes = [code.strip() for code in re.split(r"[;|]", str(values["missing_codes"])) if code.strip()]
        if tuple(codes) != entry.missing_codes:
            said["missing_codes"] = list(dict.fromkeys(codes))
    return said


def _sheet(seat: Seat) -> Sheet:
    sheet = sheet_of(seat.stored)
    if sheet is None:
        raise InputError("The data are still being read.", fix="Try again in a moment.", code="not-read")
    return sheet


DATA = Panel(
    id="data", title="Data", show=show, acts={"look": look, "row": row, "save": save}, looks=frozenset({"look", "row"})
)
