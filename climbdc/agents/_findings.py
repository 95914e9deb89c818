"""Keeping the list of findings true as the data changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from climbdc.agents._apart import kept_apart
from climbdc.agents._versions import dropped_by, head
from climbdc.agents._workbench import Look
from climbdc.store import SessionStore

__all__ = ["identity", "open_findings", "reconcile"]


def identity(body: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """What makes two findings the same: challenge, kind and columns; tables-wide ones have one identity a kind."""
    table_wide = body["challenge"] in {"completeness/missing-values"}
    return body["challenge"], body["kind"], () if table_wide else tuple(sorted(body["columns"]))


def open_findings(session: SessionStore) -> list[dict[str, Any]]:
    """Findings that nothing has answered yet."""
    return [finding for finding in session.findings() if finding["status"] == "open"]


def reconcile(
    session: SessionStore, looks: Sequence[Look], *, step: str | None, answers: Collection[str] = (),
    screening: str = "first",
) -> list[str]:  # fmt: skip
    """Bring stored findings into line with a fresh screening.

    What is found again stays (or becomes) open with fresh evidence; what is not found any more was answered by
    `step`; what is new is added. A tool that failed says nothing about its earlier findings. Nor does any tool about
    text that was turned into numbers or is kept apart: two spellings of one category are two numbers then, and the
    finding stays open unless it is what the step was for.

    Args:
        session: The session.
        looks: The fresh screening.
        step: That changed the data; None where none did.
        answers: Findings that the step was for.
        screening: Whose findings are meant.

    Returns:
        Ids of the new findings.
    """
    hidden = _turned_into_others(session)
    spoke = {look.tool for look in looks if not look.failed}
    fresh = {identity(body): (body, rows, look.tool) for look in looks for body, rows in look.found}
    for known in session.findings():
        if known["tool"] not in spoke or known["screening"] != screening:
            continue
        again = fresh.pop(identity(known), None)
        if again is not None:
            session.refresh_finding(known["id"], again[0], again[1])
        elif known["status"] == "open" and (known["id"] in answers or not _unseen(known, hidden)):
            session.set_finding(known["id"], "answered", step)
    added: list[str] = []
    for body, rows, tool in fresh.values():
        stored = session.add_findings([(body, rows)], tool=tool, screening=screening)
        added += [finding["id"] for finding in stored]
    return added


def _turned_into_others(session: SessionStore) -> set[str]:
    """Columns of the file that are there no more, although no step was to drop them, or that are kept apart."""
    newest = head(session)
    dropped = {name for _, body in session.lineage(newest.id) for name in dropped_by(body["step"])}
    left = session.objects.table(newest.frame).schema.names
    gone = set(session.need("reading")["columns"]) - set(left) - dropped
    return gone | {name for name in kept_apart(session) if name in left}


def _unseen(finding: dict[str, Any], hidden: Collection[str]) -> bool:
    """Whether none of the columns that have the problem can be looked at any more."""
    return bool(finding["columns"]) and set(finding["columns"]) <= set(hidden)
