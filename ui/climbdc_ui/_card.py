"""The open question as a card: what is asked, what would change, and the ways to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from climbdc.agents import Checkpoint
from climbdc.agents.experts import example_of
from climbdc_ui._edit import prefilled

__all__ = ["Card", "Effect", "Option", "card_of"]

MOST_OPTIONS = 4
SHOWN_MAPPINGS = 12
SHOWN_NAMES = 30

NOUNS = {
    "cells": ("cell changed", "cells changed"),
    "dropped_rows": ("row dropped", "rows dropped"),
    "added_rows": ("row added", "rows added"),
    "dropped_columns": ("column dropped", "columns dropped"),
    "added_columns": ("column added", "columns added"),
}


@dataclass(frozen=True)
class Option:
    """One button."""

    value: str
    label: str
    consequence: str
    recommended: bool


@dataclass(frozen=True)
class Effect:
    """What the change does to a measure of the quick model."""

    name: str
    before: str
    after: str
    change: str
    interval: str
    verdict: str


@dataclass(frozen=True)
class Card:
    """Everything the page shows of an open question."""

    question: str
    checkpoint: Checkpoint
    options: tuple[Option, ...]
    counts: tuple[str, ...]
    effects: tuple[Effect, ...]
    params: str
    example: str
    prefilled: str

    @property
    def mappings(self) -> list[dict[str, Any]]:
        """The most frequent changes of a value."""
        found: list[dict[str, Any]] = self.checkpoint.detail.get("mappings") or []
        return found[:SHOWN_MAPPINGS]

    @property
    def more_mappings(self) -> int:
        """How many more there are."""
        return len(self.checkpoint.detail.get("mappings") or []) - len(self.mappings)


def card_of(question: str, asked: dict[str, Any]) -> Card:
    """The card of a stored question.

    Args:
        question: Its id.
        asked: The checkpoint as stored.
    """
    checkpoint = Checkpoint.model_validate(asked)
    detail = checkpoint.detail
    return Card(
        question=question,
        checkpoint=checkpoint,
        options=_options(checkpoint),
        counts=_counts(detail.get("counts") or {}),
        effects=tuple(_effect(item) for item in detail.get("effect") or ()),
        params=yaml.safe_dump(detail["step"]["params"], sort_keys=False, allow_unicode=True)
        if "step" in detail
        else "",
        example=example_of(checkpoint),
        prefilled=prefilled(checkpoint),
    )


def _options(checkpoint: Checkpoint) -> tuple[Option, ...]:
    """The recommended one first."""
    found = [
        Option(option.value, option.label, option.consequence, option.value == checkpoint.default)
        for option in checkpoint.options
    ]
    return tuple(sorted(found, key=lambda option: not option.recommended)[:MOST_OPTIONS])


def _counts(counts: dict[str, int]) -> tuple[str, ...]:
    """The size of the change in words.

    >>> _counts({"cells": 1, "dropped_rows": 1200, "added_rows": 0})
    ('1 cell changed', '1,200 rows dropped')
    """
    return tuple(f"{size:,} {NOUNS[key][size != 1]}" for key, size in counts.items() if size)


def _effect(item: dict[str, Any]) -> Effect:
    sign = 1 if item["better"] == "higher" else -1
    clear = item["low"] > 0 or item["high"] < 0
    verdict = "no clear difference" if not clear else "better" if item["change"] * sign > 0 else "worse"
    return Effect(
        name=item["metric"].replace("_", " ").replace("auc", "AUC"),
        before=f"{item['before']:.3f}",
        after=f"{item['after']:.3f}",
        change=f"{item['change']:+.3f}",
        interval=f"{item['low']:+.3f} to {item['high']:+.3f}",
        verdict=verdict,
    )
