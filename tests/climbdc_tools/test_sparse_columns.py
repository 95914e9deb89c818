"""Columns that are mostly empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.sparse_columns import SparseColumns

MODEL = Roles(kind="binary", target="died")


def look(frame: pd.DataFrame, roles: Roles = MODEL) -> dict[str, Finding]:
    found = SparseColumns({}).look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    return {finding.columns[0]: finding for finding in found}


def column(share: float, rows: int = 100) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.where(np.arange(rows) < share * rows, np.nan, 1.0)


def test_the_share_decides_between_the_kinds() -> None:
    found = look(pd.DataFrame({"ferritin": column(1), "lactate": column(0.85), "crp": column(0.6), "age": column(0.5)}))
    assert {name: finding.kind for name, finding in found.items()} == {
        "ferritin": "empty",
        "lactate": "nearly-empty",
        "crp": "sparse",
    }
    assert found["lactate"].evidence["present"] == 15


def test_a_half_empty_column_may_be_dropped_or_kept_with_an_indicator() -> None:
    drop, keep = look(pd.DataFrame({"crp": column(0.6)}))["crp"].suggestions
    assert (drop.tool, drop.confidence) == ("drop_columns", 0.5)
    assert keep.params == {"columns": ["crp"], "indicators": ["crp"]}


def test_without_a_goal_no_column_is_dropped_with_confidence() -> None:
    found = look(pd.DataFrame({"ferritin": column(1), "crp": column(0.9)}), Roles())
    assert {finding.suggestions[0].confidence for finding in found.values()} == {0.3}


def test_the_target_is_left_to_others() -> None:
    assert look(pd.DataFrame({"died": column(0.9), "Größe (cm)": column(0.1)})) == {}


def test_no_rows_is_not_applicable() -> None:
    assert isinstance(SparseColumns({}).look(Dataset(canonical(pd.DataFrame({"a": []})))), NotApplicable)


def test_support2_has_two_sparse_columns(bench_data: Path) -> None:
    found = look(read([bench_data / "clinical/support2.csv"]).frame, Roles(kind="binary", target="hospdead"))
    assert set(found) == {"urine", "adlp"}
    assert found["adlp"].evidence["percent"] == 62.0
