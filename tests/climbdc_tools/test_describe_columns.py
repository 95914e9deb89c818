"""What each column is, and what could be made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from lifelines import datasets

from climbdc.data import canonical, read
from climbdc.describe import describe
from climbdc.sdk import Column, Dataset, Finding, NotApplicable, Roles
from climbdc_tools.derive_features import DeriveFeatures
from climbdc_tools.describe_columns import DescribeColumns

NOTES = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text("utf-8"))


def look(frame: pd.DataFrame, *given: Column, roles: Roles | None = None) -> dict[str, list[Finding]]:
    frame = canonical(frame)
    found = DescribeColumns().look(Dataset(frame, roles or Roles(), describe(frame, given=given)))
    kinds: dict[str, list[Finding]] = {}
    for finding in [] if isinstance(found, NotApplicable) else found:
        kinds.setdefault(finding.kind, []).append(finding)
    return kinds


def remarks(rows: int = 200) -> list[str]:
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice([note["text"] for note in NOTES], 2)) for _ in range(rows)]


def test_clean_clinical_tables_ask_for_no_step(bench_data: Path, heart: Path) -> None:
    """Nothing above `info` is said of tables without free text."""
    tables = [pd.read_csv(bench_data / "clinical" / f"{name}.csv") for name in ("support2", "pbc2")]
    tables += [read([str(heart)]).frame, datasets.load_lung(), datasets.load_rossi(), datasets.load_gbsg2()]
    for frame in tables:
        assert {one.severity for each in look(frame).values() for one in each} <= {"info"}


def test_free_text_is_known_by_its_sentences() -> None:
    found = look(pd.DataFrame({"notes": remarks(), "age": 50}))["free-text"]
    assert [(one.columns, one.challenge, one.suggestions[0].tool) for one in found] == [
        (("notes",), "structure/free-text", "extract_text_features")
    ]


def test_names_of_places_and_persons_are_no_free_text(bench_data: Path) -> None:
    folder = bench_data / "repair" / "health-no"
    for table in ("mrsa-in-hospitals-2013", "cdph-ssi-nosurgfac-odp-2019"):
        assert "free-text" not in look(pd.read_csv(folder / table / "clean.csv"))


def test_long_lists_of_categories(bench_data: Path) -> None:
    frame = pd.read_csv(bench_data / "clinical" / "support2.csv")
    code = frame["dzgroup"].astype(str) + "/" + frame["income"].astype(str) + "/" + frame["race"].astype(str)
    (found,) = look(frame[["age", "dzgroup"]].assign(code=code))["many-levels"]
    assert (found.columns, found.evidence["distinct"], found.severity) == (("code",), 181, "info")
    assert found.suggestions[0].params == {"columns": ["code"]}


def test_codes_of_diseases_are_cut_to_three_characters() -> None:
    rng = np.random.default_rng(1)
    codes = [f"{letter}{number}.{rng.integers(0, 9)}" for letter in "EIJK" for number in range(10, 22)]
    (found,) = look(pd.DataFrame({"diagnosis": rng.choice(codes, 900), "x": 1.5}))["many-levels"]
    assert found.suggestions[0].params["group"] == 3


def test_what_is_nearly_all_different_or_an_outcome_is_no_long_list() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"id": [f"P{number:04}" for number in range(500)], "ward": rng.integers(0, 40, 500).astype(str)}
    )
    frame["ward"] = "w" + frame["ward"]
    assert "many-levels" in look(frame)
    assert "many-levels" not in look(frame, roles=Roles(kind="multiclass", target="ward"))
    assert all(one.columns != ("id",) for one in look(frame)["many-levels"])


def test_scores_whose_parts_are_there(bench_data: Path) -> None:
    frame = canonical(pd.read_csv(bench_data / "clinical" / "support2.csv"))
    (found,) = look(frame)["derivable"]
    params = found.suggestions[0].params
    assert [each["name"] for each in params["features"]] == ["egfr", "urea_creatinine", "albi"]
    data = Dataset(frame, Roles(kind="binary", target="hospdead"), describe(frame))
    tool = DeriveFeatures(params)
    assert tool.fit(data)["left_out"] == {}


def score(**more: Any) -> dict[str, list[Finding]]:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"weight": rng.normal(75, 12, 60), "height": rng.normal(170, 9, 60)})
    columns = [
        Column(name="weight", unit=more.get("unit", "kg"), known_at=more.get("known_at", "unknown")),
        Column(name="height", unit="cm"),
    ]
    return look(frame.assign(**more.get("also", {})), *columns, roles=more.get("roles"))


def test_a_score_is_not_told_in_other_units_from_outcomes_or_where_it_is_there() -> None:
    assert "derivable" in score()
    assert "derivable" not in score(unit="stone")
    assert "derivable" not in score(known_at="after")
    assert "derivable" not in score(also={"bmi": np.random.default_rng(4).normal(26, 4, 60)})
    assert "derivable" not in score(roles=Roles(kind="numeric", target="weight"))


def test_ages_and_spans_of_dates() -> None:
    rng = np.random.default_rng(0)
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 9000, 80), "D")
    seen = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, 80), "D")
    (found,) = look(pd.DataFrame({"date_of_birth": born, "admission": seen}))["derivable"]
    (made,) = found.suggestions[0].params["features"]
    assert (made["operation"], made["columns"]) == ("years_between", ["date_of_birth", "admission"])


def test_unknown_meanings_are_one_finding_with_a_table_without_cells() -> None:
    frame = pd.DataFrame({"v12": [1.5, 2.5] * 20, "sfx": ["QQ", "RR"] * 20, "age": [50, 60] * 20})
    (found,) = look(frame, Column(name="sfx", meaning="suffix"))["no-meaning"]
    assert found.columns == ("v12",) and found.suggestions == ()
    assert "QQ" not in str(found.figures) and found.figures[0].data["rows"][0][0] == "v12"


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"a": []})])
def test_without_cells_it_does_not_apply(frame: pd.DataFrame) -> None:
    assert isinstance(DescribeColumns().look(Dataset(canonical(frame))), NotApplicable)
