"""A real small model drives a whole session: real protocol, real tokens, a weak mind, and a good result all the same.

The weights are fetched by `climbdc model serve --fetch-only`; without them these tests are skipped, unless
CLIMBDC_REQUIRE_MODEL is set. They serve the model by the command that users are given.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pandas as pd
import pytest

from climbdc.copilot import Copilot
from climbdc.models.serve import weights_of
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc.store import Ledger, LedgerEntry

pytestmark = pytest.mark.timeout(1800)

TARGET = "num"
_CLIMBDC = "from climbdc.cli import main; main()"


def why_not(size: str) -> str:
    """Why a model of that size cannot be served here; empty where it can."""
    if find_spec("xllamacpp") is None:
        return "xllamacpp is not installed: pip install 'climbdc[model]'"
    if not weights_of(size).path.is_file():
        return f"its weights are not here: climbdc model serve --size {size} --fetch-only"
    return ""


@pytest.fixture(scope="module", params=["0.5b", pytest.param("1.5b", marks=pytest.mark.full)])
def base_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a model that is served as users serve it."""
    if why := why_not(request.param):
        if os.environ.get("CLIMBDC_REQUIRE_MODEL"):
            pytest.fail(f"CLIMBDC_REQUIRE_MODEL is set, and {why}", pytrace=False)
        pytest.skip(f"no small model: {why}")
    command = [sys.executable, "-c", _CLIMBDC, "model", "serve", "--size", request.param, "--port", "0"]
    command += ["--threads", "2"]  # half of two cores would take twice as long
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    server.send_signal(signal.SIGINT)
    _, said = server.communicate(timeout=60)
    assert server.returncode == 0 and "no longer served" in said, "Ctrl-C ends it cleanly"


@dataclass(frozen=True)
class Done:
    """What a session left."""

    status: str
    train: pd.DataFrame
    test: pd.DataFrame
    sealed: dict[str, Any]
    by_auto: set[tuple[str, str]]
    told: list[str]
    ledger: list[LedgerEntry]
    bytes: bytes


def driven(folder: Path, file: Path, dictionary: Path, **options: Any) -> Done:
    """A session on real data that nobody answers."""
    copilot = Copilot(Settings().model_copy(update={"data_dir": folder}))
    session = copilot.start([file], Goal(target=TARGET), dictionary=dictionary, **options)
    told = [event.text for event in session.run("auto") if event.kind == "mind"]
    ledger = Ledger(session.stored)
    entries = ledger.entries()
    data = session.dataset
    assert data.test is not None
    done = Done(
        status=session.status,
        train=data.train,
        test=data.test,
        sealed=session.stored.need("metrics")["test"]["metrics"][0],
        by_auto={(step.tool, step.origin) for step in session.plan.applied},
        told=told,
        ledger=entries,
        bytes=b"\n".join(ledger.request(entry.number) for entry in entries),
    )
    copilot.close()
    return done


@pytest.fixture(scope="module")
def dictionary(heart: Path) -> Path:
    return heart.with_name("dictionary.csv")


@pytest.fixture(scope="module")
def ruled(heart: Path, dictionary: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The rules alone."""
    return driven(tmp_path_factory.mktemp("ruled"), heart, dictionary)


@pytest.fixture(scope="module")
def session(base_url: str, heart: Path, dictionary: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The small model, with the rules beneath it."""
    folder = tmp_path_factory.mktemp("minded")
    return driven(folder, heart, dictionary, policy="llm", model="local", base_url=base_url)


def test_the_server_answers_in_the_form_that_is_asked_for(base_url: str) -> None:
    schema = {
        "type": "object", "additionalProperties": False, "required": ["unit"],
        "properties": {"unit": {"type": "string", "enum": ["mmHg", "years", "mg/dL"]}},
    }  # fmt: skip
    body = {
        "model": "local", "temperature": 0, "max_tokens": 30,
        "messages": [{"role": "user", "content": "In which unit is blood pressure measured?"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "u", "strict": True, "schema": schema}},
    }  # fmt: skip
    request = Request(f"{base_url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=120) as reply:
        assert reply.headers["Access-Control-Allow-Origin"] in {None, "http://127.0.0.1"}, "no other page may read"
        said = json.load(reply)["choices"][0]["message"]["content"]
    assert json.loads(said)["unit"] in {"mmHg", "years", "mg/dL"}


def test_the_session_ends_no_worse_than_under_the_rules(session: Done, ruled: Done) -> None:
    assert session.status == ruled.status == "finished"
    assert session.sealed["name"] == ruled.sealed["name"]
    assert session.sealed["value"] >= ruled.sealed["value"]
    if not any(origin == "model" for _, origin in session.by_auto):
        pd.testing.assert_frame_equal(session.train, ruled.train)
        pd.testing.assert_frame_equal(session.test, ruled.test)


def test_whatever_the_rules_do_is_done(session: Done, ruled: Done) -> None:
    assert {pair for pair in session.by_auto if pair[1] == "rules"} == ruled.by_auto
    assert list(session.train.index) == list(ruled.train.index), "no row is dropped by a model"


def test_the_ledger_holds_every_call(session: Done) -> None:
    assert len(session.ledger) >= 5 and {"coordinator", "worker"} <= {entry.purpose for entry in session.ledger}
    fine = [entry for entry in session.ledger if entry.status == "ok"]
    assert len(fine) >= len(session.ledger) / 2, [(entry.purpose, entry.status) for entry in session.ledger]
    assert all(entry.tokens_in and entry.tokens_out and entry.seconds for entry in fine)
    assert not any(entry.status == "sent" for entry in session.ledger)


def test_nothing_of_a_patient_was_sent(session: Done, heart: Path) -> None:
    """No row in any order of its cells, and no measurement that only a few patients have."""
    sent = session.bytes.decode()
    raw = pd.read_csv(heart, dtype=str)
    rare = {
        value
        for column in ("chol", "oldpeak", "trestbps", "thalch")
        for value, count in raw[column].value_counts().items()
        if count < 3 and len(str(value)) >= 3
    }
    numbers = set(re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?(?![\d.])", sent))
    assert len(rare) > 100 and len(rare & numbers) / len(rare) < 0.05, rare & numbers
    for _, row in raw.dropna().head(200).iterrows():
        cells = [str(row[column]) for column in ("age", "trestbps", "chol", "thalch")]
        assert ", ".join(cells) not in sent and ",".join(cells) not in sent


def test_a_turn_stays_small(session: Done) -> None:
    turns = [entry.tokens_in for entry in session.ledger if entry.purpose == "coordinator"]
    assert turns and max(turns) <= 6000
