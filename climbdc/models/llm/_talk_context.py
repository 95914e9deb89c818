"""What a model is told of a session when the clinician speaks: little, chosen by code, released by the gate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.plan import Plan, PlannedStep
from climbdc.privacy import Released

if TYPE_CHECKING:
    from climbdc.models.llm._table import Table
    from climbdc.privacy import Gate
    from climbdc.registry import Registry
    from climbdc.store import SessionStore

__all__ = ["Context", "context_of", "spoken_of"]

DETAILED = 3
NAMED = 60
FINDINGS = 10
APPLIED = 10
PENDING = 12
EXCHANGES = 2
LONGEST_WORDS = 600
RARE_WORD = 5
"""Letters of a word from which on it may name a column by its meaning."""
FEW = 2
SEVERITIES = ("critical", "major", "minor", "info")


@dataclass(frozen=True)
class Context:
    """What one turn of a conversation is about.

    Args:
        parts: What is sent, in order.
        backing: Text of those parts that tell facts of the session, line by line; never the person's own words.
        columns: Names of columns that may be spoken of.
        steps: Ids of steps that may be spoken of, with their status.
        findings: Ids of findings that are told.
    """

    parts: tuple[Released, ...]
    backing: tuple[str, ...]
    columns: tuple[str, ...]
    steps: Mapping[str, str]
    findings: tuple[str, ...]


def context_of(gate: Gate, stored: SessionStore, tools: Registry, table: Table, said: str) -> Context:
    """Choose what is told, and let the gate release it.

    Args:
        gate: Releases it.
        stored: The session.
        tools: What the steps are made with.
        table: The newest version.
        said: What the person typed.
    """
    every = [str(name) for name in table.frame.columns]
    waiting = stored.pending()
    asked: Mapping[str, Any] = waiting["asked"] if waiting else {}
    meanings = {name: table.dictionary[name].meaning for name in every if name in table.dictionary}
    spoken = [*spoken_of(said, every), *meant_by(said, meanings)]
    about = list(dict.fromkeys([*spoken, *_asked_about(asked, every)]))[:DETAILED]
    others = [name for name in every if name not in about][:NAMED]
    findings = _findings(stored, about)
    plan = _plan(stored)
    facts = {
        "goal": gate.goal(table.roles),
        "table": gate.table(table.frame, table.dictionary, table.roles, about, detail="full"),
        "names": gate.table(table.frame, table.dictionary, table.roles, others, detail="names"),
        "findings": gate.findings(findings),
        "plan": gate.plan(plan, stored.findings()),
    }
    parts = [gate.own("talk_turn", **facts)]
    if asked:
        parts.append(_question(gate, asked))
    results = _results(stored, asked)
    if results:
        facts["results"] = gate.results(results)
        parts.append(gate.own("talk_results", results=facts["results"]))
    for column in about:
        if gate.level == "values" and column in gate.revealed:
            parts.append(gate.own("talk_values", values=gate.values(table.frame, column)))
    parts += _before(gate, stored, said)
    parts.append(gate.own("talk_says", words=gate.words(said, of="person")))
    return Context(
        parts=tuple(parts),
        backing=tuple(fact.text for fact in facts.values()),
        columns=(*about, *others),
        steps={step.id: step.status for step in plan.steps},
        findings=tuple(finding["id"] for finding in findings),
    )


def spoken_of(said: str, columns: Sequence[str]) -> list[str]:
    """Columns that a text names, the longest names first; a blank for an underscore does.

    >>> spoken_of("Is chol (or max HR) wrong?", ["chol", "cho", "max_hr", "age"])
    ['max_hr', 'chol']
    """
    text = said.casefold()
    found = []
    for name in sorted(columns, key=len, reverse=True):
        folded = name.casefold()
        for form in dict.fromkeys((folded, re.sub(r"[_\-.]+", " ", folded))):
            pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
            if re.search(pattern, text):
                text = re.sub(pattern, " ", text)
                found.append(name)
                break
    return found


def meant_by(said: str, meanings: Mapping[str, str]) -> list[str]:
    """Columns that a text speaks of by a word of their meaning which at most two of them have.

    >>> meant_by("Is the cholesterol wrong?", {"chol": "serum cholesterol", "age": "age in years"})
    ['chol']
    """
    words = {word for word in re.findall(r"[^\W\d_]+", said.casefold()) if len(word) >= RARE_WORD}
    having: dict[str, list[str]] = {}
    for name, meaning in meanings.items():
        for word in sorted(words & set(re.findall(r"[^\W\d_]+", meaning.casefold()))):
            having.setdefault(word, []).append(name)
    return [name for _, names in sorted(having.items()) if len(names) <= FEW for name in names]


def _asked_about(asked: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Columns of the open question."""
    detail = asked.get("detail") or {}
    named = [str(detail["column"])] if "column" in detail else []
    named += [str(name) for name in (detail.get("by_column") or {})]
    named += [str(name) for finding in detail.get("findings", []) for name in finding.get("columns", [])]
    named += [str(item["column"]) for item in detail.get("columns", []) if isinstance(item, Mapping)]
    return [name for name in dict.fromkeys(named) if name in set(columns)]


def _findings(stored: SessionStore, about: Sequence[str]) -> list[dict[str, Any]]:
    """Those of the columns spoken of first, then the most serious that are open."""
    wanted = set(about)
    found = [finding for finding in stored.findings() if finding["status"] in {"open", "answered"}]
    ranked = sorted(
        found,
        key=lambda finding: (
            not wanted & set(finding["columns"]), finding["status"] != "open", SEVERITIES.index(finding["severity"])
        ),
    )  # fmt: skip
    return ranked[:FINDINGS]


def _plan(stored: SessionStore) -> Plan:
    """What was done last and what comes next."""
    body = stored.newest_plan()
    plan = Plan() if body is None else Plan.model_validate(body)
    closed: list[PlannedStep] = [step for step in plan.steps if step.status in {"rejected", "failed", "postponed"}]
    return Plan(steps=(*plan.applied[-APPLIED:], *closed[-4:], *plan.pending[:PENDING]))


def _question(gate: Gate, asked: Mapping[str, Any]) -> Released:
    return gate.own(
        "talk_asked",
        title=gate.words(str(asked["title"]), of="tool", longest=200),
        text=gate.words(f"{asked['text']} {asked['why']}".strip(), of="tool", longest=LONGEST_WORDS),
    )


def _results(stored: SessionStore, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of the open change, and the measures of the quick models once there are any."""
    detail = asked.get("detail") or {}
    counts = {name: number for name, number in (detail.get("counts") or {}).items() if number}
    effects = [
        {key: effect[key] for key in ("metric", "before", "after", "change", "low", "high") if key in effect}
        for effect in (detail.get("effect") or [])[:3]
    ]
    found: dict[str, Any] = {}
    if counts:
        found["the open step changes"] = counts
    if effects:
        found["the open step's effect on a quick model"] = effects
    metrics = stored.get("metrics")
    if metrics:
        found["metrics"] = metrics
    return found


def _before(gate: Gate, stored: SessionStore, said: str) -> list[Released]:
    """The last exchanges with the model, without the sentence that is answered now."""
    exchanges: list[tuple[str, str]] = []
    words = ""
    for event in stored.events():
        if event["kind"] == "said":
            words = str(event["text"])
        elif event["kind"] == "replied" and event.get("by") and words and words != said:
            exchanges.append((words, str(event["text"])))
            words = ""
    return [
        gate.own(
            "talk_before",
            said=gate.words(asked, of="person", longest=300),
            replied=gate.words(told, of="model", longest=500),
        )
        for asked, told in exchanges[-EXCHANGES:]
    ]
