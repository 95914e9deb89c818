"""Keeping the list of findings true as the data changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def reconcile(session: SessionStore, looks: Sequence[Look], *, step: str | None, screening: str = "first") -> list[str]:
    """Bring stored findings into line with a fresh screening.

    What is found again stays (or becomes) open with fresh evidence; what is not found any more was answered by
    `step`; what is new is added. Tools that did not apply or failed say nothing about their earlier findings.

    Returns:
        Ids of the new findings.
    """
    spoke = {look.tool for look in looks if not look.failed}
    fresh = {identity(body): (body, rows, look.tool) for look in looks for body, rows in look.found}
    for known in session.findings():
        if known["tool"] not in spoke or known["screening"] != screening:
            continue
        again = fresh.pop(identity(known), None)
        if again is not None:
            session.refresh_finding(known["id"], again[0], again[1])
        elif known["status"] == "open":
            session.set_finding(known["id"], "answered", step)
    added: list[str] = []
    for body, rows, tool in fresh.values():
        stored = session.add_findings([(body, rows)], tool=tool, screening=screening)
        added += [finding["id"] for finding in stored]
    return added
