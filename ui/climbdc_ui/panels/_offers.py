"""Steps that could be added to the plan: what would answer a finding that is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.agents import head
from climbdc.errors import ClimbdcError
from climbdc.plan import PlannedStep
from climbdc.registry import registry, sentence, title
from climbdc_ui.panels._words import challenge_of, listed, setting_rows, short, spoken

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat

__all__ = ["Offer", "answerable", "offers"]

ELSEWHERE = ("edit_dictionary", "apply_review")
"""Tools that panels of their own are for."""
ONCE = "split_data"
"""Is planned by itself wherever it is needed."""
MOST = 80
COLUMNS = ("columns", "indicators")
BY_COLUMN = ("codes", "maps", "columns", "types")


@dataclass(frozen=True)
class Offer:
    """A step that could be added.

    Args:
        key: Names it among all that are offered now.
        title: What it does, and to which columns.
        group: The problem it is for.
        settings: Its params, named and in words.
        step: It, without an id.
    """

    key: str
    title: str
    group: str
    settings: tuple[tuple[str, str], ...]
    step: PlannedStep


def offers(seat: Seat, findings: Sequence[Mapping[str, Any]] | None = None, only: str = "") -> list[Offer]:
    """What could be added now.

    Args:
        seat: The session.
        findings: All findings; read where None.
        only: Id of the one finding to answer; all where empty, then one offer a problem and tool.
    """
    found = seat.stored.findings() if findings is None else findings
    open_ones = [item for item in found if item["status"] == "open" and item["screening"] == "first"]
    if only:
        open_ones = [item for item in open_ones if item["id"] == only]
    if not open_ones or seat.stored.get("head") is None:
        return []
    there = _columns(seat)
    taken = {(step.challenge, step.tool) for step in seat.session.plan.pending} if not only else set()
    made: dict[tuple[str, str], PlannedStep] = {}
    for finding in open_ones:
        for step in _answers(finding, there):
            key = (step.challenge, step.tool)
            if key not in taken:
                made[key] = _joined(made[key], step) if key in made else step
    return [_offer(step) for step in list(made.values())[:MOST] if _fits(step)]


def answerable(seat: Seat, findings: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids of the open findings that a step could be added for."""
    if seat.stored.get("head") is None:
        return set()
    there = _columns(seat)
    open_ones = (item for item in findings if item["status"] == "open" and item["screening"] == "first")
    return {item["id"] for item in open_ones if any(_fits(step) for step in _answers(item, there))}


def _columns(seat: Seat) -> set[str]:
    """Columns of the newest version."""
    return set(seat.stored.objects.table(head(seat.stored).frame).schema.names)


def _answers(finding: Mapping[str, Any], there: set[str]) -> list[PlannedStep]:
    """Steps for one finding: as its tool suggests, then as the taxonomy says with what is usual."""
    challenge = challenge_of(finding["challenge"])
    suggested = {item["tool"]: (item["params"], item["why"]) for item in finding["suggestions"]}
    for tool in challenge.treat if challenge else ():
        usual = _usual(tool, finding)
        if usual is not None:
            suggested.setdefault(tool, (usual, ""))
    told = []
    for tool, (params, why) in suggested.items():
        if tool in (*ELSEWHERE, ONCE) or tool not in registry() or registry()[tool].spec.kind != "transform":
            continue
        kept = _narrow(params, there)
        if not _emptied(params, kept):
            reason = why or sentence(finding, registry())
            told.append(
                PlannedStep(id="S00", challenge=finding["challenge"], tool=tool, params=kept, why=reason,
                            answers=(finding["id"],), backed_by="human")
            )  # fmt: skip
    return told


def _usual(tool: str, finding: Mapping[str, Any]) -> dict[str, Any] | None:
    """Params where no tool says: the finding's columns where columns are listed; None where it names none."""
    if tool not in registry():
        return None
    columns = registry()[tool].spec.schema.get("properties", {}).get("columns", {})
    if columns.get("type") != "array":
        return {}
    return {"columns": list(finding["columns"])} if finding["columns"] else None


def _narrow(params: Mapping[str, Any], there: set[str]) -> dict[str, Any]:
    """The params without columns that are gone."""
    kept = dict(params)
    for name in COLUMNS:
        if isinstance(kept.get(name), list):
            kept[name] = [column for column in kept[name] if column in there]
    for name in BY_COLUMN:
        if isinstance(kept.get(name), dict):
            kept[name] = {column: value for column, value in kept[name].items() if column in there}
    return kept


def _emptied(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    named = [name for name in {*COLUMNS, *BY_COLUMN} if before.get(name)]
    return bool(named) and not any(after.get(name) for name in named)


def _joined(one: PlannedStep, other: PlannedStep) -> PlannedStep:
    """Two steps of one problem and tool as one."""
    params = dict(one.params)
    for name, value in other.params.items():
        had = params.get(name)
        if isinstance(had, list) and isinstance(value, list):
            params[name] = list(dict.fromkeys([*had, *value])) if all(isinstance(v, str) for v in value) else had
        elif isinstance(had, dict) and isinstance(value, dict):
            params[name] = {**value, **had}
        else:
            params.setdefault(name, value)
    return one.model_copy(update={"params": params, "answers": (*one.answers, *other.answers)})


def _fits(step: PlannedStep) -> bool:
    try:
        registry().check(step.tool, step.params)
    except ClimbdcError:
        return False
    return True


def _offer(step: PlannedStep) -> Offer:
    challenge = challenge_of(step.challenge)
    columns: Iterable[str] = next((step.params[name] for name in BY_COLUMN if step.params.get(name)), [])
    named = listed([short(name, 30) for name in columns], 3)
    return Offer(
        key=f"{step.challenge}|{step.tool}",
        title=f"{title(step.tool)}{f': {named}' if named else ''}",
        group=challenge.title if challenge else spoken(step.challenge),
        settings=tuple(setting_rows(step.params)),
        step=step,
    )
