"""What is told of columns that name persons: that they are there and why, and nothing of what is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from climbdc.agents import PERSONAL, head, kept_apart
from climbdc.report._parts import PersonalFact
from climbdc.report._wording import listed, short
from climbdc.store import SessionStore

__all__ = ["loudly", "personal_facts", "with_reasons", "without_cells", "without_values"]

_WITHHELD = "…"
_TOLD = ("names-persons", "remarks", "patient-number")
_KEPT = "This tells the patients apart and is kept for that."
_APART = "Nobody was asked, so this was left as it came and kept out of what models use."
_LEFT = "This was left as it came."
_REMEDY = (
    "Before the data are passed on, run again with --expert ask, where each is put to you, or take out what names "
    "persons with the tool deidentify."
)


def with_reasons(session: SessionStore, findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings; one of personal data that is open at the end says why, as `reason`."""
    ended = session.get("finished") is not None
    columns = session.objects.table(head(session).frame).schema.names if ended else []
    apart = kept_apart(session)

    def reason(finding: Mapping[str, Any]) -> str:
        named = [name for name in finding["columns"] if name in columns]
        ours = finding["challenge"] == PERSONAL and finding["kind"] in _TOLD
        if not ours or finding["status"] != "open" or not named:
            return ""
        if finding["kind"] == "patient-number":
            return _KEPT
        return _APART if set(named) <= set(apart) else _LEFT

    return [{**finding, "reason": reason(finding)} for finding in findings]


def personal_facts(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The input of `PersonalFact`, once a column; the findings are those of `with_reasons`, with their sentences."""
    told: dict[str, dict[str, Any]] = {}
    for finding in findings:
        for name in finding["columns"] if finding["reason"] else ():
            told.setdefault(name, {"column": name, "sentence": finding["sentence"], "reason": finding["reason"]})
    return list(told.values())


def loudly(personal: Iterable[PersonalFact]) -> tuple[str, ...]:
    """Which columns of the result may hold personal data, why they are there, and what to do; empty without any."""
    by_reason: dict[str, list[str]] = {}
    for fact in personal:
        by_reason.setdefault(fact.reason, []).append(short(fact.column))
    told = [f"{listed(names)} may name persons. {reason}" for reason, names in by_reason.items()]
    return (*told, _REMEDY) if told else ()


def without_values(finding: Mapping[str, Any], unlisted: Collection[str]) -> dict[str, Any]:
    """A finding that is only about columns that name persons, with numbers alone for evidence; others as they are.

    >>> told = {"columns": ["name"], "challenge": "x", "evidence": {"example": "Ann", "n": 2}, "suggestions": []}
    >>> without_values(told, {"name"})["evidence"]
    {'example': '…', 'n': 2}
    """
    mine = finding["columns"] and set(finding["columns"]) <= set(unlisted) and finding["challenge"] != PERSONAL
    if not mine:
        return dict(finding)
    evidence = {
        key: value if value is None or isinstance(value, bool | int | float) else _WITHHELD
        for key, value in finding["evidence"].items()
    }
    suggestions = [{**each, "params": {}} for each in finding["suggestions"]]
    return {**finding, "evidence": evidence, "suggestions": suggestions, "figures": []}


def without_cells(detail: Mapping[str, Any], unlisted: Collection[str]) -> dict[str, Any]:
    """What an expert was shown of a change, without the cells of columns that name persons.

    >>> without_cells({"mappings": [{"column": "name", "before": "Ann"}], "tries": 1}, {"name"})
    {'mappings': [], 'tries': 1}
    """
    kept = dict(detail)
    if "mappings" in kept:
        kept["mappings"] = [told for told in kept["mappings"] if told["column"] not in unlisted]
    if "distributions" in kept:
        drawn = [told for told in kept["distributions"]["columns"] if told["column"] not in unlisted]
        kept["distributions"] = {**kept["distributions"], "columns": drawn}
    return kept
