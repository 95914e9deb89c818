"""New columns: which steps make them, what has to wait for them, and what a trial decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from climbdc.models._policy import Situation, Trial
from climbdc.models.rules._params import narrow
from climbdc.plan import PlannedStep

__all__ = ["LEARNS", "OFFERED", "encoding_steps", "encoding_trials", "narrowed_features"]

CODING, LONG_LISTS = "features/engineering", "features/high-cardinality"
ENCODE, ENCODE_LONG, READ = "encode_categories", "encode_high_cardinality", "extract_text_features"
LEARNS = (READ, ENCODE_LONG, "derive_features")
"""They wait for the split: what they make is chosen or judged by training rows."""
OFFERED = ("derivable",)
"""Kinds of findings that are no fault of the data, and whose step is measured all the same."""


def narrowed_features(params: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """The params of new columns without those whose parts are gone.

    >>> narrowed_features({"features": [{"name": "a", "columns": ["x"]}, {"name": "b", "columns": ["gone"]}]}, {"x"})
    {'features': [{'name': 'a', 'columns': ['x']}]}
    """
    if not isinstance(params.get("features"), list):
        return params
    kept = [each for each in params["features"] if set(each["columns"]) <= set(columns)]
    return {**params, "features": kept}


def encoding_steps(situation: Situation, wanted: Collection[PlannedStep]) -> list[PlannedStep]:
    """Text and dates become numbers: long lists of categories apart from the others, and free text once it was read."""
    waiting = {name for step in wanted if step.tool == READ for name in step.params.get("columns", [])}
    unusable = sorted(set(situation.unusable) - waiting, key=list(situation.columns).index)
    long = [name for name in unusable if name in _long_lists(situation)]
    plain = [name for name in unusable if name not in long]
    why = "Models need numbers; text and dates are turned into them as the training rows say."
    steps = []
    if plain:
        steps.append(
            PlannedStep(id="S00", challenge=CODING, tool=ENCODE, params={"columns": plain}, why=why, backed_by="rule")
        )
    if long:
        steps.append(_long(situation, long))
    return steps


def _long(situation: Situation, columns: list[str]) -> PlannedStep:
    """0/1 columns of the commonest categories, unless a trial has put one number a category in their place."""
    steps = (*situation.plan.pending, *situation.plan.applied)
    chosen = next((step for step in steps if (step.challenge, step.tool) == (LONG_LISTS, ENCODE_LONG)), None)
    if chosen is not None:
        return chosen.model_copy(update={"params": narrow(chosen.params, set(situation.columns))})
    why = "Models need numbers: the commonest of many categories get a column each; the rest share one."
    return PlannedStep(
        id="S00", challenge=LONG_LISTS, tool=ENCODE, params={"columns": columns}, why=why, backed_by="rule"
    )


def _long_lists(situation: Situation) -> dict[str, Mapping[str, Any]]:
    """Columns with long lists of categories -> the params that were suggested."""
    found: dict[str, Mapping[str, Any]] = {}
    if ENCODE_LONG not in situation.tools:
        return found
    for finding in situation.findings:
        for suggestion in finding["suggestions"]:
            if suggestion["tool"] == ENCODE_LONG:
                found |= dict.fromkeys(suggestion["params"].get("columns", []), suggestion["params"])
    return found


def encoding_trials(situation: Situation) -> list[Trial]:
    """One number a category in place of 0/1 columns, where there are many categories."""
    why = "One number a category, learnt across folds, does better than columns for the commonest."
    told, found = _long_lists(situation), []
    for step in situation.plan.applied:
        if (step.challenge, step.tool) != (LONG_LISTS, ENCODE):
            continue
        columns = step.params.get("columns", [])
        groups = {told[name].get("group", 0) for name in columns if name in told}
        params = {"columns": columns, **({"group": groups.pop()} if len(groups) == 1 and groups != {0} else {})}
        instead = step.model_copy(update={"tool": ENCODE_LONG, "params": params, "why": why, "settled": ("columns",)})
        found.append(Trial(step.id, instead, why))
    return found
