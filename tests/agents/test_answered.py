"""A model says which findings its step answers, and is believed as far as the step's tool and columns go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.agents._answered import believed, truly_answered
from climbdc.agents._chosen import chosen_way
from climbdc.plan import PlannedStep
from climbdc.registry import registry
from climbdc.sdk import Goal

from .conftest import answers, at_finish, make

GAPS, CODES, LEAK = "completeness/missing-values", "completeness/disguised-missing", "leakage/known-later"


def found(name: str, challenge: str, *columns: str) -> dict[str, Any]:
    return {"id": name, "challenge": challenge, "columns": list(columns)}


FINDINGS = (
    found("F1", GAPS, "chol"), found("F2", GAPS, "age"), found("F3", GAPS), found("F4", LEAK, "chol"),
    found("F5", CODES, "age"), found("F6", CODES, "chol"), found("F7", CODES, "chol", "age"),
)  # fmt: skip
ALL = tuple(finding["id"] for finding in FINDINGS)


def own(tool: str, challenge: str, **params: Any) -> PlannedStep:
    return PlannedStep(id="S01", challenge=challenge, tool=tool, params=params, origin="model", answers=ALL)


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (own("impute", GAPS, columns=["chol"]), ("F1",)),
        (own("impute", GAPS, columns=["chol", "age"]), ("F1", "F2")),
        (own("impute", GAPS, columns=["chol"], indicators=["age"]), ("F1",)),
        (own("impute", GAPS), ()),
        (own("drop_columns", GAPS, columns=["chol"]), ()),
        (own("mark_missing", CODES, codes={"chol": ["age"]}), ("F6",)),
        (own("mark_missing", CODES, codes={"chol": ["0"], "age": ["0"]}), ("F5", "F6", "F7")),
        (own("derive_features", CODES, features=[{"name": "chol", "operation": "log", "columns": ["chol"]}]), ()),
    ],
)
def test_no_more_is_believed_than_tool_and_columns_treat(step: PlannedStep, wanted: tuple[str, ...]) -> None:
    assert believed(step, FINDINGS, registry()) == truly_answered(step, FINDINGS, registry()).answers == wanted


def test_a_step_of_the_rules_is_for_what_it_is_for() -> None:
    step = own("impute", GAPS).model_copy(update={"origin": "rules"})
    assert truly_answered(step, FINDINGS, registry()) == step


def test_what_a_model_says_beside_it_stays_open_until_it_is_seen_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step but the split is a model's here, and each says that it answers all there is."""
    rng = np.random.default_rng(0)
    age = rng.normal(60, 10, 160).round()
    frame = pd.DataFrame({"age": age, "died": (age + rng.normal(0, 8, 160) > 60).astype(int)})
    frame["sex"] = rng.choice(["male", "female", "Male", "FEMALE"], 160, p=[0.4, 0.4, 0.1, 0.1])
    frame.loc[::7, "age"] = np.nan
    frame.to_csv(tmp_path / "patients.csv", index=False)

    def boasting(context: Any, now: Any, step: PlannedStep) -> Any:
        chosen = chosen_way(context, now, step)
        if not isinstance(chosen, PlannedStep) or chosen.tool == "split_data":
            return chosen
        every = tuple(finding["id"] for finding in now.findings)
        return chosen.model_copy(update={"origin": "model", "answers": every})

    monkeypatch.setattr("climbdc.agents._worker.chosen_way", boasting)
    expert = answers(tmp_path, "otherwise: approve\nsteps:\n  - {tool: harmonise_categories, choice: reject}\n")
    session = make(tmp_path, tmp_path / "patients.csv", Goal(target="died"), expert, stop_at=at_finish).session
    applied = {step.id: step for step in session.plan.applied}
    assert {"impute", "encode_categories"} <= {step.tool for step in applied.values()}
    spellings = [f for f in session.findings if f["challenge"] == "structure/inconsistent-values"]
    assert [(f["columns"], f["status"]) for f in spellings] == [(["sex"], "open")]
    for step in (step for step in applied.values() if step.origin == "model"):
        assert step.answers == believed(step, session.findings, registry())
