"""Names that suggest the part a column plays: patient, visit, site, event and the like."""

from __future__ import annotations

from typing import Literal, NamedTuple

from climbdc.knowledge._lexicon import Lexicon
from climbdc.knowledge._text import plain, split_camel

__all__ = ["RoleHint", "role_hints"]


class RoleHint(NamedTuple):
    """A role that a name suggests.

    Roles: patient, row, visit_time, index_date, duration, event, site; and sex, age, ethnicity for the groups over
    which harm is compared.
    """

    role: str
    weight: Literal["strong", "weak"]
    because: str


def role_hints(lexicon: Lexicon, name: str, meaning: str = "") -> tuple[RoleHint, ...]:
    """The roles a column's name or meaning suggests, strong ones first; each role once."""
    forms = tuple(dict.fromkeys(filter(None, (plain(name), plain(split_camel(name)), plain(meaning)))))
    hints: dict[str, RoleHint] = {}
    for weight in ("strong", "weak"):
        for entry in lexicon.roles:
            if entry.weight == weight and entry.role not in hints and _agrees(lexicon, entry.patterns, forms):
                hints[entry.role] = RoleHint(entry.role, entry.weight, f"{name!r} {entry.why}")
    return tuple(hints.values())


def _agrees(lexicon: Lexicon, patterns: tuple[str, ...], forms: tuple[str, ...]) -> bool:
    return any(lexicon.pattern(pattern).search(form) for pattern in patterns for form in forms)
