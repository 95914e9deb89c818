"""Where a session came along: its branches and the tree of its versions."""

from __future__ import annotations

from typing import Any

from climbdc.agents._plans import current_plan
from climbdc.registry import title
from climbdc.store import SessionStore

__all__ = ["branch_list", "version_tree"]

ROOT = "The rows as they were read"


def branch_list(session: SessionStore) -> list[dict[str, Any]]:
    """All branches, the first first."""
    told = []
    for row in session.branch_rows():
        branch = session.on(row["name"])
        newest = branch.get("head")
        told.append(
            {
                "name": row["name"], "title": row["title"] or row["name"], "current": row["name"] == session.branch,
                "head": newest and newest["version"], "steps": len(current_plan(branch).applied),
                "finished": branch.get("finished") is not None, "parent": row["parent"],
                "created_at": row["created_at"],
            }
        )  # fmt: skip
    return told


def version_tree(session: SessionStore) -> list[dict[str, Any]]:
    """Every version that a branch has or had, those that were only tried left out."""
    known = {row["version"]: row for row in session.version_steps()}
    branches = branch_list(session)
    lines = {row["name"]: _line(known, row["head"]) for row in branches}
    applied = {event["version"]: event for event in session.applied_events() if "version" in event}
    there = {name for line in lines.values() for name in line}
    for name in applied:
        there.update(_line(known, name))
    here = session.branch
    return [
        {
            "version": name, "parent": row["parent"],
            "step": (row["step"] or {}).get("id", ""), "tool": (row["step"] or {}).get("tool", ""),
            "title": title(row["step"]["tool"]) if row["step"] else ROOT,
            "branches": [branch for branch, line in lines.items() if name in line],
            "heads": [branch["name"] for branch in branches if branch["head"] == name],
            "at": row["at"], "counts": applied.get(name, {}).get("counts", {}),
            "current": bool(lines[here]) and lines[here][0] == name, "on_line": name in lines[here],
        }
        for name, row in known.items()
        if name in there
    ]  # fmt: skip


def _line(known: dict[str, dict[str, Any]], version: str | None) -> list[str]:
    """The versions from one back to the root."""
    line = []
    while version is not None and version in known:
        line.append(version)
        version = known[version]["parent"]
    return line
