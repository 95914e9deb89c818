"""A language model as the mind of a session."""

from climbdc.models.llm._mind import LanguageMind, open_mind
from climbdc.models.llm._policy import LanguagePolicy
from climbdc.models.llm._table import Table

__all__ = ["LanguageMind", "LanguagePolicy", "Table", "open_mind"]
