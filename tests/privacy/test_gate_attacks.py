"""Attacks on the gate: random tables with planted cells, differencing over versions, complementary recomputation."""

from __future__ import annotations

import json
import re
import string
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from climbdc.plan import Plan, PlannedStep
from climbdc.sdk import Roles

if TYPE_CHECKING:
    from tests.privacy.conftest import Opened, Room

K = 10
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULL = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Seeds = st.integers(0, 2**32 - 1)


def canary(rng: np.random.Generator) -> str:
    """A word that is nowhere else."""
    return "".join(rng.choice(list(string.ascii_lowercase), 9)) + "qzx"


def table(rng: np.random.Generator) -> tuple[pd.DataFrame, list[str]]:
    """Categories of any size, numbers, remarks and codes, and what must not be seen of them."""
    rows = int(rng.integers(30, 300))
    planted: list[str] = []
    columns: dict[str, Any] = {}
    for number in range(int(rng.integers(1, 4))):
        levels = [f"grp{number}{letter}" for letter in "abcde"[: rng.integers(1, 6)]]
        values = rng.choice(levels, rows).astype(object)
        rare = canary(rng)
        values[rng.choice(rows, int(rng.integers(1, K)), replace=False)] = rare
        columns[f"cat{number}"] = values
        planted.append(rare)
    numbers = np.round(rng.lognormal(3, 1, rows), 1)
    extreme = float(rng.integers(10**6, 10**8)) + 0.5
    numbers[rng.integers(rows)] = extreme
    marks = [canary(rng) for _ in range(rows)]
    columns |= {
        "lab": numbers,
        "remark": [f"seen by {mark} today" for mark in marks],
        "code": rng.permutation(rows) + 7_310_000,
    }
    frame = pd.DataFrame(columns)
    for name in frame.columns[:2]:
        frame.loc[rng.choice(rows, int(rng.integers(0, K)), replace=False), name] = None
    return frame, [*planted, *marks, str(extreme), f"{extreme:.0f}", str(int(extreme)), *map(str, columns["code"])]


def everything(room: Room, rng: np.random.Generator, secrets: list[str]) -> str:
    """All that a careless caller could have released, with secrets in every text."""
    gate, words = (
        room.gate,
        f"row of {rng.choice(secrets)}: could not read '{rng.choice(secrets)}', {rng.choice(secrets)}",
    )
    found = {
        "id": "F001", "challenge": "consistency/inconsistent-values", "kind": "misspelt", "severity": "minor",
        "columns": ["cat0"], "rows": None, "tool": "inconsistent_values", "status": "open",
        "evidence": {
            "variants": 3, "example": words, "pairs": {secrets[0]: "x"}, "share": 0.01, "value": secrets[0],
            "rarest": secrets[0],
        },
    }  # fmt: skip
    parts = [
        gate.table(room.frame, room.dictionary, room.roles, detail=detail) for detail in ("names", "short", "full")
    ]
    parts += [gate.words(words, of=of) for of in ("person", "model", "tool")]
    failed = PlannedStep(id="S01", challenge="x", tool="impute", status="failed", reason=words)
    parts += [gate.plan(Plan(steps=(failed,)), []), gate.findings([found]), gate.goal(room.roles, words)]
    parts += [gate.results({"note": words, "example": words, "counts": {secrets[0]: 4}, "rows": len(room.frame)})]
    return "\n".join(part.text for part in parts)


def attack(opened: Opened, seed: int) -> None:
    """Nothing planted is in anything that leaves."""
    rng = np.random.default_rng(seed)
    frame, secrets = table(rng)
    room = opened(frame, types={"remark": "text", "code": "identifier"}, roles=Roles(identifiers=("code",)))
    text = everything(room, rng, secrets).casefold()
    assert [secret for secret in secrets if secret in text] == []


@QUICK
@given(Seeds)
def test_no_planted_cell_leaves(opened: Opened, seed: int) -> None:
    attack(opened, seed)


@pytest.mark.full
@FULL
@given(Seeds)
def test_no_planted_cell_leaves_many(opened: Opened, seed: int) -> None:
    attack(opened, seed)


def shares(line: dict[str, Any]) -> dict[str, float]:
    """Published shares as numbers."""
    return {name: float(re.sub(r"[^\d.]", "", share)) / 100 for name, share in line.get("levels", {}).items()}


@QUICK
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 30))
def test_no_cell_under_k_follows_from_the_others(opened: Opened, counts: list[int], gaps: int) -> None:
    """An attacker who knows the exact number of rows, and that all shares are of rows with a value."""
    values = [f"level{number}" for number, rows in enumerate(counts) for _ in range(rows)]
    frame = pd.DataFrame({"c": pd.Series([*values, *[None] * gaps], dtype=object), "n": np.arange(len(values) + gaps)})
    if not values:
        return
    room = opened(frame, types={"c": "categorical"})
    line = json.loads(room.table(columns=["c"]).splitlines()[1])
    hidden = {f"level{number}" for number, rows in enumerate(counts) if 0 < rows < K}
    assert not hidden & set(line.get("levels", {}))
    told = shares(line)
    if told:
        assert abs(sum(told.values()) - 1) < 0.01 * len(told) + 0.01, (
            "what is told is the whole: no rest is left to work out"
        )
        small = sum(rows for rows in counts if 0 < rows < K)
        assert not small or "(other)" in told
    if 0 < gaps < K:
        assert line["missing"] == "fewer than 10 rows"


def differencing(opened: Opened, seed: int) -> None:
    """Versions that drop or alter a few rows each: never two tellings of a column from nearly the same rows."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(60, 200))
    frame = pd.DataFrame(
        {"cat": rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2]), "lab": np.round(rng.normal(50, 9, rows), 1)}
    )
    room = opened(frame)
    told: list[tuple[str, frozenset[tuple[int, Any]]]] = []
    now = room.frame
    for _ in range(8):
        for name in ("cat", "lab"):
            line = json.loads(
                room.gate.table(now, room.dictionary, room.roles, [name], detail="full").text.splitlines()[1]
            )
            if "as_of" not in line and {"levels", "quantiles"} & set(line):
                told.append((name, frozenset(zip(now.index, now[name].fillna("?"), strict=True))))
        now = altered(now, rng)
    for i, (name, one) in enumerate(told):
        for other_name, other in told[i + 1 :]:
            if name == other_name:
                changed = {row for row, _ in one ^ other}
                assert not 0 < len(changed) < K


def altered(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A later version: some rows gone, some cells changed, mostly few."""
    size = int(rng.choice([1, 3, 9, 12, 25]))
    if len(frame) < 40:
        return frame
    chosen = rng.choice(frame.index, size, replace=False)
    if rng.random() < 0.5:
        return frame.loc[~frame.index.isin(chosen)]
    frame = frame.copy()
    frame.loc[chosen, "cat"] = rng.choice(["a", "b", "c"])
    frame.loc[chosen, "lab"] = np.nan
    return frame


@QUICK
@given(Seeds)
def test_no_two_releases_differ_in_few_rows(opened: Opened, seed: int) -> None:
    differencing(opened, seed)


@pytest.mark.full
@FULL
@given(Seeds)
def test_no_two_releases_differ_in_few_rows_many(opened: Opened, seed: int) -> None:
    differencing(opened, seed)


def test_the_number_of_rows_is_not_told_again_when_few_are_dropped(opened: Opened) -> None:
    room = opened(pd.DataFrame({"a": np.arange(1004)}))
    head = room.table().splitlines()[0]
    later = room.table(room.frame.iloc[:1000])
    assert 'rows="1000 (rounded)"' in head and 'rows="1000 (rounded), as of an earlier version"' in later
    assert 'rows="900 (rounded)"' in room.table(room.frame.iloc[:900])


def test_a_renamed_or_encoded_column_is_not_a_way_round(opened: Opened) -> None:
    """One drops three rows and encodes: the indicator's share would tell of the three."""
    room = opened(pd.DataFrame({"sex": ["f"] * 120 + ["m"] * 80}))
    assert "levels" in room.table()
    later = pd.DataFrame({"sex=f": [1.0] * 117 + [0.0] * 80}, index=[*range(117), *range(120, 200)]).rename_axis("_row")
    assert "levels" not in room.gate.table(later, room.dictionary, room.roles).text
    changed = pd.DataFrame({"sex=f": [1.0] * 117 + [0.0] * 83}).rename_axis("_row")
    line = json.loads(room.gate.table(changed, room.dictionary, room.roles, detail="full").text.splitlines()[1])
    assert "levels" not in line
    same = pd.DataFrame({"sex=f": [1.0] * 120 + [0.0] * 80}).rename_axis("_row")
    assert room.gate.table(same, room.dictionary, room.roles).text.count("sex=f") == 1


def test_visits_of_few_patients_are_few(opened: Opened) -> None:
    """Forty rows in a cell, of four patients."""
    rows = pd.DataFrame({"pid": np.repeat(np.arange(30), 10), "dx": ["flu"] * 260 + ["zoonosis"] * 40})
    assert "zoonosis" in opened(rows, roles=Roles()).table(columns=["dx"])
    room = opened(rows, roles=Roles(patient="pid"))
    assert "zoonosis" not in room.table(columns=["dx"])
    assert "zoonosis" not in room.gate.words("what of zoonosis?", of="tool").text
