"""Columns that are recorded after the moment of prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from climbdc.knowledge import knowledge
from climbdc.sdk import (
    Column,
    Dataset,
    Field,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Severity,
    Suggestion,
    inspect,
)
from climbdc_tools.association import Strength, strength
from climbdc_tools.follow_up import bounded, follow_up
from climbdc_tools.outcome import Array, Outcome, groups, outcome

_SAMPLE = 50_000
_PREDICTION = "others-predictions"
_KINDS = ("outcome", "known-later", _PREDICTION, "follow-up-time")
_WHY = {_PREDICTION: "A model that learns from another prediction of the outcome repeats it."}
_SAID = ("file", "label", "person")
_MANY = 500
_NOBODY = Strength(0.5, "none", 0)

Ground = Literal["dictionary", "knowledge", "rule", "statistics"]


class KnownLaterParams(Params):
    """How much the numbers must say before a vague name is believed."""

    support: float = Field(
        default=0.6,
        ge=0.5,
        le=1.0,
        description="Strength (0.5 says nothing, 1 everything) from which a column with a suspicious name is dropped.",
    )


@dataclass(frozen=True)
class _Judgement:
    """One column's verdict before it becomes a finding."""

    kind: str
    severity: Severity
    because: str
    confidence: float
    backed_by: Ground


@inspect("leakage/known-later")
class KnownLater(Inspection[KnownLaterParams]):
    """Finds columns whose value is only known after the moment of prediction.

    Four witnesses are heard: the dictionary, the meaning and the name of the column, its structure (a follow-up time
    is constant per patient and lies just above the last visit), and how well it tells the target.
    """

    says: ClassVar[dict[str, str]] = {
        "outcome": "{columns} records what happened to the patient, not what was known before ({because}).",
        "known-later": "{columns} is only known after the prediction has to be made ({because}).",
        "others-predictions": "{columns} is somebody else's prediction of the outcome ({because}).",
        "follow-up-time": "{columns} is how long the patient was followed, which is only known at the end ({because}).",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings for the feature columns."""
        total, data = len(data.train), data.sample(_SAMPLE)
        target = outcome(data)
        if target is None and not data.roles.outcomes:
            return NotApplicable("There is no target, so no moment of prediction.")
        people = groups(data)
        structure = _structure(data)
        findings = []
        for name in data.features:
            column = data.column(name)
            seen = _LazyStrength(data, name, target, people)
            if column.sources.get("known_at") in _SAID and column.known_at in {"before", "at"}:
                judged = _predicted(column)
            else:
                judged = _said(column) or structure.get(name) or self._hinted(column, seen)
            if judged is not None:
                findings.append(_finding(name, judged, seen.value, {"n": len(data.train), "N": total}))
        return findings

    def _hinted(self, column: Column, seen: _LazyStrength) -> _Judgement | None:
        """What the name and the meaning suggest, weighed with the numbers where the hint is vague."""
        hint = knowledge().known_at(column.name, column.meaning)
        if hint is None or hint.known_at != "after":
            return None
        because = str(hint.because)
        if hint.strength == "strong" and not (hint.basis == "name" and _says_nothing(seen.value)):
            return _Judgement(hint.kind, "major", because, 0.85, "knowledge")
        if seen.value.value >= self.params.support:
            return _Judgement(hint.kind, "major", because, 0.7, "knowledge")
        return _Judgement(hint.kind, "minor", because, 0.3, "knowledge")


class _LazyStrength:
    """The strength of a column, measured when it is first asked for: most columns are never suspected."""

    def __init__(self, data: Dataset, name: str, target: Outcome | None, people: Array | None) -> None:
        self._arguments = (data, name, target, people)
        self._value: Strength | None = None

    @property
    def value(self) -> Strength:
        """How well the column tells the target."""
        if self._value is None:
            data, name, target, people = self._arguments
            self._value = _NOBODY if target is None else strength(data.train[name], target, people, data.seed)
        return self._value


def _says_nothing(seen: Strength) -> bool:
    """Whether enough rows show no association, so that even a telling name deserves a question first."""
    return seen.rows >= _MANY and seen.value < 0.52


def _said(column: Column) -> _Judgement | None:
    """What the dictionary says for certain."""
    if column.known_at != "after" or column.sources.get("known_at") not in _SAID:
        return None
    because = column.known_because or "the dictionary says so"
    return _Judgement(column.later_kind or "known-later", "critical", because, 0.97, "dictionary")


def _predicted(column: Column) -> _Judgement | None:
    """A column known in time that is another's prediction of the outcome all the same, as its meaning says.

    It is not known too late, so nothing speaks against it but that a model which learns from it repeats a prediction
    that was made already; whether it may is for a person to choose, and it is left out where nobody chooses.
    """
    hint = knowledge().known_at(column.name, column.meaning)
    if hint is None or (hint.kind, hint.basis, hint.strength) != (_PREDICTION, "meaning", "strong"):
        return None
    because = f"{hint.because}; it is known in time, so whether a model may use it is a choice"
    return _Judgement(_PREDICTION, "major", because, 0.7, "knowledge")


def _structure(data: Dataset) -> dict[str, _Judgement]:
    """Columns with the structure of a follow-up time or of another event's time."""
    found = {}
    for one in bounded(data):
        because = f"it never exceeds {data.roles.duration} and equals it in {one.equal:.0%} of {one.rows} rows"
        found[one.name] = _Judgement("known-later", "major", because, 0.75, "rule")
    for end in follow_up(data):
        because = f"the same at every visit of a patient and never before the last one, in {end.patients} patients"
        found[end.name] = _Judgement("follow-up-time", "major", because, 0.85, "rule")
    return found


def _finding(name: str, judged: _Judgement, seen: Strength, extent: dict[str, int]) -> Finding:
    evidence: dict[str, Any] = {
        "because": judged.because,
        "strength": round(seen.value, 4),
        "measure": seen.measure,
        "rows": seen.rows,
        **extent,
    }
    suggestion = Suggestion(
        tool="drop_columns",
        params={"columns": [name]},
        why=_WHY.get(judged.kind, "A model must not see what is only known later."),
        confidence=judged.confidence,
        backed_by=judged.backed_by,
    )
    kind = judged.kind if judged.kind in _KINDS else "known-later"
    return Finding(kind, judged.severity, (name,), evidence=evidence, suggestions=(suggestion,))
