"""Nothing of any patient reaches a model: whole sessions on benchmark tables, every byte looked at.

A server on this machine plays a model that wants to see everything and often answers nonsense; tools fail with
patients' cells in what they say; the person's notes, the file's name and the names of columns hold cells too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.models.llm._talk import ORDERS
from climbdc.sdk import Goal
from climbdc.store import Ledger
from tests.models.hostile.server import ModelServer
from tests.models.hostile.sessions import Played, play, remembering

from .canaries import Curious, Failing, K, Planted, found_in, plant, small_cells, tables_in, text_of

SMALL = re.compile(r"(?<!whom have )(?<![\w.,#-])[1-9] (?:rows?|patients?|persons?|groups?|visits?|cells?|events?)\b")
BIRTH = ("1950", "1951")


@dataclass(frozen=True)
class Made:
    """A session, what was planted, and what was sent."""

    played: Played
    planted: Planted
    failing: Failing
    told: str


def heart_table(heart: Path, rows: int | None) -> tuple[pd.DataFrame, Goal, list[str]]:
    return (
        _some(pd.read_csv(heart, dtype=str, keep_default_na=False), rows),
        Goal(target="num", id="id"),
        ["slope", "oldpeak"],
    )


def support2_table(data: Path, rows: int | None) -> tuple[pd.DataFrame, Goal, list[str]]:
    raw = pd.read_csv(data / "clinical" / "support2.csv", dtype=str, keep_default_na=False)
    return _some(raw, rows), Goal(target="hospdead"), ["dzgroup", "crea"]


def pbc2_table(data: Path, rows: int | None) -> tuple[pd.DataFrame, Goal, list[str]]:
    raw = pd.read_csv(data / "clinical" / "pbc2.csv", dtype=str, keep_default_na=False)
    few = raw if rows is None else raw[raw["id"].isin(raw["id"].unique()[: rows // 5])]
    return few, Goal(target="status2", id="id"), ["edema", "SGOT"]


def hospital_table(data: Path, rows: int | None) -> tuple[pd.DataFrame, Goal, list[str]]:
    raw = pd.read_csv(data / "repair" / "quintet" / "hospital" / "dirty.csv", dtype=str, keep_default_na=False)
    return _some(raw, rows), Goal(task="none"), ["owner", "score"]


def _some(raw: pd.DataFrame, rows: int | None) -> pd.DataFrame:
    return raw if rows is None else raw.sample(rows, random_state=0).sort_index()


TABLES: dict[str, Any] = {
    "heart": heart_table, "support2": support2_table, "pbc2": pbc2_table, "hospital": hospital_table,
}  # fmt: skip
QUICK = {"heart": 160, "hospital": 200}


def runs() -> list[Any]:
    """Two small ones in the quick tier; all whole tables in the full one."""
    quick = [pytest.param(name, rows, id=f"{name}-{rows}") for name, rows in QUICK.items()]
    return [*quick, *(pytest.param(name, None, id=name, marks=pytest.mark.full) for name in TABLES)]


@pytest.fixture(scope="module")
def made(heart: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session, played when it is first asked for."""
    known: dict[tuple[str, int | None], Made] = {}

    def of(name: str, rows: int | None) -> Made:
        if (name, rows) not in known:
            data = heart if name == "heart" else request.getfixturevalue("bench_data")
            known[name, rows] = _made(TABLES[name](data, rows), tmp_path_factory.mktemp(f"canary_{name}"))
        return known[name, rows]

    yield of


def _made(source: tuple[pd.DataFrame, Goal, list[str]], folder: Path) -> Made:
    raw, goal, renamed = source
    planted = plant(raw, folder / "data", goal, seed=len(raw), renamed=renamed)
    with remembering() as sandbox, pytest.MonkeyPatch.context() as patch:
        failing = Failing(sandbox, planted)
        patch.setattr("climbdc.runs.open_sandbox", lambda *arguments, **options: failing)
        played = play(planted.place, folder, lambda facts: Curious(), patch=patch, disclosure="values")
        talked = _talked(played, planted)
    return Made(played, planted, failing, text_of((*played.calls, *talked)))


def _talked(played: Played, planted: Planted) -> Any:
    """What is sent when the clinician speaks, and when somebody revealed a column and took it back."""
    with ModelServer() as server:
        played.session.options = played.session.options.model_copy(update={"base_url": server.url})
        with played.session.context(sandbox=True) as context:
            assert context.mind is not None and context.gate is not None
            context.gate.consent("attending")
            context.gate.revoke("attending")
            for said in (planted.words, f"What does {planted.names[0]} mean?"):
                context.mind.talk(said, list(ORDERS))
        return tuple(server.calls)


@pytest.mark.parametrize(("name", "rows"), runs())
def test_the_session_was_a_real_one(name: str, rows: int | None, made: Any) -> None:
    """Both roles were played, errors were provoked, and the session came to its end."""
    one: Made = made(name, rows)
    assert one.played.session.status == "finished"
    assert one.failing.failed and len(one.played.calls) >= 4
    roles = ("you are the coordinator", "you explain one step")
    assert [role for role in roles if role not in one.told] == []
    assert one.played.told or name == "hospital", "answers were refused, and the session said so"
    assert len(one.planted.secrets) > 300


@pytest.mark.parametrize(("name", "rows"), runs())
def test_no_canary_is_among_the_bytes(name: str, rows: int | None, made: Any) -> None:
    one: Made = made(name, rows)
    assert found_in(one.told, one.planted.secrets) == []
    assert [year for year in BIRTH if year in re.sub(r"\W", "", one.told)] == [] or name != "heart"


@pytest.mark.parametrize(("name", "rows"), runs())
def test_no_cell_under_k_is_among_the_words(name: str, rows: int | None, made: Any) -> None:
    one: Made = made(name, rows)
    assert small_cells(one.planted, one.told) == []
    assert SMALL.findall(one.told) == []


@pytest.mark.parametrize(("name", "rows"), runs())
def test_every_level_that_was_told_has_k_persons(name: str, rows: int | None, made: Any) -> None:
    one: Made = made(name, rows)
    frame, tables = one.planted.frame, list(tables_in(one.played.calls))
    assert tables
    for line in tables:
        values = frame[line["name"]] if line["name"] in frame else None
        for label in line.get("levels", {}):
            if values is not None and label != "(other)" and not label.endswith("…"):
                rows_of = values.str.strip().str.casefold() == label.casefold()
                who = rows_of[rows_of].index if one.planted.patient is None else frame.loc[rows_of, one.planted.patient]
                assert len(np.unique(who)) >= K or rows_of.sum() == 0, (line["name"], label)


@pytest.mark.parametrize(("name", "rows"), runs())
def test_the_ledger_holds_what_was_sent(name: str, rows: int | None, made: Any) -> None:
    one: Made = made(name, rows)
    kept = Ledger(one.played.session.stored).entries()
    assert len(kept) >= len(one.played.calls)


def test_the_search_would_find_a_canary(made: Any) -> None:
    """The test can fail: put a cell into what was sent, and it is seen."""
    one: Made = made("heart", QUICK["heart"])
    row = one.planted.frame.iloc[3]
    assert found_in(f"{one.told} {row['mrn']}", one.planted.secrets)
    assert small_cells(one.planted, f"{one.told} {row['remark']}") == [f"remark: {row['remark']}"]
    assert SMALL.findall(one.told + " in 3 rows") and not SMALL.findall("in 13 rows")
