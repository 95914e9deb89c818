"""What personal data was seen and what will be proposed, for a person in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from climbdc.privacy._identifiers import PersonalData

__all__ = ["tell_personal_data"]

_MOST: Final = 6
_STAYS: Final = "Nothing of it leaves this machine unless you reveal it."


def tell_personal_data(found: Sequence[PersonalData]) -> str:
    """What was seen, what will be proposed about it, and that it stays; empty where nothing will be proposed.

    What only helps to find a person, such as ages above 89, is told along with the rest and never alone: it is a
    finding like others.
    """
    left_out = [one.column for one in found if one.action == "drop"]
    years = [one.column for one in found if one.kind == "birth_date" and one.action == "year"]
    remarks = [one.column for one in found if one.action == "scrub"]
    kept = [one.column for one in found if one.direct and one.action == "none"]
    if not (left_out or years or remarks or kept):
        return ""
    coarser = [
        one.column for one in found if one.action in ("year", "age_cap", "postcode3") and one.column not in years
    ]
    plans = [
        f"leave out {_listed(left_out)}" if left_out else "",
        f"keep only the year of {_listed(years)}" if years else "",
        f"take what names persons out of {_listed(remarks)}" if remarks else "",
    ]
    proposed = _joined([plan for plan in plans if plan])
    told = [
        f"Personal data was seen: {_joined(_kinds(found))}.",
        f"I shall propose to {proposed}." if proposed else "",
        f"{_listed(coarser)} can be made coarser." if coarser else "",
        f"{_listed(kept)} is kept to tell patients apart." if kept else "",
        _STAYS,
    ]
    return " ".join(part for part in told if part)


def _kinds(found: Sequence[PersonalData]) -> list[str]:
    """Each kind once, with its columns."""
    by_kind: dict[str, list[str]] = {}
    for one in found:
        by_kind.setdefault(one.told, []).append(one.column)
    return [f"{told} ({_listed(columns)})" for told, columns in by_kind.items()]


def _listed(columns: Sequence[str]) -> str:
    shown = list(columns[:_MOST])
    return _joined([*shown, f"{len(columns) - _MOST} more"] if len(columns) > _MOST else shown)


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
