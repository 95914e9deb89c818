"""One session of the suite: who plans, who answers, what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.agents.experts import AnswerKey, Manner, SimulatedExpert
from climbdc.bench.agents._keys import DataKey
from climbdc.bench.agents._leak_score import score_leaks
from climbdc.bench.agents._method import Method
from climbdc.errors import ClimbdcError

if TYPE_CHECKING:
    from climbdc.agents import Checkpoint
    from climbdc.copilot import Copilot, Session

__all__ = ["Setting", "begun", "clinician", "run_one", "used_tokens"]

_SERIOUS = ("major", "critical")


@dataclass(frozen=True)
class Setting:
    """What is varied between sessions, beside data and method.

    Args:
        manner: Of the simulated clinician.
        told: Whether the dictionary file is given.
        look_ahead: Pending steps judged in a turn.
        backtracking: Whether steps may be taken back.
    """

    manner: Manner = "silent"
    told: bool = False
    look_ahead: int = 3
    backtracking: bool = True

    @property
    def words(self) -> str:
        """Short, for tables."""
        parts = [self.manner, "with dictionary" if self.told else ""]
        parts += ["" if self.look_ahead else "no look-ahead", "" if self.backtracking else "no backtracking"]
        return ", ".join(part for part in parts if part)


def clinician(key: DataKey, manner: Manner, seed: int) -> SimulatedExpert:
    """Somebody who knows what the key knows."""
    columns = {
        name: {
            field: value
            for field, value in {
                "meaning": truth.meaning, "unit": truth.unit,
                "known_at": "" if truth.later is None else "after" if truth.later else "at",
            }.items() if value
        }
        for name, truth in key.columns.items()
    }  # fmt: skip
    answers = AnswerKey(goal=key.goal, columns=columns, droppable=key.leaks | key.identifiers)
    return SimulatedExpert(answers, manner, seed)


def begun(copilot: Copilot, key: DataKey, method: Method, setting: Setting, seed: int) -> Session:
    """A session that has not run yet."""
    return copilot.start(
        [key.file], key.goal, dictionary=key.dictionary if setting.told else None, seed=seed, public=True,
        policy="llm" if method.model else "rules", model=method.model, base_url=method.base_url,
        look_ahead=setting.look_ahead, backtracking=setting.backtracking,
    )  # fmt: skip


def run_one(folder: Path, key: DataKey, method: Method, setting: Setting, seed: int) -> dict[str, Any]:
    """Run a session to its end and score it; one that ends with an error is told as failed.

    Args:
        folder: Of a store of its own.
        key: The data set.
        method: Who plans.
        setting: What is varied.
        seed: Of the session and the clinician.
    """
    from climbdc.copilot import Copilot
    from climbdc.settings import Settings

    copilot = Copilot(Settings().model_copy(update={"data_dir": folder}))
    started = time.monotonic()
    try:
        session = begun(copilot, key, method, setting, seed)
        expert = _Counting(clinician(key, setting.manner, seed))
        try:
            kinds = [event.kind for event in session.run(expert)]
        except ClimbdcError as error:
            return {"failed": f"{type(error).__name__} {error.code}: {error.message}"}
        seconds = round(time.monotonic() - started, 1)
        return {
            "status": session.status, "seconds": seconds, "events_of_the_mind": kinds.count("mind"),
            **expert.told(), **_quality(session), **used_tokens(session), **_steps(session),
            "leaks": score_leaks(key, _named(session), list(session.dataset.train.columns), told=setting.told).told(),
        }  # fmt: skip
    finally:
        copilot.close()


class _Counting:
    """Counts what is asked, and what answers changed anything."""

    name = "simulated"

    def __init__(self, expert: SimulatedExpert) -> None:
        self.expert = expert
        self.asked: dict[str, int] = {}
        self.changed = 0
        self.by_model = 0

    def answer(self, checkpoint: Checkpoint, name: str) -> Any:
        """The clinician's answer, counted."""
        answer = self.expert.answer(checkpoint, name)
        self.asked[checkpoint.kind] = self.asked.get(checkpoint.kind, 0) + 1
        self.changed += answer.choice != checkpoint.default or bool(answer.values)
        self.by_model += checkpoint.detail.get("asked_by") == "model"
        return answer

    def told(self) -> dict[str, Any]:
        """As stored: an answer that is the default changed nothing, so the question was a cost."""
        asked = sum(self.asked.values())
        return {
            "asked": asked, "asked_by_kind": dict(sorted(self.asked.items())), "asked_by_model": self.by_model,
            "answers_that_changed_something": self.changed, "questions_in_vain": asked - self.changed,
        }  # fmt: skip


def _quality(session: Session) -> dict[str, Any]:
    """The first metric of the quick model: cross-validated after the treatment, and on the sealed part."""
    stored = session.stored.get("metrics") or {}
    sealed = (stored.get("test") or {}).get("metrics") or []
    return {"after": _first(stored.get("after") or []), "sealed": _first(sealed)}


def _first(metrics: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    return {name: metrics[0][name] for name in ("name", "value", "low", "high", "rows")} if metrics else None


def used_tokens(session: Session) -> dict[str, Any]:
    """What the model took."""
    from climbdc.store import Ledger

    total = Ledger(session.stored).total()
    return {
        "calls": total.calls, "failed_calls": total.failed, "tokens_in": total.tokens_in,
        "tokens_out": total.tokens_out, "cost": round(total.cost, 6), "model_seconds": round(total.seconds, 1),
    }  # fmt: skip


def _steps(session: Session) -> dict[str, Any]:
    steps = session.plan.steps
    return {
        "applied": sum(step.status == "applied" for step in steps),
        "steps_of_the_model": sum(step.origin == "model" for step in steps),
        "applied_of_the_model": sum(step.origin == "model" and step.status == "applied" for step in steps),
        "doubts": sum(bool(step.doubt) for step in steps),
        "backtracked": sum(step.status == "undone" for step in steps),
    }


def _named(session: Session) -> set[str]:
    """Columns that a serious finding of leakage named at any time."""
    return {
        column
        for finding in session.findings
        if finding["challenge"].startswith("leakage/") and finding["severity"] in _SERIOUS
        for column in finding["columns"]
    }
