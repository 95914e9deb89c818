"""What becomes of findings as the data changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.sdk import Goal

from .conftest import answers, at_finish, make

REJECTING = "otherwise: approve\nsteps:\n  - {tool: harmonise_categories, choice: reject}\n"


def test_spellings_left_as_they_are_stay_open_when_text_becomes_numbers(tmp_path: Path) -> None:
    """Two spellings of one category become two columns: nobody can see them any more, and nothing was answered."""
    rng = np.random.default_rng(0)
    age = rng.normal(60, 10, 120).round()
    frame = pd.DataFrame({"age": age, "died": (age + rng.normal(0, 8, 120) > 60).astype(int)})
    frame["sex"] = rng.choice(["male", "female", "Male", "FEMALE"], 120, p=[0.4, 0.4, 0.1, 0.1])
    frame.to_csv(tmp_path / "patients.csv", index=False)
    expert = answers(tmp_path, REJECTING)
    session = make(tmp_path, tmp_path / "patients.csv", Goal(target="died"), expert, stop_at=at_finish).session
    spellings = [f for f in session.findings if f["challenge"] == "structure/inconsistent-values"]
    assert "encode_categories" in {step.tool for step in session.plan.applied} and "sex" not in session.dataset.train
    assert [(f["columns"], f["status"]) for f in spellings] == [(["sex"], "open")]
