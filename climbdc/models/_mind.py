"""What a language model adds to the rules: meaning. Every idea is a proposal that a person or a measurement decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from climbdc.models._policy import Policy
from climbdc.sdk import KnownAt

__all__ = ["ColumnIdea", "FeatureIdea", "Mind", "SpellingIdea", "Talk"]


class _Idea(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    because: str = ""
    """The model's reason, as text."""


class ColumnIdea(_Idea):
    """What a column may mean. Fields that the model does not know are empty."""

    column: str
    meaning: str = ""
    unit: str = ""
    known_at: KnownAt = "unknown"
    missing_codes: tuple[str, ...] = ()


class SpellingIdea(_Idea):
    """Spellings that may be one category: `spellings` are all to become `keep`."""

    column: str
    keep: str
    spellings: tuple[str, ...]


class FeatureIdea(_Idea):
    """A feature that may help: an operation over columns that are there (see the tool `derive_features`)."""

    name: str
    operation: str
    columns: tuple[str, ...]


class Talk(BaseModel):
    """What a sentence of the clinician asks for, and what is said to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wants: Literal["answer", "order", "unclear"] = "unclear"
    order: str = ""
    """One of the orders the page knows, where something is to be done; it is put to the person before it is done."""
    column: str = ""
    step: str = ""
    text: str = ""
    """The reply; every number in it that no stored result backs has been marked."""


class Mind(Protocol):
    """A language model behind the gate. Every method may raise `ModelError`; the caller then goes on without."""

    @property
    def policy(self) -> Policy:
        """The same model as coordinator and worker."""
        ...

    def describe(self, columns: Sequence[str]) -> Sequence[ColumnIdea]:
        """What these columns may mean."""
        ...

    def spellings(self, columns: Sequence[str]) -> Sequence[SpellingIdea]:
        """Which spellings of these columns may be one category."""
        ...

    def features(self, columns: Sequence[str]) -> Sequence[FeatureIdea]:
        """Features that may help to predict the target."""
        ...

    def talk(self, text: str, orders: Sequence[str], on_text: Callable[[str], None] | None = None) -> Talk:
        """What a person's sentence asks for; the reply is streamed to `on_text` as it comes."""
        ...
