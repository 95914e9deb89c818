"""What models were asked, summed up for a report."""

from __future__ import annotations

from pathlib import Path

from climbdc.report._asked import ModelFact, model_facts
from climbdc.store import Ledger, Store


def test_purposes_are_summed_and_times_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = store.create("a.csv", {})
    assert ModelFact.model_validate(model_facts(session, "metadata")) == ModelFact(disclosure="metadata")
    ledger = Ledger(session)
    ledger.add("talk", "b", b"1", b"2", tokens_in=5, tokens_out=1, cost=0.5, seconds=3, facts={"estimated": False})
    ledger.add("assess", "a", b"3", b"4", "cut", tokens_in=7, tokens_out=2, seconds=4)
    ledger.add("talk", "b", b"5", b"6", tokens_in=1, tokens_out=1)
    told = model_facts(session, "aggregates")
    store.close()
    assert told.pop("purposes") == [
        {"purpose": "assess", "counts": [1, 7, 2]},
        {"purpose": "talk", "counts": [2, 6, 2]},
    ]
    assert told == {
        "models": ("a", "b"), "disclosure": "aggregates", "calls": 3, "failed": 1, "tokens_in": 13, "tokens_out": 4,
        "estimated": 2, "cost": 0.5,
    }  # fmt: skip
