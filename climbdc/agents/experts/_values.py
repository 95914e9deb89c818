"""Edited values: what a person wrote, as an answer."""

from __future__ import annotations

import yaml

from climbdc.agents._pause import Answer, Checkpoint
from climbdc.errors import InputError

__all__ = ["edited_answer", "example_of"]

EXAMPLES = {
    "goal": "Write what is to change, such as {target: died, id: patient}.",
    "question": "Write it by column, such as {dnr: before, charges: after} or {alb: serum albumin on admission}.",
    "plan": "Write the steps to leave out, such as {without: [S02, S05]}.",
    "change": "Write the params to change, such as {columns: [a, b]}.",
    "reveal": "There is nothing to change here: write {}.",
    "finish": "There is nothing to change here: write {}.",
}


def example_of(checkpoint: Checkpoint) -> str:
    """What an edit of this checkpoint looks like, in one sentence."""
    return EXAMPLES[checkpoint.kind]


def edited_answer(checkpoint: Checkpoint, said: str) -> Answer:
    """The answer meant by values written as YAML, such as `{target: died}`.

    Raises:
        InputError: It is not a mapping.
    """
    try:
        values = yaml.safe_load(said)
    except yaml.YAMLError:
        values = None
    if not isinstance(values, dict):
        raise InputError("That is not of the form wanted.", fix=example_of(checkpoint), code="bad-values")
    wrapped = {"params": values} if checkpoint.kind == "change" else {str(key): value for key, value in values.items()}
    return Answer(choice="approve" if checkpoint.kind == "plan" else "change", values=wrapped)
