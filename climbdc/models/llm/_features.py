"""Features that may help: a model proposes operations over columns, as CAAFE does with code, and code names them.

Source: Hollmann, Müller, Hutter. Large Language Models for Automated Data Science: Introducing CAAFE. NeurIPS 2023,
arXiv:2305.03403. Unlike there no code of the model runs: the operations are those of the tool `derive_features`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from climbdc.models._mind import FeatureIdea
from climbdc.models.llm._features_check import checked_feature, feasible, offered
from climbdc.models.llm._forms import choice, form, items, text
from climbdc.models.llm._keyed import dialogue
from climbdc.models.llm._table import Table

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.models.llm._forms import Form
    from climbdc.privacy import Gate

__all__ = ["propose_features"]

MOST_COLUMNS = 24
"""Columns that are shown: those recognised as clinical quantities first."""
MOST_IDEAS = 4
BECAUSE = 100
TOKENS = 400


def propose_features(client: ModelClient, gate: Gate, table: Table, columns: Sequence[str]) -> list[FeatureIdea]:
    """Features that may help to predict the target; at most four, none twice.

    Args:
        client: The model.
        gate: The only source of what it is told.
        table: The newest version, in which features are numbers.
        columns: From which columns; those that are no features, are known later or hold no numbers are passed over.

    Raises:
        ModelError: There is no answer.
    """
    there = offered(table, columns)[:MOST_COLUMNS]
    operations = feasible(table, there)
    if not operations:
        return []
    messages = dialogue(
        gate,
        "features",
        goal=gate.goal(table.roles),
        table=gate.table(table.frame, table.dictionary, table.roles, there),
    )
    form_ = features_form(operations, [gate.shown(name) for name in there])
    reply = client.ask("features", messages, form_, max_tokens=TOKENS)
    ideas: dict[str, FeatureIdea] = {}
    for told in reply.model_dump()["ideas"]:
        named = [gate.column_of(told[part]) for part in ("first", "second")]
        columns_ = [name for name in named if name in there]
        idea = checked_feature(told["operation"], columns_, told["because"], table) if columns_ else None
        if idea is not None:
            ideas.setdefault(idea.name, idea)
    return list(ideas.values())


def features_form(operations: Sequence[str], shown: Sequence[str]) -> type[Form]:
    """The form: operations that some column fits, over columns that were shown."""
    column = choice("Column", shown)
    idea = form(
        "Idea",
        {"operation": choice("Operation", operations), "first": column, "second": column, "because": text(BECAUSE)},
    )
    return form("Features", {"ideas": items(idea, MOST_IDEAS)})
