"""Which column a person who named none most likely wants to predict."""

from __future__ import annotations

import pandas as pd

from climbdc.describe._hints import Candidate, best
from climbdc.describe._names import columns_of
from climbdc.describe._words import spoken, words
from climbdc.sdk import Column, Dictionary

__all__ = ["guess_target"]


def guess_target(frame: pd.DataFrame, dictionary: Dictionary) -> list[Candidate]:
    """Likely targets, best first, with reasons: name, meaning, number of values, place.

    A guess is put to the person, never acted upon.
    """
    names = columns_of(frame)
    found = []
    for name in names:
        entry = dictionary.get(name) or Column(name=name)
        if entry.type in ("constant", "identifier", "text", "date") or entry.known_at == "before":
            continue
        score, reasons = _judge(entry, last=name == names[-1])
        if score >= 0.25:
            found.append(Candidate(name, round(min(score, 0.99), 2), "; ".join(reasons)))
    return best(found)


def _judge(entry: Column, *, last: bool) -> tuple[float, list[str]]:
    score, reasons = _by_name(entry.name)
    if entry.later_kind == "outcome":
        score, reasons = score + 0.3, [*reasons, f"it tells what happened ({entry.known_because})"]
    elif entry.later_kind == "others-predictions":
        return 0.0, []
    if last:
        score, reasons = score + 0.15, [*reasons, "it is the last column"]
    if score and entry.type == "binary":
        score, reasons = score + 0.15, [*reasons, "it has two values"]
    elif score and entry.type in ("categorical", "ordinal"):
        score, reasons = score + 0.05, [*reasons, "it has few values"]
    elif score:
        score -= 0.15  # an outcome is most often a yes or no
    return score, reasons


def _by_name(name: str) -> tuple[float, list[str]]:
    said, known = spoken(name), words().target
    weight = known.whole.get(said) or known.whole.get(said.replace(" ", ""), 0.0)
    if not weight:
        weight = max((known.words.get(word, 0.0) for word in said.split(" ")), default=0.0)
    return 0.7 * weight, [f"{name!r} is a usual name of an outcome"] if weight else []
