"""What reading and joining decided, as findings: told like anything else that was found and settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from climbdc.data import Join, JoinRule, ReadDecision
from climbdc.joining import TableProposal
from climbdc.sdk import Finding, Severity
from climbdc.store import SessionStore

__all__ = [
    "SEVERAL", "joined_finding", "keep_findings", "key_in_words", "left_decision", "left_finding", "reading_findings",
]  # fmt: skip

UNREADABLE, SEVERAL = "structure/unreadable-file", "structure/multiple-files"
NOT_WANTED = "it was not wanted"
SETTLED = "reading"
"""What has answered a finding of the reader; as in `changes.parquet`."""
SEVERITY: dict[str, Severity] = {"rows-short": "minor", "rows-long": "major", "header-missing": "minor"}
USUAL = ("utf-8", ",")
TOLD = (
    "encoding", "delimiter", "decimal", "preamble", "footer", "sheet", "ragged", "header-missing", "row-names",
    "names-trimmed", "names-empty", "names-doubled", "columns-empty", "rows-short", "rows-long",
)  # fmt: skip
"""Decisions that not every file asks for."""


def reading_findings(decisions: Sequence[ReadDecision], columns: Sequence[str]) -> list[Finding]:
    """The decisions that were not a matter of course, one finding each."""
    told = [_finding(decision, columns) for decision in decisions if decision.code in TOLD and not _usual(decision)]
    return [*told, *(_stacked(decision) for decision in decisions if decision.code == "stacked")]


def keep_findings(session: SessionStore, decided: Sequence[Finding], joined: Sequence[Finding]) -> list[str]:
    """Store what reading and joining found, once; what was settled by reading is answered.

    Returns:
        Ids of those that matter.
    """
    if any(finding["tool"] in {"read_table", "merge_files"} for finding in session.findings()):
        return []
    matter: list[str] = []
    for finding in [*decided, *joined]:
        tool = "read_table" if finding.challenge == UNREADABLE else "merge_files"
        body: dict[str, Any] = finding.to_json()
        stored = session.add_findings([(body, None)], tool=tool, screening="first")[0]
        if finding.kind not in {"left-out", "rows-long"} and finding.severity in {"info", "minor"}:
            session.set_finding(stored["id"], "answered", SETTLED)
        if finding.severity != "info":
            matter.append(stored["id"])
    return matter


def _usual(decision: ReadDecision) -> bool:
    return str(decision.value).lower() in USUAL


def _finding(decision: ReadDecision, columns: Sequence[str]) -> Finding:
    """A decision as a finding; rows and closing lines are counted, and no cell is told."""
    value = decision.value
    listed = list(value) if isinstance(value, list | dict) else []
    named = tuple(str(name) for name in listed if str(name) in columns)
    count = len(listed) if listed else value if isinstance(value, int) else 0
    said = value if isinstance(value, str) and not named else ""
    return Finding(
        kind=decision.code, severity=SEVERITY.get(decision.code, "info"), columns=named,
        evidence={"count": count, "setting": _setting(said)}, challenge=UNREADABLE,
    )  # fmt: skip


def _setting(said: str) -> str:
    return {"\t": "tabs", ";": "semicolons", "|": "bars", " ": "blanks"}.get(said, said)


def _stacked(decision: ReadDecision) -> Finding:
    count = len(decision.value) if isinstance(decision.value, list) else 0
    return Finding(kind="stacked", severity="info", evidence={"count": count}, challenge=SEVERAL)


def key_in_words(proposal: TableProposal) -> str:
    """The pairs of columns that hold the same."""
    assert proposal.match is not None
    return " and ".join(left if left == right else f"{left} = {right}" for left, right in proposal.match.keys)


def _why(proposal: TableProposal, *, unasked: bool, excluded: bool) -> str:
    return NOT_WANTED if unasked or excluded or not proposal.reason else proposal.reason


def left_decision(proposal: TableProposal, *, unasked: bool, excluded: bool) -> ReadDecision:
    """That a table was left out, among what reading decided."""
    reason = _why(proposal, unasked=unasked, excluded=excluded)
    text = f"{proposal.table} was left out: {reason}."
    return ReadDecision(code="left-out", text=text, value={"table": proposal.table})


def joined_finding(proposal: TableProposal, join: Join, rules: Sequence[JoinRule]) -> Finding:
    """That a table was joined; that its rows were summed up over time is a risk which is told."""
    match = proposal.match
    assert match is not None
    late = proposal.several and set(rules) != {"first"} and join.until is None
    kind = "summed-up" if proposal.several else "joined"
    severity: Severity = "major" if late and proposal.order else "minor" if late or match.lost else "info"
    evidence = {
        "table": proposal.table, "on": key_in_words(proposal), "n": match.other_found, "N": match.other_rows,
        "found": match.main_found, "total": match.main_rows, "left_out": match.lost, "how": " and ".join(rules),
    }  # fmt: skip
    return Finding(
        kind=kind, severity=severity, columns=tuple(column.name for column in join.columns), evidence=evidence,
        challenge=SEVERAL,
    )  # fmt: skip


def left_finding(proposal: TableProposal, *, unasked: bool, excluded: bool) -> Finding:
    """That a table was left out and why; serious where nobody wanted it so."""
    reason = _why(proposal, unasked=unasked, excluded=excluded)
    evidence = {"table": proposal.table, "reason": reason}
    wanted = unasked or excluded
    return Finding(kind="left-out", severity="minor" if wanted else "major", evidence=evidence, challenge=SEVERAL)
