"""The tree of versions, laid out as lines with side lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from climbdc.registry import title
from climbdc_ui.panels._words import counts_in_words, short

__all__ = ["Node", "label_of", "lines", "when"]

START = "The file as it came"


@dataclass
class Node:
    """One version.

    Args:
        version: Its id.
        step: The step that made it; empty at the start.
        title: What that step did.
        counts: How much it changed, in words.
        at: When, to be read; `stamp` is the same for programs.
        heads: Branches that end here: name, title and whether it is the current one.
        current: Whether this is where the current branch stands.
        on_line: Whether the current branch came this way.
        lost: Whether no branch has it any more.
        branch: A branch that has it, the current one where it is on its line.
        next_step: On the current line, the step that comes after it; empty at the end.
        later: On the current line, how many steps come after it.
        sides: Side lines that begin after it.
    """

    version: str
    step: str
    title: str
    counts: tuple[str, ...]
    at: str
    stamp: str
    heads: tuple[tuple[str, str, bool], ...]
    current: bool
    on_line: bool
    lost: bool
    branch: str
    next_step: str = ""
    later: int = 0
    sides: list[list[Node]] = field(default_factory=list)


def lines(history: Sequence[Mapping[str, Any]], branches: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The main line: that of the current branch; every other hangs on the node where it begins.

    Args:
        history: As `Session.history` tells it.
        branches: As `Session.branches` tells them.
    """
    titles = {branch["name"]: branch["title"] or branch["name"] for branch in branches}
    now = next((branch["name"] for branch in branches if branch["current"]), "")
    nodes = {item["version"]: _node(item, titles, now) for item in history}
    below: dict[str | None, list[Node]] = defaultdict(list)
    for item in history:
        below[item["parent"] if item["parent"] in nodes else None].append(nodes[item["version"]])
    _along(nodes, history)
    starts = below[None]
    begun = [_line(start, below) for start in sorted(starts, key=lambda node: not node.on_line)]
    if not begun:
        return []
    begun[0][0].sides += begun[1:]
    return begun[0]


def _node(item: Mapping[str, Any], titles: Mapping[str, str], now: str) -> Node:
    stamp, at = when(item["at"])
    named = list(item["branches"])
    return Node(
        version=item["version"],
        step=item["step"],
        title=title(item["tool"]) if item["step"] else START,
        counts=tuple(counts_in_words(item["counts"] or {}, item["tool"])),
        at=at,
        stamp=stamp,
        heads=tuple((name, titles.get(name, name), name == now) for name in item["heads"]),
        current=bool(item["current"]),
        on_line=bool(item["on_line"]),
        lost=not named,
        branch=now if item["on_line"] else named[0] if named else "",
    )


def _along(nodes: Mapping[str, Node], history: Sequence[Mapping[str, Any]]) -> None:
    """Say of each node of the current line what comes after it."""
    after: dict[str, Node] = {}
    for item in history:
        if item["on_line"] and item["parent"] in nodes:
            after[item["parent"]] = nodes[item["version"]]
    for version, node in nodes.items():
        following: list[Node] = []
        at = version
        while at in after and len(following) <= len(nodes):
            following.append(after[at])
            at = after[at].version
        if node.on_line and following:
            node.next_step, node.later = following[0].step, len(following)


def _line(start: Node, below: Mapping[str | None, list[Node]]) -> list[Node]:
    """From a node to the end of its line; other lines that begin on the way hang on their nodes."""
    line = [start]
    while below[line[-1].version]:
        # The current line goes straight on; elsewhere the newest that is not lost.
        there = below[line[-1].version]
        first = min(reversed(there), key=lambda node: (not node.on_line, node.lost))
        line[-1].sides += [_line(other, below) for other in there if other is not first]
        line.append(first)
    return line


def label_of(node: Node) -> str:
    """A version in a list to choose from."""
    ends = ", ".join(short(title, 30) for _, title, _ in node.heads)
    said = f"after {node.step}, {node.title}" if node.step else node.title
    return f"{said}{f' (end of {ends})' if ends else ''}{' (taken back)' if node.lost else ''}"


def when(text: object) -> tuple[str, str]:
    """A time for programs and to be read.

    >>> when("2026-11-23T17:02:40+00:00")
    ('2026-11-23T17:02:40+00:00', '23 Nov 2026, 17:02 UTC')
    >>> when("")
    ('', '')
    """
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return "", ""
    return at.isoformat(), f"{at.day} {at:%b %Y, %H:%M} UTC"
