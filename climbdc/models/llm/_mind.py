"""One model as the mind of a session: coordinator, worker, reader of columns and partner in conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from climbdc.models._mind import ColumnIdea, FeatureIdea, Mind, SpellingIdea, Talk
from climbdc.models._policy import Policy
from climbdc.models.llm._policy import LanguagePolicy
from climbdc.models.llm._table import Table
from climbdc.registry import Registry
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.privacy import Gate

__all__ = ["LanguageMind", "open_mind"]


class LanguageMind:
    """A model behind the gate; see `Mind`."""

    def __init__(
        self, client: ModelClient, gate: Gate, stored: SessionStore, tools: Registry, table: Callable[[], Table]
    ) -> None:
        self.client, self.gate, self.stored, self.tools, self.table = client, gate, stored, tools, table
        self._policy = LanguagePolicy(client, gate, stored, table)

    @property
    def policy(self) -> Policy:
        """The model as coordinator and worker."""
        return self._policy

    def describe(self, columns: Sequence[str]) -> Sequence[ColumnIdea]:
        """What these columns may mean."""
        from climbdc.models.llm._columns import describe_columns

        return describe_columns(self.client, self.gate, self.table(), columns)

    def spellings(self, columns: Sequence[str]) -> Sequence[SpellingIdea]:
        """Which spellings of these columns may be one category."""
        from climbdc.models.llm._spellings import find_spellings

        return find_spellings(self.client, self.gate, self.table(), columns)

    def features(self, columns: Sequence[str]) -> Sequence[FeatureIdea]:
        """Features that may help to predict the target."""
        from climbdc.models.llm._features import propose_features

        return propose_features(self.client, self.gate, self.table(), columns)

    def talk(self, text: str, orders: Sequence[str], on_text: Callable[[str], None] | None = None) -> Talk:
        """What a person's sentence asks for."""
        from climbdc.models.llm._talk import talk

        return talk(self.client, self.gate, self.stored, self.tools, self.table(), text, orders, on_text)


def open_mind(
    client: ModelClient, gate: Gate, stored: SessionStore, tools: Registry, table: Callable[[], Table]
) -> Mind:
    """The mind of a session.

    Args:
        client: The model.
        gate: The only source of what it is told.
        stored: The session.
        tools: What there is to plan with.
        table: Gives the newest version whenever it is asked.
    """
    return LanguageMind(client, gate, stored, tools, table)
