"""Columns of personal data: by role, name, shape, checksum and uniqueness, with what to do about each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from climbdc.privacy._identifiers_glance import Glance, glance_at
from climbdc.privacy._identifiers_judges import How, Judged, judge_cells
from climbdc.privacy._identifiers_rules import Action, PersonKind, rules
from climbdc.sdk import Column, Dictionary, Roles

__all__ = ["OLDEST", "PersonalData", "scan_columns"]

OLDEST: Final = 89
"""The highest age in years that is not aggregated: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)."""
SAMPLE: Final = 2_000
"""Rows looked at in a larger table, drawn by the seed."""
_SHARED: Final = 0.5
"""Contact data with fewer different values a patient than this belong to a place of work."""
_OF_SOMEBODY: Final[tuple[PersonKind, ...]] = ("email", "phone", "address", "url", "ip", "id")
_ONLY_OF_PERSONS: Final[tuple[PersonKind, ...]] = ("date", "place", "postcode")
_YEARS: Final = frozenset({"", "y", "yr", "yrs", "year", "years", "jahre", "ans", "anos", "a"})
_LIFE: Final = 30  # years between the 5th and the 95th in a hundred dates: those of birth spread over a life
_BIRTH_LATEST: Final = 10


@dataclass(frozen=True)
class PersonalData:
    """One column that holds personal data.

    Args:
        column: Its name.
        kind: What it tells of a person.
        told: The same for people, such as "NHS numbers".
        share: Share of its filled cells, among the rows looked at, that are of this kind.
        rows: How many of the rows looked at hold it.
        looked: How many rows were looked at.
        how: What it was recognised by.
        action: What to do about it; `none` where a role needs the column as it is.
        sure: How sure this is (0 to 1).
        direct: Whether it names a person by itself, rather than together with other columns.
    """

    column: str
    kind: PersonKind
    told: str
    share: float
    rows: int
    looked: int
    how: How
    action: Action
    sure: float
    direct: bool


def scan_columns(frame: pd.DataFrame, dictionary: Dictionary, roles: Roles, *, seed: int = 0) -> list[PersonalData]:
    """Every column that holds personal data, in the order of the table; the outcome is never looked at.

    Kinds and actions follow HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i). Dates, postcodes and places are named only
    in a table about persons, and contact data that many rows share are taken for those of a place of work. In a table
    of more than `SAMPLE` rows a sample is looked at; ages are always counted in full.
    """
    few = frame if len(frame) <= SAMPLE else frame.iloc[_drawn(len(frame), seed)]
    found: list[PersonalData] = []
    for name in (str(column) for column in frame.columns):
        if name in roles.outcomes:
            continue
        column = dictionary[name] if name in dictionary else Column(name=name)
        judged = _judge(frame[name], few[name], column, roles)
        if judged is not None and not _of_a_place(judged, frame, name, roles):
            found.append(_told(judged, frame, few[name], name, roles))
    found = _one_birth(found)
    return found if _about_persons(found, frame, dictionary, roles) else _without_context(found)


def _drawn(rows: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))


def _judge(column: pd.Series[Any], few: pd.Series[Any], known: Column, roles: Roles) -> Judged | None:
    old = _old(column, known)
    if old is not None:
        return old
    seen = glance_at(few, known.meaning)
    if known.variable and known.limits is not None and seen.storage != "text":
        return None  # a clinical quantity with a range is no number that names somebody
    return judge_cells(seen) or _dates(few, seen, known)


def _old(column: pd.Series[Any], known: Column) -> Judged | None:
    """Ages above 89, where they are not top-coded already."""
    named = known.variable == "age" or rules().hint("age", str(column.name))
    if not named or column.dtype.kind not in "if" or known.unit.strip().casefold() not in _YEARS:
        return None
    old = int((column > OLDEST).sum())
    if not old or column.max() <= OLDEST + 1 or column.max() > 130:
        return None
    return Judged("age", old / max(1, int(column.count())), "name", 0.97)


def _dates(few: pd.Series[Any], seen: Glance, known: Column) -> Judged | None:
    """Dates to the day; those that spread over a life are dates of birth."""
    if seen.storage == "date":
        present = few.dropna()
        exact = ((present.dt.month != 1) | (present.dt.day != 1)).mean() if len(present) else 0.0
        share, years = float(exact), present.dt.year.to_numpy(dtype="float64")
    elif seen.storage == "text":
        share = seen.share(rules().shapes["date"].fullmatch)
        written = pd.Series(list(seen.cells), dtype="object").str.extract(r"((?:18|19|20)\d{2})", expand=False)
        years = written.dropna().to_numpy(dtype="float64")
    else:
        return None
    if share < 0.5 or few.nunique() < 2:
        return None
    named = known.variable == "birth_date" or rules().hint("birth_date", seen.name, seen.meaning) == "strong"
    if named or _spread(years) >= _LIFE:
        return Judged("birth_date", share, "name" if named else "shape", 0.95 if named else 0.75)
    return Judged("date", share, "shape", 0.9)


def _spread(years: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    if len(years) < _BIRTH_LATEST:
        return 0.0
    low, high = np.quantile(years, (0.05, 0.95))
    return float(high - low)


def _of_a_place(judged: Judged, frame: pd.DataFrame, name: str, roles: Roles) -> bool:
    """Whether contact data and numbers repeat so often that they are those of a place of work."""
    if judged.kind not in _OF_SOMEBODY or name == roles.patient:
        return False
    units = frame[roles.patient].nunique() if roles.patient in frame.columns else int(frame[name].count())
    return bool(frame[name].nunique() < _SHARED * units)


def _told(judged: Judged, frame: pd.DataFrame, few: pd.Series[Any], name: str, roles: Roles) -> PersonalData:
    rule = rules().kinds[judged.kind]
    whole = judged.kind == "age"
    looked = int(frame[name].count()) if whole else int(few.count())
    needed = {roles.patient, roles.visit_time, roles.index_date, roles.group, roles.site}
    action: Action = "none" if name in needed and judged.kind != "age" else rule.action
    return PersonalData(
        name, judged.kind, judged.told or rule.told, round(judged.share, 4), round(judged.share * looked), looked,
        judged.how, action, judged.sure, rule.direct,
    )  # fmt: skip


def _about_persons(found: list[PersonalData], frame: pd.DataFrame, dictionary: Dictionary, roles: Roles) -> bool:
    """Whether the rows are persons: somebody's id, name, age or contact data are among the columns."""
    if roles.patient is not None or any(
        one.kind in ("birth_date", "age") or (one.direct and one.kind != "text") for one in found
    ):
        return True
    return any(
        (known.variable == "age" or rules().hint("age", name)) and frame[name].dtype.kind in "if"
        for name, known in dictionary.items()
        if name in frame.columns
    )


def _one_birth(found: list[PersonalData]) -> list[PersonalData]:
    """Where several columns of dates spread over a life none is that of birth, unless its name says so."""
    guessed = [one for one in found if one.kind == "birth_date" and one.how == "shape"]
    if len(guessed) < 2:
        return found
    told = rules().kinds["date"].told
    return [replace(one, kind="date", told=told) if one in guessed else one for one in found]


def _without_context(found: list[PersonalData]) -> list[PersonalData]:
    return [one for one in found if one.kind not in _ONLY_OF_PERSONS]
