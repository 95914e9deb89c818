"""One entry of the taxonomy."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Dimension = Literal[
    "structure",
    "completeness",
    "plausibility",
    "labels",
    "leakage",
    "privacy",
    "features",
    "representation",
    "evaluation",
]

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
"""The dimensions in the order in which they are listed."""

Kahn = Literal["conformance", "completeness", "plausibility", "none"]
"""A category of the harmonised terms for the quality of health records (Kahn 2016, doi:10.13063/2327-9214.1244)."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Entry):
    """One answer a clinician can give, with what follows from it."""

    value: Word
    """The stable name of the answer, for programs and answer files."""
    label: Text
    consequence: Text


class Question(_Entry):
    """What to put to the clinician."""

    ask: Text
    options: tuple[Option, ...] = Field(min_length=2)


class Challenge(_Entry):
    """One thing that can be wrong with a clinical table.

    >>> from climbdc_taxonomy import load
    >>> load()["completeness/missing-target"].treat
    ('drop_missing_target',)
    """

    id: Id
    """`dimension/challenge`, as in `leakage/known-later`."""
    dimension: Dimension
    title: Text
    """The problem in a clinician's words."""
    what: Text
    why: Text
    """What goes wrong if it is ignored, with a source from `references`."""
    kahn: Kahn
    symptoms: tuple[Text, ...] = Field(min_length=1)
    question: Question
    screen: tuple[Word, ...]
    """Tools that look for it."""
    treat: tuple[Word, ...]
    """Tools that can do something about it; empty only where `report_only` is set."""
    verify: tuple[Word, ...]
    """Tools that check whether the treatment worked."""
    report_only: bool
    after: tuple[Id, ...]
    """Challenges that have to be settled before this one."""
    default: Word
    """The option taken where nobody answers: the safest."""
    references: tuple[Text, ...] = Field(min_length=1)

    @property
    def default_option(self) -> Option:
        """The option that `default` names."""
        return next(option for option in self.question.options if option.value == self.default)
