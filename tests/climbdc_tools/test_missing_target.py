"""Rows whose outcome is not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.missing_target import MissingTarget


def test_rows_without_outcome_are_named() -> None:
    frame = pd.DataFrame({"age": range(40), "died": [np.nan] + [1.0] * 39})
    data = Dataset(canonical(frame), Roles(kind="binary", target="died"))
    found = MissingTarget({}).look(data)
    assert not isinstance(found, NotApplicable)
    (finding,) = found
    assert finding.rows is not None and finding.rows.tolist() == [0]
    assert (finding.kind, finding.severity, finding.suggestions[0].tool) == (
        "unknown-outcome", "minor", "drop_missing_target",
    )  # fmt: skip


def test_a_survival_study_needs_time_and_event() -> None:
    frame = pd.DataFrame({"t": [1.0, np.nan, 3.0], "dead": ["yes", "no", None], "age": [1, 2, 3]})
    roles = Roles(kind="survival", target="dead", event="dead", duration="t")
    found = MissingTarget({}).look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    assert found[0].columns == ("dead", "t")
    assert found[0].rows is not None and found[0].rows.tolist() == [1, 2]


def test_the_values_of_the_target_change_nothing() -> None:
    frame = pd.DataFrame({"x": range(6), "y": [0, 1, 0, np.nan, 1, 1]})
    other = frame.assign(y=[1, 0, 1, np.nan, 0, 0])
    roles = Roles(kind="binary", target="y")
    one, two = (MissingTarget({}).look(Dataset(canonical(each), roles)) for each in (frame, other))
    assert not isinstance(one, NotApplicable) and not isinstance(two, NotApplicable)
    assert [finding.to_json() for finding in one] == [finding.to_json() for finding in two]


def test_an_outcome_nobody_knows_is_critical() -> None:
    data = Dataset(canonical(pd.DataFrame({"x": [1], "y": [np.nan]})), Roles(kind="binary", target="y"))
    found = MissingTarget({}).look(data)
    assert not isinstance(found, NotApplicable)
    assert (found[0].kind, found[0].severity, found[0].suggestions) == ("all-unknown", "critical", ())


@pytest.mark.parametrize(
    ("frame", "roles"),
    [
        (pd.DataFrame({"x": [1]}), Roles()),
        (pd.DataFrame({"x": [1]}), Roles(kind="binary", target="gone")),
        (pd.DataFrame({"y": []}), Roles(kind="binary", target="y")),
    ],
)
def test_no_target_is_not_applicable(frame: pd.DataFrame, roles: Roles) -> None:
    assert isinstance(MissingTarget({}).look(Dataset(canonical(frame), roles)), NotApplicable)
