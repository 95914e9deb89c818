"""The scorer of meanings and units: against hand-made judgements, nothing, everything and nonsense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from climbdc.bench.agents._words import alike, same_meaning, same_unit, scoring

PAIRS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("meanings.yaml").read_text("utf-8"))


def agreement(pairs: list[dict[str, Any]], threshold: float) -> float:
    """Share of pairs judged as the person did."""
    agreed: int = sum((alike(pair["said"], pair["key"]) >= threshold) == pair["right"] for pair in pairs)
    return agreed / len(pairs)


def test_the_threshold_is_near_the_best_on_the_half_that_chose_it_and_holds_on_the_other() -> None:
    choosing, checking = PAIRS[::2], PAIRS[1::2]
    best = max(agreement(choosing, number / 20) for number in range(1, 21))
    assert agreement(choosing, scoring().threshold) >= best - 0.051
    assert agreement(checking, scoring().threshold) >= 0.9
    wrong = [pair for pair in checking if not pair["right"]]
    let_in = sum(same_meaning(pair["said"], [pair["key"]]) for pair in wrong)
    assert let_in / len(wrong) <= 0.1, "what is wrong is hardly ever let in"


def test_saying_nothing_or_everything_is_not_right() -> None:
    keys = sorted({pair["key"] for pair in PAIRS})
    everything = " ".join(keys)
    assert not any(same_meaning("", [key]) or same_meaning(everything, [key]) for key in keys)
    assert all(same_meaning(key, [key]) for key in keys)


def test_the_name_of_the_column_is_not_its_meaning() -> None:
    assert not same_meaning("hrt", ["heart rate on day 3"]) and not same_meaning("slos", ["days in hospital"])


@pytest.mark.parametrize(
    ("said", "key", "same"),
    [
        ("bpm", "beats/min", True), ("1/min", "breaths/min", True), ("°C", "C", True), ("degrees Celsius", "C", True),
        ("mm Hg", "mmHg", True), ("10^3/uL", "10^9/L", True), ("mEq/L", "mmol/L", True), ("USD", "US dollars", True),
        ("mg/dL", "mmol/L", False), ("mg", "mg/dL", False), ("", "mg/dL", False), ("mg/dL", "", False),
        ("None", "", True), ("-", "", True), ("score", "", True), ("g/L", "g/dL", False), ("days", "years", False),
    ],
)  # fmt: skip
def test_units(said: str, key: str, same: bool) -> None:
    assert same_unit(said, key) is same and same_unit(key, said) is same
