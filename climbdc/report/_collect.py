"""Everything the report may say, from stored results only."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import pandas as pd

from climbdc._version import __version__
from climbdc.agents import (
    RunContext,
    Version,
    current_plan,
    head,
    identity,
    load_version,
    sealed_part,
    unlisted_columns,
)
from climbdc.recipe import canonical_json
from climbdc.registry import sentence
from climbdc.report._asked import model_facts
from climbdc.report._distributions import distributions
from climbdc.report._personal import personal_facts, with_reasons, without_cells, without_values
from climbdc.runs import ENDED_WELL
from climbdc.store import SessionStore

__all__ = ["collect_facts", "findings_json"]


def findings_json(context: RunContext) -> list[dict[str, Any]]:
    """The findings as `findings.json` lists them: of columns that name persons without any value."""
    session = context.session
    unlisted = unlisted_columns(session)
    told = [without_values(finding, unlisted) for finding in with_reasons(session, session.findings())]
    return [{**finding, "sentence": sentence(finding, context.bench.registry)} for finding in told]


def collect_facts(context: RunContext) -> dict[str, Any]:
    """The input of `render_report`."""
    session = context.session
    reading = session.need("reading")
    chain = [load_version(session, name) for name, _ in session.lineage(head(session).id)]
    last = chain[-1]
    decisions = session.decisions()
    findings = _once(findings_json(context))
    unlisted = unlisted_columns(session)
    return {
        "title": reading["sources"][0]["name"],
        "version": __version__,
        "seed": context.options.seed,
        "policy": context.policy.name,
        "sandbox": _sandbox(session, unsafe=context.options.unsafe),
        "model": model_facts(session, context.options.disclosure),
        "public": context.options.public,
        "expert": ", ".join(sorted({item["expert"] for item in decisions if item["expert"]})),
        "files": reading["sources"],
        "reading": [decision["text"] for decision in reading["decisions"]],
        "rows": reading["rows"],
        "columns": len(reading["columns"]),
        "goal": last.roles.model_dump(mode="json", include={"target", "kind", "duration", "event"}),
        "roles": last.roles.model_dump(mode="json"),
        "dictionary": last.dictionary.to_json(),
        "flow": _flow(context, chain),
        "missing": {"before": _missing(chain[0]), "after": _missing(last)},
        "findings": [_finding(context, finding) for finding in findings],
        "personal": personal_facts(findings),
        "steps": [_step(context, version, unlisted) for version in chain[1:]],
        "not_done": _not_done(context),
        "revisions": _revisions(session),
        "decisions": [_decision(item) for item in decisions],
        "metrics": session.need("metrics"),
        "distributions": [told for told in distributions(chain) if told["column"] not in unlisted],
        "screened": session.get("screened/last") or session.get("screened/train") or {},
    }


def _sandbox(session: SessionStore, *, unsafe: bool) -> dict[str, Any]:
    """Where tools ran and how that ended, without times and memory: those differ between equal runs."""
    runs = session.runs()
    limits = {canonical_json(run["limits"]): run["limits"] for run in runs if "limits" in run}
    return {
        "backend": session.backend() or "none",
        "unsafe": unsafe,
        "jobs": len(runs),
        "limits": [limits[name] for name in sorted(limits)],
        "failed": [
            {name: run.get(name, "") for name in ("verb", "tool", "outcome", "limit")}
            for run in runs
            if run["outcome"] not in ENDED_WELL
        ],
    }


def _once(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each problem once: what the last screening finds again is the same as what is open from the first."""
    still = {
        identity(finding) for finding in findings if finding["screening"] == "first" and finding["status"] == "open"
    }
    return [finding for finding in findings if finding["screening"] == "first" or identity(finding) not in still]


def _finding(context: RunContext, finding: dict[str, Any]) -> dict[str, Any]:
    challenge = context.taxonomy[finding["challenge"]]
    return {**finding, "challenge_title": challenge.title, "dimension": challenge.dimension}


def _flow(context: RunContext, chain: list[Version]) -> list[dict[str, Any]]:
    """How many rows and patients are left after each step that takes some away."""
    patient = chain[-1].roles.patient

    def counted(label: str, frame: pd.DataFrame, reason: str) -> dict[str, Any]:
        people = int(frame[patient].nunique()) if patient in frame.columns else None
        return {"label": label, "rows": len(frame), "patients": people, "reason": reason}

    told = [counted("in the file", chain[0].load(), "")]
    for before, after in pairwise(chain):
        assert after.step is not None
        if len(before.load()) != len(after.load()):
            label = "training part" if after.step.tool == "split_data" else f"after {after.step.id}"
            told.append(counted(label, after.load(), after.step.why))
    sealed = sealed_part(context.session)
    if sealed is not None:
        told.append(counted("sealed test part", sealed, "Set aside before anything was learnt."))
    return told


def _missing(version: Version) -> dict[str, float]:
    frame = version.load()
    return {str(name): round(float(frame[name].isna().mean()), 6) if len(frame) else 0.0 for name in frame.columns}


def _step(context: RunContext, version: Version, unlisted: Collection[str]) -> dict[str, Any]:
    """What a step did; of the columns named none of the values."""
    session = context.session
    assert version.step is not None and version.parent is not None
    planned = current_plan(session).get(version.step.id)
    tried = session.attempt(planned.id, planned.attempt, version.parent)
    checks = {} if tried is None else {key: value for key, value in tried["checks"].items() if key != "looks"}
    checks = without_cells(checks, unlisted)
    decision = session.checkpoint(f"change:{planned.id}:{planned.attempt}") or {"answer": {}, "expert": ""}
    return {
        "id": planned.id,
        "challenge": planned.challenge,
        "challenge_title": context.taxonomy[planned.challenge].title,
        "tool": planned.tool,
        "params": _shown(planned.params, unlisted),
        "why": planned.why,
        "answers": list(planned.answers),
        "decided_by": decision["expert"],
        "rule": decision["answer"].get("rule", ""),
        "note": decision["answer"].get("note", ""),
        **checks,
    }


def _shown(params: dict[str, Any], unlisted: Collection[str]) -> dict[str, Any]:
    """The params without the values that they name in columns which name persons."""

    def shown(told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        return {name: each if isinstance(each, str) or name not in unlisted else "…" for name, each in told.items()}

    return {key: shown(told) for key, told in params.items()}


def _not_done(context: RunContext) -> list[dict[str, Any]]:
    return [
        {
            "id": step.id,
            "tool": step.tool,
            "challenge_title": context.taxonomy[step.challenge].title,
            "status": step.status,
            "reason": step.reason,
        }
        for step in current_plan(context.session).steps
        if step.status not in {"applied", "pending"}
    ]


def _revisions(session: SessionStore) -> list[dict[str, Any]]:
    told = []
    for item in session.plans():
        assessment = item["assessment"] or {"observations": [], "verdicts": [], "backtrack": None}
        verdicts = [{key: v[key] for key in ("step", "verdict", "reason")} for v in assessment["verdicts"]]
        told.append(
            {
                "revision": item["revision"],
                "reason": item["reason"],
                "observations": assessment["observations"],
                "verdicts": verdicts,
                "backtrack": assessment["backtrack"],
            }
        )
    return told


def _decision(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"],
        "kind": item["asked"]["kind"],
        "title": item["asked"]["title"],
        "choice": item["answer"]["choice"],
        "expert": item["expert"],
        "rule": item["answer"]["rule"],
        "note": item["answer"]["note"],
        "answered_at": item["answered_at"],
    }
