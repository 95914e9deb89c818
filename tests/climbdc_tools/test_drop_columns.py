"""Columns go, the outcome never."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.errors import ToolError
from climbdc.sdk import Dataset, Roles
from climbdc_tools.drop_columns import DropColumns

ROLES = Roles(kind="binary", target="hospdead")


def test_leaks_go_and_absent_columns_are_passed_over(bench_data: Path) -> None:
    data = Dataset(canonical(pd.read_csv(bench_data / "clinical" / "support2.csv")), ROLES)
    tool = DropColumns({"columns": ["surv2m", "death", "no such column"]})
    state = tool.fit(data)
    assert state == {"dropped": ["surv2m", "death"]}
    seen = tool.apply(data.train, state, ROLES)
    assert set(data.train.columns) - set(seen.columns) == {"surv2m", "death"}
    assert tool.apply(seen, state, ROLES).columns.equals(seen.columns)


def test_the_target_is_refused() -> None:
    data = Dataset(canonical(pd.DataFrame({"hospdead": [0, 1]})), ROLES)
    with pytest.raises(ToolError, match=r"'hospdead'.*predicted"):
        DropColumns({"columns": ["hospdead"]}).fit(data)
