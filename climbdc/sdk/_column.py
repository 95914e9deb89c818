"""What is known about one column, and the dictionary that holds all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Column", "Conversion", "Dictionary", "KnownAt", "Limits", "SemanticType"]

SemanticType = Literal[
    "binary", "categorical", "ordinal", "integer", "continuous", "date", "duration", "text", "identifier", "constant"
]
"""What the values of a column are, whatever they are stored as."""

KnownAt = Literal["before", "at", "after", "unknown"]
"""When a value is known, relative to the moment of prediction."""


class Conversion(BaseModel):
    """How a value in another unit becomes one in the usual unit: `value * factor + offset`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str
    factor: float
    offset: float = 0.0


class Limits(BaseModel):
    """What a clinical quantity can be, in `unit`; from the knowledge pack or the person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float | None = None
    """Below this a living patient is not seen."""
    high: float | None = None
    """Above this a living patient is not seen."""
    typical_low: float | None = None
    """Most adult patients, the sick included, lie above this."""
    typical_high: float | None = None
    """Most adult patients, the sick included, lie below this."""
    zero_impossible: bool = False
    """Zero cannot be measured in a living patient, so it stands for missing."""
    unit: str = ""
    conversions: tuple[Conversion, ...] = ()
    source: str = ""


class Column(BaseModel):
    """One column of the dictionary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: SemanticType = "continuous"
    meaning: str = ""
    unit: str = ""
    missing_codes: tuple[str, ...] = ()
    known_at: KnownAt = "unknown"
    known_because: str = ""
    """Why `known_at` is what it is, such as the phrase that says so."""
    later_kind: str = ""
    """For a column known after prediction: outcome, known-later or others-predictions."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Code -> label, as in a Stata or SPSS file."""
    variable: str = ""
    """The clinical variable of the knowledge pack it was recognised as, or empty."""
    limits: Limits | None = None
    sources: dict[str, str] = Field(default_factory=dict)
    """Field -> who said so: person, file, label, knowledge, inferred, or model for a language model."""


class Dictionary(Mapping[str, Column]):
    """All columns by name, in the order of the file; immutable.

    >>> d = Dictionary([Column(name="age", type="integer")])
    >>> d["age"].type
    'integer'
    >>> d.of_type("integer", "continuous")
    ['age']
    """

    def __init__(self, columns: list[Column] | tuple[Column, ...] = ()) -> None:
        self._columns = {column.name: column for column in columns}

    def __getitem__(self, name: str) -> Column:
        """The column of that name."""
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in order."""
        return iter(self._columns)

    def __len__(self) -> int:
        """How many columns are described."""
        return len(self._columns)

    def of_type(self, *types: SemanticType) -> list[str]:
        """Names of the columns of these types, in order."""
        return [name for name, column in self._columns.items() if column.type in types]

    def replace(self, *columns: Column) -> Dictionary:
        """A new dictionary with these columns added or put in place of those of the same name."""
        return Dictionary([*({**self._columns, **{column.name: column for column in columns}}.values())])

    def restrict(self, names: list[str]) -> Dictionary:
        """A new dictionary with these columns, in this order; names that are not described are passed over."""
        return Dictionary([self._columns[name] for name in names if name in self._columns])

    def to_json(self) -> list[dict[str, object]]:
        """As JSON, without what is empty."""
        return [column.model_dump(mode="json", exclude_defaults=True) for column in self._columns.values()]

    @classmethod
    def from_json(cls, data: list[dict[str, object]]) -> Dictionary:
        """From what `to_json` made."""
        return cls([Column.model_validate(item) for item in data])
