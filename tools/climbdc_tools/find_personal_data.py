"""Columns that name persons, or help to find them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Final

import pandas as pd

from climbdc.privacy import PersonalData, scan_columns
from climbdc.sdk import (
    Dataset,
    Dictionary,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Roles,
    Severity,
    Suggestion,
    inspect,
)
from climbdc_tools.find_identifiers import FindIdentifiers

__all__ = ["FindPersonalData", "FindPersonalDataParams"]

_BECAUSE: Final = {
    "name": "the name of the column says so, and its values fit",
    "shape": "its values have that form",
    "checksum": "their check digits are right",
    "uniqueness": "they are long and nearly all different",
}
_WHY: Final = {
    "drop": "It names persons and measures nothing.",
    "year": "The year is what a model can use; the day helps to find a person.",
    "age_cap": "Few people are older than 89, so that the age alone can name them.",
    "postcode3": "Three places tell the region; the full code helps to find a person.",
    "scrub": "The text stays, what names a person in it goes.",
}


class FindPersonalDataParams(Params):
    """Nothing to set: what counts follows HIPAA Safe Harbor."""


@inspect("privacy/personal-data")
class FindPersonalData(Inspection[FindPersonalDataParams]):
    """Finds columns of personal data: names, contact data, numbers of persons, dates, ages above 89, free text.

    A column is recognised by its role, name, form, check digits and how different its values are; the outcome is never
    looked at, and no value is shown. Contact data that many rows share are taken for those of a place of work. What
    `find_identifiers` proposes to leave out anyhow is not told twice.
    """

    says: ClassVar[dict[str, str]] = {
        "names-persons": "{columns} holds {told} ({found} of {looked} rows looked at; {because}): it names persons.",
        "patient-number": "{columns} tells the patients apart and holds {told}, so it names persons. It is kept for "
        "the split; leave it out before the result is passed on.",
        "remarks": "{columns} is free text in which persons are named ({found} of {looked} rows looked at).",
        "helps-to-find": "{columns} holds {told} ({found} of {looked} rows looked at), which help to find a person.",
    }

    @classmethod
    def warm(cls) -> None:
        """Read the words by which persons are known."""
        scan_columns(pd.DataFrame({"name": ["Mr Miller"]}), Dictionary(), Roles())

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """A finding a column."""
        if not len(data.train):
            return NotApplicable("There are no rows.")
        found = scan_columns(data.train, data.dictionary, data.roles, seed=data.seed)
        told = _told_elsewhere(data, [one.column for one in found if one.direct])
        return [_finding(one, data) for one in found if one.column not in told]


def _told_elsewhere(data: Dataset, columns: list[str]) -> set[str]:
    """Those of the columns that are to be left out because they name rows."""
    if not columns:
        return set()
    roles = data.roles.model_copy(update={"kind": "none", "target": None})
    seen = FindIdentifiers().look(replace(data, train=data.train[columns], roles=roles))
    findings = [] if isinstance(seen, NotApplicable) else seen
    return {name for finding in findings if finding.suggestions for name in finding.columns}


def _finding(one: PersonalData, data: Dataset) -> Finding:
    evidence: dict[str, Any] = {
        "told": one.told, "found": one.rows, "looked": one.looked, "because": _BECAUSE[one.how], "N": len(data.train),
        "kind": one.kind,
    }  # fmt: skip
    kind, severity = _judged(one, data)
    return Finding(kind, severity, (one.column,), evidence=evidence, suggestions=_suggestions(one))


def _judged(one: PersonalData, data: Dataset) -> tuple[str, Severity]:
    """What names a person by itself is major where it is sure; what only helps is no fault of the data."""
    if one.column == data.roles.patient and one.direct:
        return "patient-number", "info"
    if one.kind == "text":
        return "remarks", "minor"
    if one.direct:
        return "names-persons", "major" if one.sure >= 0.9 else "minor"
    return "helps-to-find", "minor" if one.kind == "birth_date" and one.action != "none" else "info"


def _suggestions(one: PersonalData) -> tuple[Suggestion, ...]:
    """Leaving out is done by `drop_columns`, which every recipe and report knows; the rest by `deidentify`."""
    if one.action == "none":
        return ()
    params: dict[str, Any] = {"columns": {one.column: one.action}}
    tool = "deidentify"
    if one.action == "drop":
        tool, params = "drop_columns", {"columns": [one.column]}
    sure = one.sure if one.direct and one.kind != "text" else 0.6
    return (Suggestion(tool=tool, params=params, why=_WHY[one.action], confidence=sure, backed_by="rule"),)
