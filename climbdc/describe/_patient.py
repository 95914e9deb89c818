"""Which column names the patient, and which one counts the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from climbdc.describe._hints import WEAK, Candidate, Hints, best
from climbdc.describe._names import columns_of
from climbdc.describe._structure import Groups, group_rows
from climbdc.describe._types import identifier_name
from climbdc.sdk import Dictionary

__all__ = ["SETTLED", "Patients", "find_patients", "find_visit_times"]

SETTLED: Final = 0.55
"""A candidate with less is put to the person and not taken."""
_MOST_TRIED: Final = 8
_MOST_FOLLOWED: Final = 60  # columns looked at inside each patient
_STEADY: Final = 0.9  # share of consecutive visits at which a visit time must move on
_ROWS_EACH: Final = 200  # a name with more rows than this is a site or a class rather than a patient
_AGE: Final = 0.15  # age rises from visit to visit too, but is not when the visit was


@dataclass(frozen=True)
class Patients:
    """The columns that may name the patient, best first, and what repeats under each of them."""

    candidates: list[Candidate] = field(default_factory=list)
    groups: dict[str, Groups] = field(default_factory=dict)

    @property
    def chosen(self) -> str | None:
        """The one that is sure enough to be taken."""
        return self.candidates[0].column if self.candidates and self.candidates[0].score >= SETTLED else None


def find_patients(frame: pd.DataFrame, dictionary: Dictionary, hints: Hints, taken: Sequence[str]) -> Patients:
    """Columns that may name the patient.

    A repeated value names a patient when other columns never change under it; a value that never repeats names the
    row's patient when its name says so and it does not merely number the rows.
    """
    followed = [name for name in columns_of(frame) if _can_be_followed(dictionary, name)]
    found, groups = [], {}
    tried = [name for name in columns_of(frame) if name not in taken and _can_name(dictionary, hints, name)]
    for name in sorted(tried, key=lambda name: -hints.weight("patient", name))[:_MOST_TRIED]:
        others = [other for other in followed if other != name][:_MOST_FOLLOWED]
        groups[name] = group_rows(frame, name, others)
        if candidate := _judge(name, groups[name], len(others), hints):
            found.append(candidate)
    ranked = best(sorted(found, key=lambda candidate: columns_of(frame).index(candidate.column)))
    return Patients(ranked, groups)


def find_visit_times(
    frame: pd.DataFrame, dictionary: Dictionary, hints: Hints, groups: Groups, taken: Sequence[str]
) -> list[Candidate]:
    """Columns that move on from one row of a patient to the next, as the time of a visit does."""
    found = []
    for name, moves in (groups.rising or {}).items():
        kind = dictionary[name].type
        if name in taken or kind not in ("integer", "continuous", "duration", "date", "ordinal") or moves < _STEADY:
            continue
        score = 0.4 + 0.4 * hints.weight("visit_time", name) + (0.2 if kind in ("duration", "date") else 0.0)
        score -= _AGE if hints.weight("age", name) else 0.0
        said = hints.because("visit_time", name)
        because = f"{name} moves on in {moves:.0%} of the steps from one row of a patient to the next"
        found.append(Candidate(name, round(min(score, 0.99), 2), f"{because}; {said}" if said else because))
    return best(found)


def _can_be_followed(dictionary: Dictionary, name: str) -> bool:
    return dictionary[name].type not in ("constant", "identifier", "text")


def _can_name(dictionary: Dictionary, hints: Hints, name: str) -> bool:
    """Whether the values can be names of patients at all."""
    kind = dictionary[name].type
    if kind in ("constant", "binary", "date", "continuous", "duration", "text") or hints.weight("site", name) > WEAK:
        return False
    return kind == "identifier" or (hints.weight("patient", name) > 0 and kind in ("integer", "categorical"))


def _judge(name: str, groups: Groups, followed: int, hints: Hints) -> Candidate | None:
    weight, said = hints.weight("patient", name), hints.because("patient", name)
    if groups.patients < 2:
        return None
    if not groups.repeats:
        if not weight or hints.weight("row", name) > weight:
            return None
        return Candidate(name, round(weight + 0.2, 2), f"{said}, and no value occurs twice: one row a patient")
    if groups.rows / groups.patients > _ROWS_EACH:
        return None
    steady = len(groups.constant)
    score = weight + (0.3 if steady else 0.0) + (0.1 if followed and steady < followed else 0.0)
    score -= 0.0 if weight > WEAK or identifier_name_alone(name) else 0.25
    because = f"{groups.patients:,} values in {groups.rows:,} rows"
    if steady:
        because += f", and under each of them {_listed(groups.constant)} never change{'s' if steady == 1 else ''}"
    return Candidate(name, round(max(min(score, 0.99), 0.05), 2), f"{said}; {because}" if said else because)


def identifier_name_alone(name: str) -> bool:
    """Whether a name says nothing but identifier: `id`, not `brewery_id`, which may name something else.

    >>> identifier_name_alone("id"), identifier_name_alone("brewery_id")
    (True, False)
    """
    return identifier_name(name) and not any(sign in name.strip("_. ") for sign in "_. -")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
