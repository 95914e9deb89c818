"""Settling the goal: does what a person wants fit the table, and what kind of target is it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from climbdc.describe._names import absent, columns_of, quoted
from climbdc.describe._profile import Profile, number_text, profile
from climbdc.errors import InputError
from climbdc.sdk import Column, Dictionary, Goal, Roles, Target

__all__ = ["check_goal"]

_MOST_CLASSES: Final = 20
_MOST_INTEGER_CLASSES: Final = (
    10  # whole numbers with more values than this are quantities unless a person says classes
)
_GIVEN: Final = "you named it"


def check_goal(frame: pd.DataFrame, dictionary: Dictionary, goal: Goal) -> Roles:
    """Settle the kind of target and the roles a person named.

    Only what was named is settled; `propose_roles` adds what the table suggests.

    Raises:
        InputError: A named column is not there (the nearest names are given), the target cannot be predicted as it
            is, the task does not fit its values, or a survival goal lacks a usable time and event.
    """
    named = {
        "target": goal.target,
        "time": goal.time,
        "event": goal.event,
        "visit-time": goal.visit_time,
        "id": goal.id,
        "group": goal.group,
    }
    for option, column in named.items():
        if column is not None and column not in frame.columns:
            raise absent(column, columns_of(frame), option)
    _refuse_double_parts(goal)
    roles = Roles(
        patient=goal.id,
        visit_time=goal.visit_time,
        group=goal.group,
        reasons={part: _GIVEN for part in ("patient", "visit_time", "group") if getattr(goal, _OPTION.get(part, part))},
    )
    if goal.task == "none":
        return roles
    if goal.task == "survival" or goal.time or goal.event:
        return _survival(frame, dictionary, goal, roles)
    if goal.target is None:
        return roles
    kind, why = _kind(goal.target, _look(frame, dictionary, goal.target), _entry(dictionary, goal.target), goal)
    return roles.model_copy(
        update={"kind": kind, "target": goal.target, "reasons": {**roles.reasons, "target": _GIVEN, "kind": why}}
    )


_OPTION: Final = {"patient": "id"}


def _refuse_double_parts(goal: Goal) -> None:
    """A column can be only one of target, time, visit time, patient."""
    parts = {"--target": goal.target, "--time": goal.time, "--visit-time": goal.visit_time, "--id": goal.id}
    parts["--event"] = goal.event if goal.event != goal.target else None
    seen: dict[str, str] = {}
    for option, column in parts.items():
        if column is None:
            continue
        if column in seen:
            raise InputError(
                f"{column!r} is given both as {seen[column]} and as {option}.",
                fix="Name a different column for one of them.",
                code="one-column-two-roles",
            )
        seen[column] = option


def _entry(dictionary: Dictionary, name: str) -> Column:
    return dictionary[name] if name in dictionary else Column(name=name)


def _look(frame: pd.DataFrame, dictionary: Dictionary, name: str) -> Profile:
    return profile(frame[name], _entry(dictionary, name).missing_codes)


def _kind(name: str, seen: Profile, entry: Column, goal: Goal) -> tuple[Target, str]:
    _refuse_unusable(name, seen, entry)
    if seen.distinct == 2 and goal.task != "regression":
        return "binary", f"it has two values: {_values(seen)}"
    choose: Callable[[str, Profile, Column], tuple[Target, str]] = {
        "classification": _classes,
        "regression": _amount,
    }.get(goal.task or "", _by_values)
    return choose(name, seen, entry)


def _refuse_unusable(name: str, seen: Profile, entry: Column) -> None:
    if seen.present == 0:
        raise InputError(
            f"The target {name!r} has no value in any of the {seen.rows} rows.",
            fix="Choose another.",
            code="target-empty",
        )
    if seen.distinct == 1:
        raise InputError(
            f"The target {name!r} has one value only: {_values(seen)}; there is nothing to tell apart.",
            fix="Choose another target, or add the rows with the other outcome.",
            code="target-one-class",
        )
    if seen.storage == "date" or entry.type == "date":
        raise InputError(
            f"The target {name!r} holds dates, which cannot be predicted as they are.",
            fix="Make a yes/no column (did it happen?) or the days from entry to it, and name that as target.",
            code="target-date",
        )
    if entry.type in ("text", "identifier") and entry.sources.get("type", "inferred") == "inferred":
        what = "free text" if entry.type == "text" else "an identifier"
        raise InputError(
            f"The target {name!r} looks like {what}: {seen.distinct} different values in {seen.present} rows.",
            fix="Choose a column with the outcome; if this is it, give its type in a dictionary file.",
            code="target-not-an-outcome",
        )


def _classes(name: str, seen: Profile, entry: Column) -> tuple[Target, str]:
    if seen.distinct <= _MOST_CLASSES:
        return "multiclass", f"it has {seen.distinct} classes"
    fix = (
        "Group its values into fewer classes first."
        if seen.storage == "text" and entry.type not in ("integer", "continuous")
        else "Use --task regression, or make classes of it first."
    )
    raise InputError(
        f"The target {name!r} has {_count(seen)} different values, too many for classes (at most {_MOST_CLASSES}).",
        fix=fix,
        code="task-does-not-fit",
    )


def _amount(name: str, seen: Profile, entry: Column) -> tuple[Target, str]:
    written = seen.storage == "text" and entry.type not in ("integer", "continuous", "duration")
    if written or seen.distinct == 2:
        what = "text" if written else "two values"
        raise InputError(
            f"The target {name!r} holds {what} ({_values(seen)}), and regression needs a quantity.",
            fix="Use --task classification.",
            code="task-does-not-fit",
        )
    return "numeric", f"it is a quantity with {_count(seen)} different values"


def _by_values(name: str, seen: Profile, entry: Column) -> tuple[Target, str]:
    """Classes or a quantity, when the person named no task."""
    few_whole = seen.storage == "whole" and seen.distinct <= _MOST_INTEGER_CLASSES
    if few_whole or entry.type in ("categorical", "ordinal", "binary") or entry.labels:
        return _classes(name, seen, entry)
    if seen.storage == "text" and entry.type not in ("integer", "continuous", "duration"):
        return _classes(name, seen, entry)
    return "numeric", f"it is a quantity with {_count(seen)} different values"


def _survival(frame: pd.DataFrame, dictionary: Dictionary, goal: Goal, roles: Roles) -> Roles:
    time, event = goal.time, goal.event or (goal.target if goal.task == "survival" else None)
    if goal.task in ("classification", "regression"):
        given = "--time" if time else "--event"
        raise InputError(f"{given} belongs to survival, the task is {goal.task}.", fix="Leave one of the two out.")
    if not time or not event:
        lacking = " and ".join(option for option, column in (("--time", time), ("--event", event)) if not column)
        raise InputError(
            f"A survival goal needs the time of follow-up and the event; what is not named: {lacking}.",
            fix="Name both columns, or leave them out and name a --target.",
            code="survival-incomplete",
        )
    if goal.target not in (None, event):
        raise InputError(
            f"The target is {goal.target!r} and the event is {event!r}.",
            fix="In a survival study the event is the target: leave --target out.",
        )
    _check_time(time, frame[time], _look(frame, dictionary, time))
    _check_event(event, _look(frame, dictionary, event))
    why = f"{event} says whether it happened, {time} how long the patient was followed"
    reasons = {**roles.reasons, "target": _GIVEN, "duration": _GIVEN, "event": _GIVEN, "kind": why}
    return roles.model_copy(
        update={"kind": "survival", "target": event, "event": event, "duration": time, "reasons": reasons}
    )


def _check_time(name: str, values: pd.Series[Any], seen: Profile) -> None:
    if seen.storage == "text":
        odd = [cell for cell in map(str, seen.glance) if number_text(cell) is None]
        what = f"text such as {odd[0]!r}" if odd else "numbers written as text"
        raise InputError(
            f"The time {name!r} holds {what}.", fix="It must be numbers: days, months or years of follow-up."
        )
    if seen.storage == "date":
        raise InputError(
            f"The time {name!r} holds dates.", fix="Give the time between entry and end of follow-up as a number."
        )
    if seen.present == 0:
        raise InputError(f"The time {name!r} has no values.", fix="Choose another column.")
    if seen.low < 0:
        raise InputError(
            f"The time {name!r} is negative in {int((values < 0).sum())} rows, the lowest is {seen.low:g}.",
            fix="Follow-up cannot end before it starts: correct these rows or choose another column.",
            code="negative-time",
        )


def _check_event(name: str, seen: Profile) -> None:
    if seen.distinct == 2:
        return
    if seen.distinct < 2:
        raise InputError(
            f"The event {name!r} has {'no value' if seen.distinct == 0 else f'one value only: {_values(seen)}'}.",
            fix="It must say for each patient whether the event happened or follow-up ended without it.",
            code="event-one-value",
        )
    raise InputError(
        f"The event {name!r} has {_count(seen)} states where two are needed: {_values(seen)}.",
        fix="Name a column that says only whether your event happened; every other end counts as not happened.",
        code="competing-states",
    )


def _values(seen: Profile) -> str:
    """The first few values, quoted when they are text."""
    levels = [f"{level:g}" if isinstance(level, float) else level for level in seen.levels or seen.glance[:6]]
    shown = [str(level) if seen.storage != "text" else str(level)[:40] for level in levels]
    return (
        quoted(shown, limit=6) if seen.storage == "text" else ", ".join(shown[:6]) + (" ..." if len(shown) > 6 else "")
    )


def _count(seen: Profile) -> str:
    return str(seen.distinct) if seen.levels else f"{seen.distinct} or more"
