"""A question asked part by part, so that a small model does not lose its way: what was answered counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from climbdc.models._errors import ModelError

__all__ = ["in_batches"]

T = TypeVar("T")
_NEXT_MAY_DO = ("bad-answer", "cut", "empty", "refused", "too-long")
"""Faults of one answer; any other is a fault of the connection or the budget."""


def in_batches(columns: Sequence[str], size: int, ask: Callable[[Sequence[str]], Sequence[T]]) -> list[T]:
    """The answers to all parts. A part that failed is left out, unless all did.

    Args:
        columns: What is asked about.
        size: How many at a time.
        ask: Asks about some.

    Raises:
        ModelError: Nothing was answered, or the person wants no more of it.
    """
    answers: list[T] = []
    failed: ModelError | None = None
    answered = False
    for start in range(0, len(columns), size):
        try:
            answers += ask(columns[start : start + size])
            answered = True
        except ModelError as error:
            failed = error
            if error.code not in _NEXT_MAY_DO:
                break
    if failed is not None and (not answered or failed.code == "cancelled"):
        raise failed
    return answers
