"""Prompts are data: each is used, short, filled in whole, and small however wide the table is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import climbdc.models.llm
from climbdc.models.llm._prompt import way_messages
from climbdc.models.llm._view import LARGE, SMALL, view
from climbdc.privacy import Gate
from climbdc.registry import registry
from climbdc.sdk import Goal

from .turns import BIG, TINY, Moment, moment, own_step

FOLDER = files("climbdc.models") / "prompts"
CODE = "\n".join(path.read_text("utf-8") for path in Path(climbdc.models.llm.__path__[0]).glob("_*.py"))
PROMPTS = sorted(item.name.removesuffix(".md") for item in FOLDER.iterdir() if item.name.endswith(".md"))
OURS = [name for name in PROMPTS if re.match(r"coordinator|worker|trials|tried|untold|remarks|refused|answered", name)]
LONGEST = 2500
"""Characters of a prompt file."""
A_TOKEN = 3.2
"""Characters of a token: 3.26 were counted in such prompts with the vocabulary of Qwen2.5, which is among the larger
counts."""


def tokens(messages: Any) -> float:
    """How many there are at most, about."""
    return sum(len(message.text) for message in messages) / A_TOKEN


@pytest.mark.parametrize("name", OURS)
def test_a_prompt_is_short_and_plain(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    assert 0 < len(text) <= LONGEST
    assert text.isascii() and text == text.rstrip("\n") + "\n"
    assert re.findall(r"\{\{.*?\}\}", text) == re.findall(r"\{\{ [a-z]+ \}\}", text)


@pytest.mark.parametrize("name", OURS)
def test_a_prompt_is_used(name: str) -> None:
    stem, _, kind = name.partition("_")
    assert f'"{name}"' in CODE or (kind in {"example", "answer"} and f'_example(view, gate, "{stem}")' in CODE)


@pytest.mark.parametrize("name", [BIG, TINY])
def test_a_prompt_of_each_kind_is_filled_in_whole(heart_turn: Moment, name: str) -> None:
    now = replace(heart_turn.situation, refused=["It was wrong."], told=(("Why?", "So."),))
    applied = own_step("impute", "completeness/missing-values", {"columns": ["chol"]}).model_copy(
        update={"id": "S40", "status": "applied"}
    )
    own = own_step("mark_missing", "completeness/disguised-missing", {"codes": {"chol": []}})
    turned = replace(now, plan=now.plan.append(applied))
    empty = {"observations": [""], "verdicts": [], "added": []}
    run = {"action": "run", "told": "", "params": {"codes": [{"key": "chol", "value": ["0"]}]}}
    policy, client = heart_turn.mind(empty, empty, run, run, {"trials": []}, name=name)
    policy.assess(turned)
    policy.assess(replace(turned, plan=now.plan.model_copy(update={"steps": ()})))
    policy.work(turned, now.plan.pending[0])
    policy.work(replace(turned, plan=now.plan.append(own)), own)
    policy.trials(turned)
    heart_turn.session.stored.drop_results("mind/")
    gate = Gate(heart_turn.session.stored, registry())
    prompts = [messages for _, messages, _ in client.asked]
    prompts.append(way_messages(applied, view(turned, gate, LARGE), gate))
    for messages in prompts:
        text = "\n".join(message.text for message in messages)
        assert "{{" not in text and "None" not in text
        assert messages[0].role == "system" and messages[-1].role == "user"


def wide(folder: Path) -> Path:
    """A table of 50 columns, each with gaps, zeros that mean missing, or spellings."""
    draw = np.random.default_rng(0)
    rows = 1500
    table: dict[str, Any] = {"outcome": draw.integers(0, 2, rows)}
    for number in range(34):
        values = draw.normal(50 + number, 9, rows).round(1)
        values[draw.random(rows) < 0.02 * (number % 12)] = np.nan if number % 3 else 0
        table[f"measurement_{number}_value"] = values
    for number in range(15):
        table[f"category_{number}_code"] = draw.choice(["Alpha", "alpha ", "beta", "Gamma", "unknown"], rows)
    path = folder / "wide.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def tables(
    heart_turn: Moment, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Moment]:
    """The moment after the split, when most is found and planned, of a named table."""
    made: dict[str, Moment] = {"heart": heart_turn}

    def find(name: str) -> Moment:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            file = wide(folder) if name == "wide" else request.getfixturevalue("bench_data") / "clinical/support2.csv"
            made[name] = moment(folder, file, Goal(target="outcome" if name == "wide" else "hospdead"))
        return made[name]

    return find


@pytest.mark.parametrize("table", ["heart", "wide", "support2"])
def test_a_turn_is_small(tables: Callable[[str], Moment], table: str) -> None:
    turn = tables(table)
    assert len(turn.situation.plan.pending) >= 3
    for name, most in ((BIG, 6000), (TINY, 2500)):
        policy, client = turn.mind({"observations": ["Much is found."]}, name=name)
        policy.assess(turn.situation)
        assert tokens(client.asked[0][1]) <= most
        policy, client = turn.mind({"action": "run", "told": "So."}, name=name)
        policy.work(turn.situation, turn.situation.plan.pending[0])
        assert tokens(client.asked[0][1]) <= most / 2


def test_every_kind_of_finding_is_told_and_the_rest_is_counted(heart_turn: Moment) -> None:
    now = view(heart_turn.situation, Gate(heart_turn.session.stored, registry()), LARGE)
    still = [finding for finding in heart_turn.situation.findings if finding["status"] == "open"]
    told = {finding["kind"] for finding in now.findings}
    assert told == {finding["kind"] for finding in still} and len(now.findings) < len(still)
    assert sum(int(part.split(" of ")[0]) for part in now.untold.split(", ")) == len(still) - len(now.findings)
    severities = ["critical major minor info".split().index(finding["severity"]) for finding in now.findings]
    assert severities == sorted(severities)


def test_a_small_view_is_of_what_matters_first(heart_turn: Moment) -> None:
    now = view(heart_turn.situation, Gate(heart_turn.session.stored, registry()), SMALL)
    assert now.detailed[0] == "num" and {"chol", "trestbps"} <= set(now.detailed) and len(now.detailed) <= 6
    assert {"completeness/disguised-missing"} <= {finding["challenge"] for finding in now.findings}


def test_what_the_expert_wrote_reaches_the_coordinator(heart_turn: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    policy, client = heart_turn.mind({"observations": ["So."]})
    decided = [{"id": "change:S01:1", "answer": {"choice": "reject", "note": "Zero cholesterol is a device fault."}}]
    monkeypatch.setattr(type(policy.stored), "decisions", lambda self, answered=True: decided)
    policy.assess(heart_turn.situation)
    assert "Zero cholesterol is a device fault." in client.text
