"""The first screen: five numbers and five short answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from climbdc.report._contents import Facts
from climbdc.report._parts import Effect, FindingFact
from climbdc.report._personal import loudly
from climbdc.report._terms import metric_name
from climbdc.report._wording import count, listed, number, score, share, short, signed
from climbdc.sdk import Metric, Severity

__all__ = ["Answer", "KeyNumber", "answers", "key_numbers", "missing_overall", "verdict_in_words"]

SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "info")
_KINDS = {
    "binary": "a yes/no outcome",
    "multiclass": "an outcome with several classes",
    "numeric": "a number",
    "survival": "the time until an event",
}


@dataclass(frozen=True)
class KeyNumber:
    """A number large enough to be read first."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """A question a reader has, and what the session says to it."""

    question: str
    sentences: tuple[str, ...]


def key_numbers(facts: Facts) -> list[KeyNumber]:
    """At most five numbers, each from a stored result."""
    serious = sum(finding.severity in {"critical", "major"} for finding in facts.problems)
    told = [
        KeyNumber(number(facts.rows), "row in the file" if facts.rows == 1 else "rows in the file",
                  count(facts.columns, "column")),
        KeyNumber(number(len(facts.problems)), "problems found" if len(facts.problems) != 1 else "problem found",
                  f"{number(serious)} critical or major"),
        KeyNumber(number(len(facts.steps)), "steps applied" if len(facts.steps) != 1 else "step applied",
                  count(_cells(facts), "cell changed", "cells changed")),
    ]  # fmt: skip
    before, after = missing_overall(facts)
    if before is not None:
        told.append(KeyNumber(share(after), "of cells missing now", f"{share(before)} before"))
    best = facts.metrics.after[0] if facts.metrics.after else None
    if best is not None:
        told.append(
            KeyNumber(score(best.value), f"{metric_name(best.name)} after, cross-validated",
                      f"95 % interval {score(best.low)} to {score(best.high)}")
        )  # fmt: skip
    return told


def _cells(facts: Facts) -> int:
    return sum(step.counts.get("cells", 0) for step in facts.steps)


def missing_overall(facts: Facts) -> tuple[float | None, float | None]:
    """Share of missing cells before and after, all columns alike."""

    def mean(shares: dict[str, float]) -> float | None:
        return sum(shares.values()) / len(shares) if shares else None

    return mean(facts.missing.before), mean(facts.missing.after)


def answers(facts: Facts) -> list[Answer]:
    """What it is, what was found, what was done, whether it helped, what is left."""
    return [
        Answer("What is this file?", _what(facts)),
        Answer("What was found?", _found(facts)),
        Answer("What was done?", _done(facts)),
        Answer("Did it help?", _helped(facts)),
        Answer("What is left open?", _left(facts)),
    ]


def _what(facts: Facts) -> tuple[str, ...]:
    names = listed([file.name for file in facts.files], 4) or "The table"
    verb = "have" if len(facts.files) > 1 else "has"
    size = f"{names} {verb} {count(facts.rows, 'row')} and {count(facts.columns, 'column')}."
    goal = facts.goal
    if goal.kind == "none" or not (goal.target or goal.event):
        return size, "Nothing is to be predicted: the session makes the values right and nothing else."
    if goal.kind == "survival":
        return size, f"The goal is to predict the time until {goal.event} (follow-up: {goal.duration})."
    return size, f"The goal is to predict {goal.target}, {_KINDS[goal.kind]}."


def _found(facts: Facts) -> tuple[str, ...]:
    if not facts.problems:
        return ("No problem was found by the tools that looked.",)
    by = Counter(finding.severity for finding in facts.problems)
    named = listed([f"{by[severity]} {severity}" for severity in SEVERITIES if by[severity]])
    told = [f"{count(len(facts.problems), 'problem')}: {named}."]
    leaked = list(dict.fromkeys(name for finding in facts.leaks for name in finding.columns))
    if leaked:
        told.append(f"Leaks: {listed([short(name) for name in leaked], 6)} would give the answer away.")
    worst = next((f for f in _worst_first(facts) if f.dimension != "leakage"), None)
    if worst is not None and worst.sentence:
        told.append(worst.sentence)
    return tuple(told)


def _worst_first(facts: Facts) -> list[FindingFact]:
    return sorted(facts.problems, key=lambda finding: SEVERITIES.index(finding.severity))


def _done(facts: Facts) -> tuple[str, ...]:
    if not facts.steps:
        return ("No step was applied; the data are as they came.",)
    totals: Counter[str] = Counter()
    for step in facts.steps:
        sealing = {"dropped_rows": "sealed"} if step.tool == "split_data" else {}
        totals.update({sealing.get(key, key): size for key, size in step.counts.items() if size})
    nouns = {
        "cells": ("cell was changed", "cells were changed"),
        "dropped_rows": ("row was dropped", "rows were dropped"),
        "sealed": ("row was sealed for the test", "rows were sealed for the test"),
        "added_rows": ("row was added", "rows were added"),
        "dropped_columns": ("column was dropped", "columns were dropped"),
        "added_columns": ("column was added", "columns were added"),
    }
    parts = [count(totals[key], *words) for key, words in nouns.items() if totals[key]]
    told = [f"{count(len(facts.steps), 'step')} in order: {listed(parts) or 'no value changed'}."]
    if facts.expert:
        told.append(_deciders(facts))
    return tuple(told)


def _deciders(facts: Facts) -> str:
    by = Counter(step.decided_by for step in facts.steps if step.decided_by)
    words = {
        "auto": "by stated rules, with no person asked", "human": "by a person",
        "file": "by an answers file", "simulated": "by a simulated clinician",
    }  # fmt: skip
    named = [f"{size} {words.get(who, 'by ' + who)}" for who, size in sorted(by.items())]
    return f"Steps approved: {listed(named)}." if named else ""


def _helped(facts: Facts) -> tuple[str, ...]:
    measured = facts.metrics
    if facts.goal.kind == "none":
        return ("Not measured: without an outcome there is no model to compare.",)
    if not measured.after:
        return (measured.note or "Not measured.",)
    told = [f"A quick model reaches {_in_words(measured.after[0])} after the treatment."]
    told += [verdict_in_words(measured.differences[0])] if measured.differences else []
    told += [f"On the sealed test part ({count(measured.test.rows, 'row')}): {_in_words(measured.test.metrics[0])}."] \
        if measured.test and measured.test.metrics else []  # fmt: skip
    return tuple(told)


def _in_words(metric: Metric) -> str:
    return (
        f"{metric_name(metric.name)} {score(metric.value)} (95 % interval {score(metric.low)} to {score(metric.high)})"
    )


def verdict_in_words(effect: Effect) -> str:
    """A paired difference in one sentence that says no more than the interval allows.

    >>> verdict_in_words(Effect(metric="auc", before=0.8, after=0.82, change=0.02, low=-0.01, high=0.05, rows=90))
    'On the same 90 rows, AUC changed by +0.020 (95 % interval −0.010 to +0.050): no clear difference.'
    """
    words = {"better": "an improvement", "worse": "a loss", "same": "no clear difference"}
    return (
        f"On the same {count(effect.rows, 'row')}, {metric_name(effect.label)} changed by {signed(effect.change)} "
        f"(95 % interval {signed(effect.low)} to {signed(effect.high)}): {words[effect.verdict]}."
    )


def _left(facts: Facts) -> tuple[str, ...]:
    told = []
    if facts.left_open:
        told.append(f"{count(len(facts.left_open), 'finding')} no step answered; they are listed with the rest.")
    if facts.not_done:
        told.append(f"{count(len(facts.not_done), 'step')} considered and not applied, each with its reason.")
    if facts.screened.failed:
        told.append(f"{count(len(facts.screened.failed), 'check')} could not be run.")
    return (*loudly(facts.personal), *told) or ("Nothing that was found is left unanswered.",)
