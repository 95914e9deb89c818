"""Facts in free text become columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.clinical_text import Reading, concepts, read_text
from climbdc_tools.naming import free_names
from climbdc_tools.outcome import Array, groups
from climbdc_tools.text_numbers import number_names, number_unit, read_numbers
from climbdc_tools.text_terms import own_terms, terms_in
from climbdc_tools.vocabulary import is_text

__all__ = ["ExtractTextFeatures", "ExtractTextFeaturesParams"]

_OFTEN_DENIED: Final = 0.05


class ExtractTextFeaturesParams(Params):
    """Which texts are read, and what for."""

    columns: list[str] = Field(
        default=[], description="Columns of free text; every feature that is one when empty.",
        json_schema_extra={"each": "columns"},
    )  # fmt: skip
    concepts: list[str] = Field(default=[], description="Findings to look for; all of the lexicon when empty.")
    terms: int = Field(default=10, ge=0, le=100, description="At most so many words of the texts' own become columns.")
    least: int = Field(default=10, ge=10, description="In how many patients a fact must be said to become a column.")
    keep: bool = Field(default=False, description="Keep the text beside the new columns.")


class _Read(NamedTuple):
    """A column of texts, read: one reading for each different text, and which of them each row has."""

    codes: Array
    readings: list[Reading]
    numbers: list[dict[str, float]]
    words: Array


@transform("structure/free-text")
class ExtractTextFeatures(Transform[ExtractTextFeaturesParams]):
    """Read free text, and put what it says of the patient into columns: findings, numbers, frequent words, length.

    A finding that is denied ("no chest pain"), only possible ("rule out pneumonia") or a relative's ("mother had
    diabetes") is not the patient's. A finding is 1 where the text says it and 0 elsewhere; one that is often denied
    has a second column for that. Only what at least ten patients have becomes a column, and no name of a person does.
    The text goes once it is read. The lexicon is English; of other languages words and length are taken.
    """

    @classmethod
    def warm(cls) -> None:
        """Compile the lexicon."""
        read_text("No fever.")
        read_numbers("BP 120/80")

    def fit(self, data: Dataset) -> State:
        """Which facts become columns, from how often train rows have them.

        Raises:
            NotApplicable: No feature is free text, or fewer than ten patients have any.
        """
        features = data.features
        texts = [name for name in features if is_text(data.train[name])]
        free = [name for name in texts if data.column(name).type == "text"]
        chosen = [name for name in self.params.columns if name in texts] if self.params.columns else free
        people, taken = groups(data), [str(name) for name in data.train.columns]
        plans: dict[str, dict[str, Any]] = {}
        for place, name in enumerate(chosen):
            data.progress(place / len(chosen), f"reading {name}")
            plan = self._plan(data.train[name], people, data.seed)
            wanted = [f"{name}: {fact}" for fact in _facts(plan)]
            plan["names"] = free_names(wanted, taken)
            taken += plan["names"]
            plans[name] = plan
        if not plans:
            raise NotApplicable("No feature is free text.")
        return {"columns": plans}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the facts behind or in place of the texts."""
        columns: dict[str, Any] = {}
        for name in map(str, frame.columns):
            plan = state["columns"].get(name)
            if plan is None or not is_text(frame[name]):
                columns[name] = frame[name].array
                continue
            if self.params.keep:
                columns[name] = frame[name].array
            columns |= dict(zip(plan["names"], _values(frame[name], plan), strict=True))
        return pd.DataFrame(columns, index=frame.index, columns=pd.Index(list(columns), dtype=object))

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """What each new column means; it is known when the text is."""
        entries = []
        for name, plan in state["columns"].items():
            source = data.column(name)
            kept = source.model_dump(include={"known_at", "known_because", "later_kind"})
            for new, told in zip(plan["names"], _told(source.meaning or name, plan), strict=True):
                entries.append(Column.model_validate({"name": new, **told, **kept}))
        return entries

    def _plan(self, column: pd.Series, people: Array | None, seed: int) -> dict[str, Any]:
        """The facts of one column that enough patients have, and not nearly all."""
        read = _read(column)
        wanted = self.params.concepts or concepts()
        counted = _Counted(read, np.arange(len(column)) if people is None else people)
        said = {name: counted.patients([name in reading.mentioned for reading in read.readings]) for name in wanted}
        denied = {name: counted.patients([name in reading.denied for reading in read.readings]) for name in wanted}
        least, most = self.params.least, counted.total - self.params.least
        frequent = max(least, _OFTEN_DENIED * counted.total)
        numbers = {name: counted.patients([name in found for found in read.numbers]) for name in number_names()}
        return {
            "concepts": [name for name in wanted if least <= said[name] <= most],
            "denied": [name for name in wanted if frequent <= denied[name] <= most],
            "numbers": [name for name in number_names() if numbers[name] >= least],
            "terms": own_terms(
                [reading.affirmed for reading in read.readings], read.codes, people, least, self.params.terms, seed
            ),
        }


class _Counted:
    """Counts patients rather than rows."""

    def __init__(self, read: _Read, people: Array) -> None:
        self._codes, self._people = read.codes, people
        self.total = len(np.unique(people))

    def patients(self, has: Sequence[bool]) -> int:
        """In how many patients one of the texts has it."""
        rows = np.array([*has, False], dtype=bool)[self._codes]
        return len(np.unique(self._people[rows]))


def _read(column: pd.Series) -> _Read:
    """Each different text is read once."""
    codes, texts = pd.factorize(column)
    told = [str(text) for text in texts]
    words = column.str.count(r"\S+").fillna(0).to_numpy(dtype="int64")
    return _Read(codes, [read_text(text) for text in told], [read_numbers(text) for text in told], words)


def _facts(plan: Mapping[str, Any]) -> list[str]:
    """The facts in the order of their columns."""
    return [
        *plan["concepts"],
        *(f"{name} denied" for name in plan["denied"]),
        *plan["numbers"],
        *(f'word "{term}"' for term in plan["terms"]),
        "words",
    ]


def _values(column: pd.Series, plan: Mapping[str, Any]) -> list[Array]:
    read = _read(column)
    found = [_flags(read, [name in reading.mentioned for reading in read.readings]) for name in plan["concepts"]]
    found += [_flags(read, [name in reading.denied for reading in read.readings]) for name in plan["denied"]]
    for name in plan["numbers"]:
        known = np.array([*(each.get(name, np.nan) for each in read.numbers), np.nan], dtype="float64")
        found.append(known[read.codes])
    matrix = terms_in([reading.affirmed for reading in read.readings], plan["terms"])
    found += [_flags(read, matrix[:, place].tolist()) for place in range(len(plan["terms"]))]
    return [*found, read.words]


def _flags(read: _Read, has: Sequence[bool]) -> Array:
    flags: Array = np.array([*has, False], dtype="int64")[read.codes]
    return flags


def _told(text: str, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Type, meaning and unit of each new column."""
    return [
        *({"type": "binary", "meaning": f"{text} says: {name}"} for name in plan["concepts"]),
        *({"type": "binary", "meaning": f"{text} denies: {name}"} for name in plan["denied"]),
        *(
            {"type": "continuous", "meaning": f"{name} as written in {text}", "unit": number_unit(name)}
            for name in plan["numbers"]
        ),
        *({"type": "binary", "meaning": f'{text} holds the word "{term}"'} for term in plan["terms"]),
        {"type": "integer", "meaning": f"number of words in {text}", "unit": "words"},
    ]
