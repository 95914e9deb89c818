"""What a report says of language models: what they were asked in all, without times, as these are never the same."""

from __future__ import annotations

from typing import Any

from climbdc.report._parts import Fact
from climbdc.store import Ledger, SessionStore

__all__ = ["ModelFact", "model_facts"]


class PurposeFact(Fact):
    """What models were asked for one purpose: calls, tokens sent, tokens received."""

    purpose: str
    counts: tuple[int, int, int]


class ModelFact(Fact):
    """What models were asked in all; nothing where none was."""

    models: tuple[str, ...] = ()
    disclosure: str = ""
    calls: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: int = 0
    cost: float = 0.0
    purposes: tuple[PurposeFact, ...] = ()


def model_facts(session: SessionStore, disclosure: str) -> dict[str, Any]:
    """The input of `ModelFact`.

    Args:
        session: Whose ledger it is.
        disclosure: What a model may see in it.
    """
    ledger = Ledger(session)
    total, purposes = ledger.total(), dict[str, list[int]]()
    for entry in ledger.entries():
        told = purposes.setdefault(entry.purpose, [0, 0, 0])
        for at, more in enumerate((1, entry.tokens_in, entry.tokens_out)):
            told[at] += more
    return {
        "models": total.models,
        "disclosure": disclosure,
        "calls": total.calls,
        "failed": total.failed,
        "tokens_in": total.tokens_in,
        "tokens_out": total.tokens_out,
        "estimated": total.estimated,
        "cost": total.cost,
        "purposes": [{"purpose": name, "counts": purposes[name]} for name in sorted(purposes)],
    }
