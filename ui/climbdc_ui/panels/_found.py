"""One finding as a person reads it: what it is, how it stands, and what the check at the end said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from climbdc.agents import identity
from climbdc.registry import registry, sentence, title
from climbdc_taxonomy import DIMENSIONS
from climbdc_ui.panels._words import challenge_of, counted, evidence_rows, figure, spoken

if TYPE_CHECKING:
    from climbdc.plan import PlannedStep

__all__ = ["SEVERITIES", "STANDS", "Told", "told_findings"]

SEVERITIES: Final = ("critical", "major", "minor", "info")
STANDS: Final = {
    "open": "Open", "planned": "A step is planned", "answered": "Answered", "left": "Left as it is",
    "again": "Seen at the end only",
}  # fmt: skip
GONE = "Not seen any more when all was checked again at the end."


@dataclass(frozen=True)
class Told:
    """One finding as a person sees it.

    Args:
        id: Its id.
        severity: How grave.
        dimension: Of the taxonomy.
        challenge: Of the taxonomy.
        title: The problem in a clinician's words.
        text: What was found.
        stand: Name of how it stands; one of `STANDS`.
        word: That in words.
        step: The step that answers it, or is to; empty where there is none.
        step_title: What that step does.
        reason: Why it is left as it is.
        columns: Which columns have it.
        rows: How many rows of how many; empty where the whole table is meant.
        numbers: The numbers behind it, named.
        what: What the problem is.
        matters: What goes wrong if it is ignored.
        last: How the screening at the end saw it; empty before that.
        figures: How many pictures there are of it.
    """

    id: str
    severity: str
    dimension: str
    challenge: str
    title: str
    text: str
    stand: str
    word: str
    step: str
    step_title: str
    reason: str
    columns: tuple[str, ...]
    rows: str
    numbers: tuple[tuple[str, str], ...]
    what: str
    matters: str
    last: str
    figures: int


def told_findings(
    findings: Sequence[Mapping[str, Any]], steps: Sequence[PlannedStep], *, finished: bool, total: int
) -> list[Told]:
    """Each problem once: what the last screening finds again stands with what was found at first.

    Args:
        findings: All of the session.
        steps: All of the plan.
        finished: Whether nothing more is to come.
        total: Rows of the file.
    """
    last = {identity(dict(item)): item for item in findings if item["screening"] == "last"}
    seen_last = bool(last) or finished
    told = []
    for item in findings:
        if item["screening"] == "last":
            continue
        again = last.pop(identity(dict(item)), None)
        told.append(_told(item, steps, _last(again, finished=seen_last), finished=finished, total=total))
    told += [_told(item, steps, "Seen at the end, not at first.", finished=finished, total=total, new=True)
             for item in last.values()]  # fmt: skip
    gravest = {one.challenge: min(_grave(other) for other in told if other.challenge == one.challenge) for one in told}
    return sorted(
        told, key=lambda one: (_rank(one.dimension), gravest[one.challenge], one.challenge, _grave(one), one.id)
    )


def _grave(one: Told) -> int:
    return SEVERITIES.index(one.severity)


def _rank(name: str) -> int:
    return DIMENSIONS.index(name) if name in DIMENSIONS else len(DIMENSIONS)


def _last(again: Mapping[str, Any] | None, *, finished: bool) -> str:
    if not finished:
        return ""
    if again is None:
        return GONE
    rows = f", in {counted(again['rows'], 'row')}" if again["rows"] is not None else ""
    return f"Still there when all was checked again at the end{rows}."


def _told(
    item: Mapping[str, Any], steps: Sequence[PlannedStep], last: str, *, finished: bool, total: int, new: bool = False
) -> Told:
    challenge = challenge_of(item["challenge"])
    stand, step, reason = ("again", None, "") if new else _stand(item, steps, finished=finished)
    return Told(
        id=item["id"],
        severity=item["severity"] if item["severity"] in SEVERITIES else "info",
        dimension=challenge.dimension if challenge else item["challenge"].split("/")[0],
        challenge=item["challenge"],
        title=challenge.title if challenge else spoken(item["challenge"]),
        text=sentence(item, registry()),
        stand=stand,
        word=STANDS.get(stand, spoken(stand)),
        step=step.id if step else "",
        step_title=title(step.tool) if step else "",
        reason=reason,
        columns=tuple(item["columns"]),
        rows=_rows(item, total),
        numbers=tuple(evidence_rows(item["evidence"])),
        what=challenge.what if challenge else "",
        matters=challenge.why if challenge else "",
        last="" if stand == "answered" and last == GONE else last,
        figures=len(item["figures"]),
    )


def _stand(
    item: Mapping[str, Any], steps: Sequence[PlannedStep], *, finished: bool
) -> tuple[str, PlannedStep | None, str]:
    """How a finding stands, the step that says so and the reason."""
    by = {step.id: step for step in steps}
    if item["status"] == "answered":
        return "answered", by.get(item["answered_by"] or ""), ""
    if item["status"] != "open":
        return item["status"], None, ""
    mine = [step for step in steps if item["id"] in step.answers]
    planned = next((step for step in mine if step.status == "pending"), None)
    if planned is not None:
        return "planned", planned, ""
    refused = next((step for step in reversed(mine) if step.status != "applied"), None)
    if refused is not None:
        return "left", refused, refused.reason
    tried = next((step for step in reversed(mine) if step.status == "applied"), None)
    if tried is not None:
        return "left", tried, "The step did not settle all of it."
    return ("left", None, "No step was made for it; the report tells of it.") if finished else ("open", None, "")


def _rows(item: Mapping[str, Any], total: int) -> str:
    """Rows concerned of those looked at."""
    if item["rows"] is None:
        return ""
    evidence = item["evidence"]
    seen = next((evidence[key] for key in ("total", "N", "n") if isinstance(evidence.get(key), int)), total)
    of = f" of {figure(max(seen, item['rows']))}" if seen else ""
    return f"{figure(item['rows'])}{of} {'row' if item['rows'] == 1 and not of else 'rows'}"
