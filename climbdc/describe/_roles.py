"""Proposing the part each special column plays, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from climbdc.describe._goal import check_goal
from climbdc.describe._hints import STRONG, Candidate, Hints, best
from climbdc.describe._names import columns_of, quoted
from climbdc.describe._patient import SETTLED, Patients, find_patients, find_visit_times
from climbdc.describe._structure import Groups, below_everywhere, group_rows
from climbdc.describe._target import guess_target
from climbdc.sdk import Dictionary, Goal, Roles

__all__ = ["RoleProposal", "propose_roles"]

_CERTAIN: Final = 0.7  # what is to be assumed where nothing is predicted and nobody is asked


@dataclass(frozen=True)
class RoleProposal:
    """What the table suggests, to be put to the person.

    Args:
        roles: What was named, completed by what is sure enough.
        candidates: Role -> columns that may play it, best first.
        questions: What a person should settle, in plain words.
    """

    roles: Roles
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    questions: tuple[str, ...] = ()


def propose_roles(frame: pd.DataFrame, dictionary: Dictionary, goal: Goal) -> RoleProposal:
    """Propose who the patient is, what a row is, when visits were, and which columns only number things.

    Looks at names, meanings and structure, never at how a column goes with the target. A follow-up time and an event
    are only pointed out: a survival study is never assumed.

    Raises:
        InputError: As `check_goal`.
    """
    roles = check_goal(frame, dictionary, goal)
    hints = Hints(dictionary)
    outcomes = tuple(name for name in (*roles.outcomes, goal.target) if name)
    patients = find_patients(frame, dictionary, hints, [*outcomes, *filter(None, (goal.group, goal.visit_time))])
    draft = _Draft(roles, certain=goal.task == "none")
    draft.take("patient", patients.candidates)
    groups = _groups_of(frame, dictionary, draft.roles.patient, patients)
    visits: list[Candidate] = []
    if groups is not None and groups.repeats:
        taken = [*outcomes, draft.roles.patient or "", *dictionary.of_type("identifier")]
        visits = find_visit_times(frame, dictionary, hints, groups, taken)
        draft.take("visit_time", visits)
    draft.take("site", _sites(frame, dictionary, hints, draft.roles))
    draft.take("index_date", _index_dates(dictionary, hints, draft.roles))
    draft.identifiers(dictionary, hints)
    if roles.kind != "survival":
        draft.candidates["duration"] = _durations(frame, dictionary, hints, draft.roles, groups)
        draft.candidates["event"] = _events(dictionary, hints)
    if not outcomes and goal.task != "none":
        draft.candidates["target"] = guess_target(frame, dictionary)
    found = {role: columns for role, columns in draft.candidates.items() if columns}
    return RoleProposal(draft.roles, found, tuple(_questions(draft.roles, found, groups, goal)))


class _Draft:
    """Roles in the making."""

    def __init__(self, roles: Roles, *, certain: bool) -> None:
        self.roles = roles
        self.candidates: dict[str, list[Candidate]] = {}
        self._needed = _CERTAIN if certain else SETTLED

    def take(self, role: str, candidates: list[Candidate]) -> None:
        """Keep the candidates, and take the best where nobody named one and it is sure enough."""
        self.candidates[role] = candidates
        if getattr(self.roles, role) is None and candidates and candidates[0].score >= self._needed:
            self._set(role, candidates[0].column, candidates[0].because)

    def identifiers(self, dictionary: Dictionary, hints: Hints) -> None:
        """Row numbers and other ids; they are never features, whoever the patient is."""
        named = {*self.roles.reserved, self.roles.site}
        found = [name for name in dictionary.of_type("identifier") if name not in named]
        if found:
            why = "; ".join(_identifier_reason(name, hints) for name in found[:8])
            self._set("identifiers", tuple(found), why)

    def _set(self, role: str, value: Any, why: str) -> None:
        self.roles = self.roles.model_copy(update={role: value, "reasons": {**self.roles.reasons, role: why}})


def _identifier_reason(name: str, hints: Hints) -> str:
    if hints.weight("row", name):
        return f"{name} numbers the rows"
    return f"{name} names something and measures nothing"


def _groups_of(frame: pd.DataFrame, dictionary: Dictionary, patient: str | None, found: Patients) -> Groups | None:
    """How rows hang together under the patient, whether proposed or named."""
    if patient is None:
        return None
    if patient in found.groups:
        return found.groups[patient]
    others = [name for name in columns_of(frame) if dictionary[name].type not in ("constant", "identifier", "text")]
    return group_rows(frame, patient, [name for name in others if name != patient][:60])


def _sites(frame: pd.DataFrame, dictionary: Dictionary, hints: Hints, roles: Roles) -> list[Candidate]:
    found = []
    for name in hints.columns("site"):
        if name in roles.reserved or dictionary[name].type in ("constant", "continuous", "date", "duration", "text"):
            continue
        count = int(frame[name].nunique())
        if 2 <= count <= len(frame) / 3:
            score = hints.weight("site", name) + (0.1 if count > 2 else 0.0)
            found.append(Candidate(name, round(score, 2), f"{hints.because('site', name)}; it has {count} values"))
    return best(found)


def _index_dates(dictionary: Dictionary, hints: Hints, roles: Roles) -> list[Candidate]:
    return best(
        [
            Candidate(name, round(hints.weight("index_date", name) + 0.2, 2), hints.because("index_date", name))
            for name in hints.columns("index_date")
            if dictionary[name].type == "date" and name not in roles.reserved
        ]
    )


def _durations(
    frame: pd.DataFrame, dictionary: Dictionary, hints: Hints, roles: Roles, groups: Groups | None
) -> list[Candidate]:
    """Times of follow-up by name, and by structure: the same at all visits of a patient and never below their time."""
    found = []
    visit = roles.visit_time
    for name in dictionary.of_type("duration", "continuous", "integer"):
        weight, because = hints.weight("duration", name), hints.because("duration", name)
        if name in roles.reserved or not (weight or dictionary[name].type == "duration"):
            continue
        if visit and groups and name in groups.constant and below_everywhere(frame, visit, name):
            weight += 0.3
            because = f"{because}; it never changes in a patient and no visit is later".removeprefix("; ")
        if weight and (visit is None or name != visit):
            found.append(Candidate(name, round(min(weight, 0.95), 2), because))
    return best(found)


def _events(dictionary: Dictionary, hints: Hints) -> list[Candidate]:
    fit = [name for name in hints.columns("event") if dictionary[name].type in ("binary", "categorical", "ordinal")]
    return best([Candidate(name, hints.weight("event", name), hints.because("event", name)) for name in fit])


def _questions(roles: Roles, found: dict[str, list[Candidate]], groups: Groups | None, goal: Goal) -> Sequence[str]:
    asked = []
    if targets := found.get("target"):
        likely = quoted([candidate.column for candidate in targets[:3]])
        asked.append(f"Which column is to be predicted? By name and place it may be one of: {likely}.")
    if roles.patient is None and found.get("patient"):
        first = found["patient"][0]
        asked.append(f"Does {first.column!r} name the patient? ({first.because})")
    if groups is not None and groups.repeats and roles.patient is not None:
        asked.append(
            f"Is each row a visit? {roles.patient!r} has {groups.patients:,} values in {groups.rows:,} rows"
            + (f", and {roles.visit_time!r} tells the visits apart." if roles.visit_time else ".")
        )
        if roles.visit_time is None:
            asked.append("Which column says when the visit was?")
    if goal.task not in ("none", "survival") and _looks_like_survival(found):
        asked.append(
            f"Is this a survival study? {found['duration'][0].column!r} may be the time of follow-up and "
            f"{found['event'][0].column!r} the event; name both to make it one."
        )
    return asked


def _looks_like_survival(found: dict[str, list[Candidate]]) -> bool:
    return all(found.get(role) for role in ("duration", "event")) and (
        max(found["duration"][0].score, found["event"][0].score) >= STRONG
    )
