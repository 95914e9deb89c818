"""Edits that wait to be carried out, and the last one that could not be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from climbdc_ui.panels._words import words

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Waiting", "waiting"]


@dataclass(frozen=True)
class Waiting:
    """What was wanted.

    Args:
        lines: Edits that are under way, in words.
        refused: Why the last edit was refused; empty where it was not.
    """

    lines: tuple[str, ...] = ()
    refused: str = ""


def waiting(stored: SessionStore, kinds: Collection[str]) -> Waiting:
    """Edits of these kinds that are under way, and whether the last one was refused."""
    edits = [edit for edit in stored.edits() if edit["kind"] in kinds]
    told = [str(words()["edits"].get(edit["kind"], edit["kind"])) for edit in edits if edit["status"] == "wanted"]
    last = edits[-1] if edits else None
    refused = str(last["state"].get("text", "")) if last is not None and last["status"] == "refused" else ""
    return Waiting(tuple(dict.fromkeys(told)), refused)
