"""Gaps in the features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.missing_values import MissingValues

MODEL = Roles(kind="binary", target="died")


def look(frame: pd.DataFrame, roles: Roles = MODEL) -> list[Finding]:
    found = MissingValues({}).look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    return found


def gappy() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [50.0, np.nan, 70, 80],
            "sex": ["f", None, "m", "m"],
            "crp": [np.nan] * 4,
            "bmi": [20, 21, 22, 23],
            "died": [0, 1, 0, np.nan],
        }
    )


def test_gaps_are_counted_in_the_features_only() -> None:
    (finding,) = look(gappy())
    assert finding.columns == ("age", "sex", "crp")
    assert finding.evidence["shares"] == {"crp": 1.0, "age": 0.25, "sex": 0.25}
    assert finding.evidence["complete_rows"] == 0
    assert finding.severity == "major"


def test_imputing_leaves_out_what_is_nearly_empty() -> None:
    (finding,) = look(gappy())
    assert finding.suggestions[0].params["columns"] == ["age", "sex"]
    assert finding.suggestions[0].confidence > finding.suggestions[1].confidence


def test_the_pictures_show_where_the_gaps_are() -> None:
    (finding,) = look(gappy())
    figures = {figure.kind: figure.data for figure in finding.figures}
    assert figures["missingness"] == {"columns": ["age", "sex", "crp"], "rows": ["001", "111", "001", "001"]}
    assert figures["heatmap"]["labels"] == ["age", "sex"]
    assert figures["heatmap"]["values"] == [[1.0, 1.0], [1.0, 1.0]]
    assert figures["bars"]["values"] == [1.0, 0.25, 0.25]


def test_columns_missing_together_stand_side_by_side() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 6)), columns=["ph", "bun", "pafi", "urine", "paco2", "glucose"])
    frame.loc[rng.random(300) < 0.4, ["ph", "pafi", "paco2"]] = np.nan
    frame.loc[rng.random(300) < 0.4, ["bun", "urine", "glucose"]] = np.nan
    (finding,) = look(frame.assign(died=0))
    drawn = next(figure.data for figure in finding.figures if figure.kind == "heatmap")
    assert {frozenset(drawn["labels"][:3]), frozenset(drawn["labels"][3:])} == {
        frozenset({"ph", "pafi", "paco2"}), frozenset({"bun", "urine", "glucose"})
    }  # fmt: skip
    values = np.array(drawn["values"])
    assert (np.diag(values) == 1).all() and (values == values.T).all() and (values[:3, :3] == 1).all()


def test_without_a_goal_nothing_need_be_filled() -> None:
    (finding,) = look(gappy(), Roles())
    assert finding.suggestions == ()


def test_a_complete_table_is_in_order() -> None:
    assert look(pd.DataFrame({"診断": ["a", "b"], "died": [0, 1]})) == []


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pd.DataFrame({"died": [1]})])
def test_nothing_to_look_at_is_not_applicable(frame: pd.DataFrame) -> None:
    assert isinstance(MissingValues({}).look(Dataset(canonical(frame), MODEL)), NotApplicable)


def test_support2_figures_stay_small(bench_data: Path) -> None:
    (finding,) = look(read([bench_data / "clinical/support2.csv"]).frame, Roles(kind="binary", target="hospdead"))
    matrix = next(figure.data for figure in finding.figures if figure.kind == "missingness")
    assert len(matrix["rows"]) == 250 and {len(row) for row in matrix["rows"]} == {len(matrix["columns"])}
    assert finding.evidence["affected"] == 33
