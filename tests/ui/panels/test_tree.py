"""The tree of versions as lines with side lines."""

from __future__ import annotations

from typing import Any

from climbdc_ui.panels._history import every
from climbdc_ui.panels._tree import Node, label_of, lines

BRANCHES = [
    {"name": "main", "title": "main", "current": True, "head": "v4", "steps": 3, "finished": True},
    {"name": "b2", "title": "<i>bold</i>", "current": False, "head": "v6", "steps": 2, "finished": False},
]


def version(name: str, parent: str | None, step: str, lines_of: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """A node as `Session.history` tells it."""
    return {
        "version": name, "parent": parent, "step": step, "tool": "impute" if step else "", "title": "",
        "branches": list(lines_of), "heads": [], "at": "2026-11-23T17:02:40+00:00", "counts": {"cells": 2},
        "current": False, "on_line": "main" in lines_of, **more,
    }  # fmt: skip


def tree() -> list[dict[str, Any]]:
    """The file, three steps on main, a branch after the first of them, and a step that was taken back."""
    return [
        version("v1", None, "", ("main", "b2")),
        version("v2", "v1", "S01", ("main", "b2")),
        version("v3", "v2", "S02", ("main",)),
        version("v5", "v2", "S09", ()),
        version("v6", "v2", "S03", ("b2",), heads=["b2"]),
        version("v4", "v3", "S03", ("main",), heads=["main"], current=True),
    ]


def names(line: list[Node]) -> list[str]:
    return [node.version for node in line]


def test_the_present_branch_is_the_main_line() -> None:
    line = lines(tree(), BRANCHES)
    assert names(line) == ["v1", "v2", "v3", "v4"]
    assert [names(side) for side in line[1].sides] == [["v5"], ["v6"]]
    assert [node.version for node in every(line)] == ["v1", "v2", "v5", "v6", "v3", "v4"]


def test_each_version_knows_what_comes_after_it() -> None:
    first, second, third, last = lines(tree(), BRANCHES)
    assert [(node.next_step, node.later) for node in (first, second, third, last)] == [
        ("S01", 3), ("S02", 2), ("S03", 1), ("", 0),
    ]  # fmt: skip
    lost, branched = (side[0] for side in second.sides)
    assert (lost.lost, lost.branch, branched.lost, branched.branch, last.branch) == (True, "", False, "b2", "main")
    assert (branched.next_step, branched.heads) == ("", (("b2", "<i>bold</i>", False),))


def test_versions_are_named_for_a_list() -> None:
    line = lines(tree(), BRANCHES)
    assert label_of(line[0]) == "The file as it came"
    assert label_of(line[-1]) == "after S03, Fill gaps with estimates (end of main)"
    assert label_of(line[1].sides[0][0]).endswith("(taken back)")
    assert (line[1].counts, line[1].at) == (("2 cells changed",), "23 Nov 2026, 17:02 UTC")


def test_odd_trees() -> None:
    assert lines([], []) == []
    two = [version("a", None, "", ("main",)), version("b", "gone", "S01", ())]
    line = lines(two, BRANCHES)
    assert names(line) == ["a"] and [names(side) for side in line[0].sides] == [["b"]]
