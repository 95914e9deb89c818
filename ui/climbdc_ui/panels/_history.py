"""The versions of the data: back to one, on from one in another way, one step less, two beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from climbdc.errors import ClimbdcError, InputError
from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.panels._compared import Compared, compared
from climbdc_ui.panels._tree import Node, label_of, lines
from climbdc_ui.panels._waiting import waiting
from climbdc_ui.panels._words import counted

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["HISTORY"]

LONGEST_NAME = 80
KINDS = ("undo", "drop-step", "branch", "switch")
ASKS = ("undo", "drop", "branch")


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    branches = seat.session.branches()
    line = lines(seat.session.history(), branches)
    known = {node.version: node for node in every(line)}
    a, b = (str(state.get(name) or "") for name in ("a", "b"))
    told, trouble = _compare(seat, a, b) if a in known and b in known else (None, "")
    return render(
        "panels/history",
        line=line,
        branches=branches,
        ask=_asked(state, known),
        choices=[(node.version, label_of(node)) for node in known.values()],
        a=a,
        b=b,
        compared=told,
        trouble=trouble,
        waiting=waiting(seat.stored, KINDS),
        headline=_headline(line, branches),
        now=next((node.version for node in known.values() if node.current), ""),
    )


def every(line: Sequence[Node]) -> Iterator[Node]:
    """All nodes of a line and of its side lines, in the order in which they are shown."""
    for node in line:
        yield node
        for side in node.sides:
            yield from every(side)


def _headline(line: Sequence[Node], branches: Sequence[Any]) -> str:
    if not line:
        return "There is no version yet: the file is still being read."
    steps = sum(node.on_line and bool(node.step) for node in line)
    more = f", {counted(len(branches), 'branch', 'branches')}" if len(branches) > 1 else ""
    return f"{counted(steps, 'step')} from the file to the data as they are now{more}. Every version is kept."


def _asked(state: State, known: dict[str, Node]) -> dict[str, str]:
    """What waits to be confirmed, where it can still be done."""
    told = state.get("ask")
    if not isinstance(told, dict) or told.get("do") not in ASKS or told.get("version") not in known:
        return {}
    node = known[str(told["version"])]
    fits = {"undo": bool(node.next_step), "drop": bool(node.step) and node.on_line, "branch": bool(node.branch)}
    return {"do": str(told["do"]), "version": node.version} if fits[str(told["do"])] else {}


def _compare(seat: Seat, a: str, b: str) -> tuple[Compared | None, str]:
    try:
        return compared(seat.session, a, b), ""
    except ClimbdcError as error:
        return None, f"{error.message} {error.fix}".strip()


def _node(seat: Seat, values: Values) -> Node:
    """The version that was pressed.

    Raises:
        InputError: There is none of that id.
    """
    line = lines(seat.session.history(), seat.session.branches())
    node = next((node for node in every(line) if node.version == values.get("version")), None)
    if node is None:
        raise InputError("There is no such version.", fix="Choose one that is shown.", code="no-version")
    return node


def _ask(seat: Seat, state: State, values: Values) -> State:
    node = _node(seat, values)
    if values.get("do") not in ASKS:
        raise InputError("This cannot be asked for.", fix="Reload the page.", code="bad-act")
    return {**state, "ask": {"do": values["do"], "version": node.version}}


def _done(state: State) -> State:
    return {name: value for name, value in state.items() if name != "ask"}


def _cancel(seat: Seat, state: State, values: Values) -> State:
    return _done(state)


def _undo(seat: Seat, state: State, values: Values) -> State:
    """Go back to just after a step of the current line: the next one and all later ones are taken back."""
    node = _node(seat, values)
    if not node.next_step:
        raise InputError("Nothing comes after this version.", fix="Choose an earlier one.", code="nothing-later")
    seat.change("undo", step=node.next_step)
    return _done(state)


def _drop(seat: Seat, state: State, values: Values) -> State:
    """Take one step of the current line out and keep the rest."""
    node = _node(seat, values)
    if not (node.step and node.on_line):
        raise InputError("This step is not on the current branch.", fix="Switch to its branch first.", code="not-here")
    seat.change("drop-step", step=node.step)
    return _done(state)


def _branch(seat: Seat, state: State, values: Values) -> State:
    """Begin a new branch just after a version."""
    node = _node(seat, values)
    if not node.branch:
        raise InputError("This version was taken back.", fix="Branch from one that is not.", code="lost-version")
    name = str(values.get("name") or "").strip()
    if not name:
        raise InputError(
            "The branch has no name yet.", fix="Write one, such as “without filling gaps”.", code="no-name"
        )
    if len(name) > LONGEST_NAME:
        raise InputError("The name is too long.", fix=f"Use at most {LONGEST_NAME} characters.", code="long-name")
    seat.change("branch", step=node.step, name=name, branch="" if node.on_line else node.branch)
    return _done(state)


def _switch(seat: Seat, state: State, values: Values) -> State:
    """Go to another branch."""
    wanted = values.get("branch")
    branches = {branch["name"]: branch for branch in seat.session.branches()}
    if not isinstance(wanted, str) or wanted not in branches:
        raise InputError("There is no such branch.", fix="Choose one that is shown.", code="no-branch")
    if not branches[wanted]["current"]:
        seat.change("switch", branch=wanted)
    return _done(state)


def _pair(seat: Seat, state: State, values: Values) -> State:
    """Choose two versions to be compared."""
    told = {name: values.get(name, state.get(name, "")) for name in ("a", "b")}
    if not all(isinstance(value, str) for value in told.values()):
        raise InputError("There is no such version.", fix="Choose one that is shown.", code="no-version")
    if told["a"] == told["b"]:
        raise InputError("Both are the same version.", fix="Choose two that differ.", code="same-version")
    return {**state, **told}


def _close(seat: Seat, state: State, values: Values) -> State:
    return {name: value for name, value in state.items() if name not in {"a", "b"}}


HISTORY = Panel(
    id="history",
    title="History",
    show=show,
    acts={
        "ask": _ask, "cancel": _cancel, "undo": _undo, "drop": _drop, "branch": _branch, "switch": _switch,
        "compare": _pair, "close": _close,
    },
    looks=frozenset({"ask", "cancel", "compare", "close"}),
)  # fmt: skip
