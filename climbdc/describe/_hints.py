"""What a column's name and meaning suggest, and how much that weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from climbdc.describe._types import identifier_name, row_number_name
from climbdc.knowledge import knowledge
from climbdc.sdk import Dictionary

__all__ = ["Candidate", "Hints", "best"]

STRONG: Final = 0.6
WEAK: Final = 0.35


@dataclass(frozen=True)
class Candidate:
    """A column that may play a part.

    Args:
        column: Its name.
        score: How sure, from 0 to 1.
        because: Why, in plain words.
    """

    column: str
    score: float
    because: str


class Hints:
    """Role -> column -> how much its name and meaning weigh and why; looked up once for the whole table."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._found: dict[str, dict[str, tuple[float, str]]] = {}
        for name, column in dictionary.items():
            for hint in knowledge().role_hints(name, column.meaning):
                self._add(hint.role, name, STRONG if hint.weight == "strong" else WEAK, hint.because)
            if identifier_name(name):
                self._add("patient", name, WEAK, f"{name} is a usual name of an identifier")
            if row_number_name(name):
                self._add("row", name, WEAK, f"{name} is a usual name of a row number")

    def _add(self, role: str, name: str, weight: float, because: str) -> None:
        held = self._found.setdefault(role, {})
        if name not in held or held[name][0] < weight:
            held[name] = (weight, because)

    def weight(self, role: str, name: str) -> float:
        """0 when nothing suggests that role for that column."""
        return self._found.get(role, {}).get(name, (0.0, ""))[0]

    def because(self, role: str, name: str) -> str:
        """Why, or empty."""
        return self._found.get(role, {}).get(name, (0.0, ""))[1]

    def columns(self, role: str) -> list[str]:
        """The columns for which something suggests that role, in order of the file."""
        return list(self._found.get(role, {}))


def best(candidates: list[Candidate]) -> list[Candidate]:
    """Best first; equal ones in the order of the file."""
    return sorted(candidates, key=lambda candidate: -candidate.score)
