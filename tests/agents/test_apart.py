"""Columns that may name persons: kept apart where rules alone decide, and never asked about for their meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from climbdc.agents import Answer, Checkpoint, kept_apart, load_version, unlisted_columns
from climbdc.agents._apart import keep_apart, nobody_asked, with_apart
from climbdc.agents._findings import reconcile
from climbdc.agents._versions import add_version, set_head
from climbdc.agents._workbench import Look
from climbdc.agents.experts import AutoExpert, FileExpert
from climbdc.copilot import Copilot
from climbdc.errors import Stopped
from climbdc.plan import Plan
from climbdc.sdk import Goal, Roles
from climbdc.settings import Settings
from climbdc.store import SessionStore, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = pa.schema([("remarks", pa.large_string()), ("code", pa.int64()), ("age", pa.int64())])


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[SessionStore]:
    store = Store(tmp_path)
    yield store.create("a.csv", {})
    store.close()


def test_text_is_kept_apart_and_numbers_are_not(stored: SessionStore) -> None:
    keep_apart(stored, ["remarks", "code", "gone"], SCHEMA)
    keep_apart(stored, ["remarks"], SCHEMA)
    assert kept_apart(stored) == ("remarks",)
    roles = with_apart(stored, Roles(kind="binary", target="died", ignored=("x",)))
    assert roles.ignored == ("x", "remarks") and roles.features(["age", "remarks", "died"]) == ["age"]
    assert with_apart(stored, Roles(patient="remarks")).ignored == (), "it has a part of its own"


@pytest.mark.parametrize(
    ("answer", "expert", "alone"),
    [
        (Answer(choice="accept", rule="the default"), "auto", True),
        (Answer(choice="accept", rule="the default"), "simulated", True),
        (Answer(choice="accept", rule="the default"), "file", False),
        (Answer(choice="accept"), "human", False),
    ],
)
def test_whether_anybody_was_asked(stored: SessionStore, answer: Answer, expert: str, alone: bool) -> None:
    assert not nobody_asked(stored)
    stored.ask("goal", {"kind": "goal"})
    assert not nobody_asked(stored)
    stored.answer("goal", answer.model_dump(mode="json"), expert)
    assert nobody_asked(stored) == alone


def found(challenge: str, kind: str, *columns: str) -> dict[str, Any]:
    """A finding's body."""
    return {"challenge": challenge, "kind": kind, "columns": list(columns), "severity": "minor", "rows": None}


def test_what_was_found_in_it_before_stays_open(stored: SessionStore) -> None:
    """The tools do not look at it any more; no step answered what they said earlier."""
    table = pa.table({"_row": [0], "remarks": pa.array(["a"], pa.large_string()), "age": [3]})
    body: dict[str, Any] = {
        "state": {},
        "state_tables": {},
        "blobs": {},
        "lineage": None,
        "dictionary": [],
        "roles": {"kind": "none"},
    }
    name = add_version(stored, None, None, {**body, "frame": stored.objects.put_table(table)})
    set_head(stored, name)
    stored.put("reading", {"columns": ["remarks", "age"]})
    stored.put_plan(Plan().model_dump(mode="json"), "first")
    spellings = found("structure/inconsistent-values", "writing", "remarks")
    others = found("structure/inconsistent-values", "writing", "age")
    named = found("privacy/personal-data", "remarks", "remarks")
    reconcile(stored, [Look("t", [(spellings, None), (others, None)]), Look("p", [(named, None)])], step=None)
    keep_apart(stored, ["remarks"], table.schema)
    reconcile(stored, [Look("t"), Look("p", [(named, None)])], step=None)
    assert [finding["status"] for finding in stored.findings()] == ["open", "answered", "open"]
    assert load_version(stored, name).roles.ignored == ("remarks",)
    assert unlisted_columns(stored) == {"remarks"}


class UntilMeanings:
    """Answers as an empty file would, and stops at the question what the columns mean."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        (folder / "answers.yaml").write_text("", "utf-8")
        self.file = FileExpert(folder / "answers.yaml")
        self.asked: list[str] = []

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The file's answer."""
        if name == "meanings":
            self.asked = [item["column"] for item in checkpoint.detail["columns"]]
            raise Stopped("Far enough.")
        return self.file.answer(checkpoint, name)


def test_nobody_is_asked_what_a_name_means(heart: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(heart, dtype=str, keep_default_na=False)
    given = ["Patricia", "Helga", "Giovanni", "Rajesh", "Deborah", "Kenneth", "Gregory"]
    rows["patient_name"] = [f"{given[n % 7]} {('Garcia', 'Schneider', 'Miller')[n % 3]}" for n in range(len(rows))]
    rows["zq7"] = [str(n % 5) for n in range(len(rows))]
    rows.to_csv(tmp_path / "named.csv", index=False)
    pilot = Copilot(Settings(data_dir=tmp_path / "store"))
    expert = UntilMeanings(tmp_path)
    with pytest.raises(Stopped):
        list(pilot.start([tmp_path / "named.csv"], Goal(target="num")).run(expert))
    pilot.close()
    assert "zq7" in expert.asked and "patient_name" not in expert.asked


def test_the_automatic_expert_says_why_it_leaves_doubtful_columns() -> None:
    step = {"id": "S01", "challenge": "privacy/personal-data", "tool": "deidentify", "params": {}, "confidence": 0.6}
    options = [{"value": value, "label": value} for value in ("approve", "reject")]
    question = {"kind": "change", "title": "", "options": options, "default": "approve", "detail": {"step": step}}
    answer = AutoExpert().answer(Checkpoint.model_validate(question), "change:S01:1")
    assert answer.choice == "reject" and "name persons" in answer.rule
