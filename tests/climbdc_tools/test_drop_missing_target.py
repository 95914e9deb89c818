"""Rows without an outcome go."""

from __future__ import annotations

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.drop_missing_target import DropMissingTarget

FRAME = canonical(pd.DataFrame({"x": [1, 2, 3, 4], "dead": [0, None, 1, 1], "days": [3.0, 4.0, None, 1.0]}))


@pytest.mark.parametrize(
    ("roles", "rows"),
    [
        (Roles(kind="binary", target="dead"), [0, 2, 3]),
        (Roles(kind="survival", target="dead", event="dead", duration="days"), [0, 3]),
    ],
)
def test_rows_whose_outcome_is_known_stay(roles: Roles, rows: list[int]) -> None:
    data, tool = Dataset(FRAME, roles), DropMissingTarget()
    state = tool.fit(data)
    assert state["rows"] == 4 - len(rows)
    assert tool.apply(FRAME, state, roles).index.tolist() == rows


def test_without_a_target_there_is_nothing_to_do() -> None:
    with pytest.raises(NotApplicable, match="no target"):
        DropMissingTarget().fit(Dataset(FRAME))
