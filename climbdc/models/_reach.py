"""What a model may reach for at all: told to it in prompts, and held to by the floor under it."""

from __future__ import annotations

__all__ = ["CLOSED_TOOLS", "OPEN_TO_TRIAL"]

CLOSED_TOOLS = ("apply_review", "deidentify", "drop_missing_target", "edit_dictionary", "split_data")
"""Tools for which the rules or a person stand alone."""
OPEN_TO_TRIAL = ("completeness/", "features/", "representation/")
"""Only here does a better score speak for another way: elsewhere, as with a leak, it may speak against it."""
