"""Repeated rows go."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.errors import ToolError
from climbdc.sdk import Dataset
from climbdc_tools.drop_duplicates import DropDuplicates

FRAME = canonical(pd.DataFrame({"id": [1, 2, 3, 4], "a": [1.0, None, None, 1.0], "b": ["x", "y", "y", "z"]}))


@pytest.mark.parametrize(
    ("params", "rows"),
    [({}, [0, 1, 2, 3]), ({"subset": ["a", "b"]}, [0, 1, 3]), ({"subset": ["a"], "keep": "last"}, [2, 3])],
)
def test_rows_that_agree(params: dict[str, object], rows: list[int]) -> None:
    data, tool = Dataset(FRAME), DropDuplicates(params)
    state = tool.fit(data)
    assert tool.apply(FRAME, state, data.roles).index.tolist() == rows
    assert state["rows"] == 4 - len(rows)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(ToolError, match="'c'"):
        DropDuplicates({"subset": ["a", "c"]}).fit(Dataset(FRAME))


def test_a_real_table_twice_over(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    data = Dataset(canonical(pd.concat([frame, frame.iloc[:50]], ignore_index=True)))
    tool = DropDuplicates()
    assert tool.apply(data.train, tool.fit(data), data.roles).index.tolist() == list(range(len(frame)))
