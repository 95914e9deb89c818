"""What a language model says of a step, a column or its own wish, in words that say whose opinion it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["opinions"]

FIELDS = ("meaning", "unit", "known_at")


def opinions(told: Any) -> list[str]:
    """One sentence each.

    Args:
        told: A step, a column with an idea, or what is asked of consent, as in a checkpoint's details.

    >>> opinions({"id": "S01", "origin": "model", "doubt": "", "told": "It helps."})
    ['Proposed by the language model, not by the rules.', 'The language model says: It helps.']
    >>> opinions({"column": "alb", "idea": {"meaning": "albumin", "unit": "g/L", "known_at": "unknown"}})
    ['The language model takes alb to be: albumin, g/L.']
    """
    if not isinstance(told, Mapping):
        return []
    found = ["Proposed by the language model, not by the rules."] if told.get("origin") == "model" else []
    found += [f"The language model says: {told['told']}"] if told.get("told") else []
    found += [f"The language model doubts it: {told['doubt']}"] if told.get("doubt") else []
    found += [f"The language model's reason: {told['reason']}"] if told.get("asked_by") and told.get("reason") else []
    idea = told.get("idea") or {}
    said = [str(idea[field]) for field in FIELDS if idea.get(field) not in {None, "", "unknown"}]
    found += [f"The language model takes {told.get('column')} to be: {', '.join(said)}."] if said else []
    return found
