"""Whether what is missing says something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kstest, mannwhitneyu

from climbdc.data import canonical, read
from climbdc.sdk import Dataset, Finding, NotApplicable, Roles
from climbdc_tools.gap_association import gap_associations
from climbdc_tools.informative_missingness import InformativeMissingness
from climbdc_tools.little_test import little_test

MODEL = Roles(kind="binary", target="died")


def table(rows: int = 1500, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    age = draw.normal(60, 10, rows)
    return pd.DataFrame(
        {
            "age": age,
            "crp": age / 10 + draw.normal(0, 1, rows),
            "診断": draw.choice(["a", "b", "c"], rows),
            "died": draw.integers(0, 2, rows),
        }
    )


def look(frame: pd.DataFrame, roles: Roles = MODEL) -> list[Finding]:
    found = InformativeMissingness({}).look(Dataset(canonical(frame), roles))
    assert not isinstance(found, NotApplicable)
    return found


def test_gaps_at_random_raise_nothing() -> None:
    for seed in range(5):
        frame = table(seed=seed)
        frame.loc[np.random.default_rng(seed + 50).random(len(frame)) < 0.3, "crp"] = np.nan
        assert look(frame) == []


def test_gaps_of_the_old_are_said_to_depend_on_age() -> None:
    frame = table()
    frame.loc[frame["age"] > 66, "crp"] = np.nan
    kinds = {finding.kind: finding for finding in look(frame)}
    assert set(kinds) == {"not-at-random", "depends-on-others"}
    finding = kinds["depends-on-others"]
    assert finding.evidence["with"][0]["column"] == "age" and finding.evidence["auc"] == 1.0
    assert finding.suggestions[0].params == {"columns": ["crp"], "indicators": ["crp"]}


def test_gaps_that_go_with_words() -> None:
    frame = table()
    frame.loc[(frame["診断"] == "a") & (frame["age"] > 55), "crp"] = np.nan
    assert any("診断" in str(finding.evidence.get("with")) for finding in look(frame))


def test_gaps_of_the_dead_are_reported_apart_and_get_no_confident_indicator() -> None:
    frame = table()
    frame.loc[(frame["died"] == 1) & (np.arange(len(frame)) % 2 == 0), "crp"] = np.nan
    finding = next(each for each in look(frame) if each.kind == "depends-on-target")
    assert finding.columns == ("crp",) and finding.evidence["target"] == "died"
    assert finding.suggestions[0].confidence < 0.5


def test_a_weak_effect_in_many_rows_is_not_reported() -> None:
    frame = table(40_000)
    chance = 0.2 + 0.004 * (frame["age"] - 60)
    frame.loc[np.random.default_rng(3).random(len(frame)) < chance, "crp"] = np.nan
    assert all(finding.kind == "not-at-random" for finding in look(frame))


def test_the_area_and_its_p_value_are_those_of_scipy() -> None:
    frame = table(400).round({"age": 0})
    frame.loc[np.random.default_rng(1).random(400) < 0.3, "crp"] = np.nan
    (pair,) = gap_associations(frame, ["crp"], ["age"])
    gap = frame["crp"].isna()
    known = mannwhitneyu(frame["age"][gap], frame["age"][~gap], use_continuity=False, method="asymptotic")
    area = known.statistic / (gap.sum() * (~gap).sum())
    np.testing.assert_allclose([pair.auc, pair.p], [max(area, 1 - area), known.pvalue])


def test_little_rejects_as_often_as_it_should() -> None:
    draw, found = np.random.default_rng(0), []
    for _ in range(150):
        values = draw.multivariate_normal(np.zeros(3), 0.5 * np.eye(3) + 0.5, 300)
        values[:, 1:][draw.random((300, 2)) < 0.2] = np.nan
        test = little_test(values)
        assert test is not None and test.patterns == 4
        assert test.freedom == 3 + 2 + 2 + 1 - 3
        found.append(test.p)
    assert kstest(found, "uniform").pvalue > 0.01


def test_little_finds_gaps_that_depend_on_what_is_seen() -> None:
    values = table()[["age", "crp"]].to_numpy()
    values[values[:, 0] > 65, 1] = np.nan
    test = little_test(values)
    assert test is not None and test.p < 1e-6


def test_little_says_nothing_without_gaps_or_spread() -> None:
    assert little_test(np.ones((30, 2))) is None
    assert little_test(table()[["age", "crp"]].to_numpy()) is None
    assert little_test(np.empty((0, 2))) is None


def test_too_few_gaps_are_not_applicable() -> None:
    for frame in (table(), table().iloc[:0], table().iloc[:1], table().assign(crp=np.nan)):
        assert isinstance(InformativeMissingness({}).look(Dataset(canonical(frame), MODEL)), NotApplicable)


def test_support2_activities_of_daily_living_are_missing_for_the_dead(bench_data: Path) -> None:
    found = look(read([bench_data / "clinical/support2.csv"]).frame, Roles(kind="binary", target="hospdead"))
    with_target = {finding.columns[0] for finding in found if finding.kind == "depends-on-target"}
    assert "adlp" in with_target and len(with_target) <= 3
