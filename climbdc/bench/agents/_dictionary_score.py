"""How well columns were understood: meaning, unit and when they are known, against the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from climbdc.bench.agents._keys import Truth
from climbdc.bench.agents._words import same_meaning, same_unit
from climbdc.sdk import KnownAt

__all__ = ["DictionaryScore", "Said", "Share", "score_dictionary"]


class Said(BaseModel):
    """What was said of one column; what is empty was not said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: str = ""
    unit: str = ""
    known_at: KnownAt = "unknown"


class Share(BaseModel):
    """Right answers among those given and among all due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: int
    said: int
    right: int

    @property
    def accuracy(self) -> float:
        """Right of all due; to say nothing is not right."""
        return self.right / self.due if self.due else 0.0

    @property
    def precision(self) -> float:
        """Right of those given; 0 where none was given."""
        return self.right / self.said if self.said else 0.0

    def told(self) -> dict[str, Any]:
        """As stored."""
        return {
            **self.model_dump(), "accuracy": round(self.accuracy, 4), "precision": round(self.precision, 4)
        }  # fmt: skip


class DictionaryScore(BaseModel):
    """Of one data set.

    `known_at` is about columns whose time the key gives: before and at both mean that a model may use the column, after
    that it may not. `later` are those to be found as known only later, `false_later` the usable ones called so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: Share
    unit: Share
    """Of columns that have a unit; a unit given to one that has none counts as said and wrong."""
    known_at: Share
    later: Share
    false_later: int


def score_dictionary(said: Mapping[str, Said], key: Mapping[str, Truth]) -> DictionaryScore:
    """Score what was said of the columns of a key; columns that the key does not have are passed over.

    >>> key = {"hr": Truth(meaning="heart rate", unit="beats/min", later=False)}
    >>> score_dictionary({"hr": Said(meaning="Heart rate", unit="bpm", known_at="at")}, key).meaning.accuracy
    1.0
    """
    answers = {name: said.get(name, Said()) for name in key}
    timed = {name: truth for name, truth in key.items() if truth.later is not None}
    late = [name for name, truth in timed.items() if truth.later]
    return DictionaryScore(
        meaning=Share(
            due=len(key),
            said=sum(bool(answer.meaning.strip()) for answer in answers.values()),
            right=sum(same_meaning(answers[n].meaning, (t.meaning, *t.also)) for n, t in key.items()),
        ),
        unit=_units(answers, key),
        known_at=Share(
            due=len(timed),
            said=sum(answers[name].known_at != "unknown" for name in timed),
            right=sum(_timed_right(answers[name].known_at, bool(truth.later)) for name, truth in timed.items()),
        ),
        later=Share(
            due=len(late),
            said=sum(answers[name].known_at != "unknown" for name in late),
            right=sum(answers[name].known_at == "after" for name in late),
        ),
        false_later=sum(answers[name].known_at == "after" for name, truth in timed.items() if not truth.later),
    )


def _units(answers: Mapping[str, Said], key: Mapping[str, Truth]) -> Share:
    given = {name for name, answer in answers.items() if not same_unit(answer.unit, "")}
    return Share(
        due=sum(bool(truth.unit) for truth in key.values()),
        said=len(given),
        right=sum(bool(truth.unit) and same_unit(answers[name].unit, truth.unit) for name, truth in key.items()),
    )


def _timed_right(said: KnownAt, later: bool) -> bool:
    return said == "after" if later else said in {"before", "at"}
