"""Events per parameter, and whether a hold-out makes sense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.small_sample import SmallSample


def kinds(data: Dataset) -> dict[str, str]:
    found = SmallSample().look(data)
    assert not isinstance(found, NotApplicable)
    return {one.kind: one.severity for one in found}


def test_a_large_table_is_enough(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    data = Dataset(frame, Roles(kind="binary", target="hospdead"))
    assert kinds(data) == {}


def test_patients_are_counted_not_visits(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "pbc2.csv"))
    visits = Roles(kind="binary", target="status2", patient="id", visit_time="year")
    found = SmallSample().look(Dataset(frame, visits))
    assert not isinstance(found, NotApplicable)
    assert found[0].evidence["events"] == 140 and found[0].evidence["rows_counted"] == 312
    assert "events-per-variable" not in kinds(Dataset(frame, visits.model_copy(update={"patient": None})))


def test_words_cost_a_parameter_a_level() -> None:
    frame = canonical(pd.DataFrame({"y": [0, 1] * 30, "w": [f"w{i % 15}" for i in range(60)], "leer": np.nan}))
    (found, hold) = SmallSample().look(Dataset(frame, Roles(kind="binary", target="y")))  # type: ignore[misc]
    assert found.evidence["parameters"] == 14 and found.severity == "major"
    assert found.evidence["rows_for_overall_risk"] == 385 and hold.kind == "hold-out"


def test_nothing_to_count() -> None:
    frame = canonical(pd.DataFrame({"y": [0, 1, 0]}))
    assert isinstance(SmallSample().look(Dataset(frame, Roles(kind="binary", target="y"))), NotApplicable)
    assert isinstance(SmallSample().look(Dataset(frame.iloc[:0], Roles(target="y"))), NotApplicable)
