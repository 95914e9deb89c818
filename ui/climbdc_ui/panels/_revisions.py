"""The revisions of a plan in words, and why each was made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from climbdc.registry import title
from climbdc_ui.panels._words import counted, words

__all__ = ["Revision", "revisions"]

MOST = 40
MOST_LINES = 12
ANSWERED = re.compile(r"F\d+ \([a-z-]+/[a-z-]+\) was answered by (S\d+)\.")
STEP = re.compile(r"\b(S\d{2,})\b(?: \([a-z_]+\))?")


@dataclass(frozen=True)
class Revision:
    """One change of the plan.

    Args:
        number: Which, from 1.
        title: What it was, in a few words.
        lines: Its reasons.
        more: How many further lines are not shown.
        saw: What the coordinator saw.
    """

    number: int
    title: str
    lines: tuple[str, ...]
    more: int
    saw: tuple[str, ...]


def revisions(stored: Sequence[Mapping[str, Any]]) -> list[Revision]:
    """The newest first.

    Args:
        stored: As `SessionStore.plans` tells them.
    """
    told = []
    for item in stored[-MOST:]:
        titles = {step["id"]: title(step["tool"]) for step in item["plan"]["steps"]}
        told.append(_told(item, titles))
    return told[::-1]


def _told(item: Mapping[str, Any], titles: Mapping[str, str]) -> Revision:
    assessment = item["assessment"]
    if assessment is None:
        return Revision(item["revision"], _with_titles(item["reason"], titles), (), 0, ())
    lines = [_verdict(verdict, titles) for verdict in assessment["verdicts"] if verdict["verdict"] != "keep"]
    kept = [verdict["step"] for verdict in assessment["verdicts"] if verdict["verdict"] == "keep"]
    added = len(assessment["added"])
    back = assessment["backtrack"]
    parts = [
        f"went back before {back['before_step']}: {back['reason']}" if back else "",
        f"{counted(added, 'step')} added for what was found" if added else "",
        f"{counted(len(lines), 'step')} changed" if lines else "",
        f"{', '.join(kept)} {'stays' if len(kept) == 1 else 'stay'} as planned" if kept else "",
    ]
    said = "; ".join(part for part in parts if part) or "looked again, nothing to change"
    saw = tuple(_with_titles(text, titles) for text in _observed(assessment["observations"])[:MOST_LINES])
    return Revision(
        number=item["revision"],
        title=f"{said[:1].upper()}{said[1:]}.",
        lines=tuple(lines[:MOST_LINES]),
        more=max(0, len(lines) - MOST_LINES),
        saw=saw,
    )


def _observed(texts: Sequence[str]) -> list[str]:
    """What was seen, the findings that one step answered counted.

    >>> _observed(["8 findings open.", "F1 (a/b) was answered by S04.", "F2 (a/c) was answered by S04."])
    ['8 findings open.', 'S04 answered 2 findings.']
    """
    answered = Counter(found[1] for text in texts if (found := ANSWERED.fullmatch(text)))
    told = [text for text in texts if not ANSWERED.fullmatch(text)]
    return told + [f"{step} answered {counted(size, 'finding')}." for step, size in answered.items()]


def _verdict(verdict: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    what = words()["verdicts"].get(verdict["verdict"], verdict["verdict"])
    title = titles.get(verdict["step"], "")
    named = f"{verdict['step']}, “{title}”," if title else verdict["step"]
    return f"{named} {what}: {verdict['reason']}"


def _with_titles(text: str, titles: Mapping[str, str]) -> str:
    """Ids of steps followed by what they do, in place of the name of a tool.

    >>> _with_titles("S05 (drop_columns) rejected: not wanted", {"S05": "Leave columns out"})
    'S05 (“Leave columns out”) rejected: not wanted'
    """
    return STEP.sub(lambda found: f"{found[1]} (“{titles[found[1]]}”)" if found[1] in titles else found[0], text)
