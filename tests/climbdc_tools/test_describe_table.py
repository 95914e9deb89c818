"""Table 1 on real patients, each number and test held against SciPy and lifelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from climbdc.data import canonical, read
from climbdc.describe import check_goal, describe
from climbdc.sdk import Dataset, Finding, Goal, NotApplicable
from climbdc_tools.describe_table import DescribeTable
from climbdc_tools.group_tests import Comparison, adjusted, compare_categories, compare_numbers, share_difference


def look(frame: pd.DataFrame, goal: Goal, **params: Any) -> tuple[Finding, dict[str, dict[str, str]]]:
    """The finding, and each line of its table by the name of its column."""
    frame = canonical(frame)
    dictionary = describe(frame, {}, [])
    answer = DescribeTable(params).look(Dataset(frame, check_goal(frame, dictionary, goal), dictionary))
    assert isinstance(answer, list)
    table = answer[0].figures[0].data
    lines = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    return answer[0], {line[""].strip().split(",")[0]: line for line in lines}


@pytest.fixture(scope="module")
def support(bench_data: Path) -> pd.DataFrame:
    """SUPPORT2."""
    return read([bench_data / "clinical" / "support2.csv"]).frame


def test_numbers_are_those_of_scipy(support: pd.DataFrame) -> None:
    columns = ["age", "slos", "sex", "income", "hospdead"]
    finding, lines = look(support[columns], Goal(target="hospdead"))
    died, lived = (support[support["hospdead"] == value] for value in (1, 0))
    p = [
        stats.ttest_ind(lived["age"], died["age"], equal_var=False).pvalue,
        stats.mannwhitneyu(lived["slos"], died["slos"]).pvalue,
        *(stats.chi2_contingency(pd.crosstab(support[n], support["hospdead"]), correction=False).pvalue
          for n in ("sex", "income")),
    ]  # fmt: skip
    wanted = stats.false_discovery_control(p)
    for name, one, two in zip(("age", "slos", "sex = male", "income"), p, wanted, strict=True):
        assert lines[name]["p"] == ("<0.001" if one < 0.001 else f"{one:.3f}")
        assert lines[name]["p adjusted"] == ("<0.001" if two < 0.001 else f"{two:.3f}")
    assert [lines[n]["test"] for n in ("age", "slos", "sex = male")] == ["Welch's t", "Mann-Whitney", "chi-squared"]
    assert lines["age"]["all (n = 9,105)"] == f"{support['age'].mean():.3g} ({support['age'].std():.3g})"
    assert lines["income"]["missing, n (%)"] == "2,982 (32.8)"
    spread = np.sqrt((lived["age"].var() + died["age"].var()) / 2)
    assert lines["age"]["difference (SMD)"] == f"{(died['age'].mean() - lived['age'].mean()) / spread:.2f}"
    assert finding.evidence["tests"] == 4 and finding.evidence["affected"] == int((wanted < 0.05).sum())


def test_survival_is_compared_by_the_log_rank_test() -> None:
    from lifelines.datasets import load_rossi
    from lifelines.statistics import logrank_test

    rossi = load_rossi()
    _, lines = look(rossi, Goal(time="week", event="arrest", task="survival"))
    aided, others = (rossi[rossi["fin"] == value] for value in (1, 0))
    p = logrank_test(aided["week"], others["week"], aided["arrest"], others["arrest"]).p_value
    assert lines["fin = 1"]["p"] == f"{p:.3f}" and lines["fin = 1"]["test"] == "log-rank"
    assert lines["prio"]["test"] == "log-rank of halves"


def test_a_number_is_compared_by_ranks() -> None:
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True, scaled=False).frame
    _, lines = look(frame, Goal(target="target", task="regression"))
    p = stats.spearmanr(frame["age"], frame["target"]).pvalue
    assert lines["age"]["p"] == ("<0.001" if p < 0.001 else f"{p:.3f}")
    assert lines["sex = 2"]["test"] == "Mann-Whitney"


def test_more_than_two_classes(heart: Path) -> None:
    frame = read([heart]).frame
    _, lines = look(frame, Goal(target="num"))
    assert lines["age"]["test"] == "Welch's ANOVA" and lines["oldpeak"]["test"] == "Kruskal-Wallis"
    assert "num 4 (n = 28)" in lines["age"]


def test_visits_are_described_and_not_tested(bench_data: Path) -> None:
    """Rows of one patient are not independent, so a test over them would find too much."""
    frame = read([bench_data / "clinical" / "pbc2.csv"]).frame
    finding, lines = look(frame, Goal(event="status2", time="years", task="survival", id="id"))
    assert finding.kind == "overall" and "several rows" in finding.evidence["because"] and "p" not in lines["albumin"]


def test_few_cases_are_tested_exactly() -> None:
    counts = np.array([[8, 1], [2, 5]])
    assert compare_categories(counts) == (stats.fisher_exact(counts).pvalue, "Fisher")
    rare = np.array([[40, 30], [35, 45], [2, 1], [1, 2], [3, 1]])
    folded = np.array([[40, 30], [35, 45], [6, 4]])
    assert compare_categories(rare).p == pytest.approx(stats.chi2_contingency(folded, correction=False).pvalue)


def test_nothing_to_compare_is_no_error() -> None:
    assert compare_numbers([np.array([1.0, 1.0]), np.array([1.0])], ranks=False) == Comparison(None, "")
    assert compare_categories(np.array([[5, 0], [0, 0]])) == Comparison(None, "")
    assert share_difference(np.array([0, 0]), np.array([1, 2])) is None
    assert adjusted([Comparison(None, ""), Comparison(0.04, "t"), Comparison(0.01, "t")]) == [None, 0.04, 0.02]


def test_noise_is_rarely_said_to_differ() -> None:
    """With 200 columns of noise the share of false discoveries stays bounded: hardly ever one is named."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{n}": rng.normal(size=400) for n in range(60)} | {"died": rng.integers(0, 2, 400)})
    finding, _ = look(frame, Goal(target="died"))
    assert finding.evidence["affected"] == 0


def test_odd_tables() -> None:
    empty = Dataset(canonical(pd.DataFrame({"a": []})))
    assert isinstance(DescribeTable({}).look(empty), NotApplicable)
    frame = pd.DataFrame({"größe": [1.0], "leer": [None], "text": ["a"], "fest": [3]})
    finding, lines = look(frame, Goal(task="none"))
    assert finding.kind == "overall" and lines["leer"]["missing, n (%)"] == "1 (100.0)"


def test_rows_beyond_the_cap_are_drawn_by_the_seed(support: pd.DataFrame) -> None:
    finding, _ = look(support[["age", "sex", "hospdead"]], Goal(target="hospdead"), cap=500)
    assert (finding.evidence["n"], finding.evidence["N"]) == (500, 9105)


def test_names_of_persons_are_never_listed(heart: Path) -> None:
    rng = np.random.default_rng(0)
    frame = read([heart]).frame
    given = ("Patricia", "Helga", "Giovanni", "Rajesh", "Deborah", "Kenneth", "Ingrid")
    people = [f"{one} {two}" for one in given for two in ("Garcia", "Schneider", "Petrov", "Nguyen")]
    frame = frame.assign(informant=rng.choice(people, len(frame)))
    finding, lines = look(frame, Goal(target="num"))
    assert lines["informant"]["all (n = 920)"] == "28 different values"
    assert "Patricia" not in str(finding.to_json()) and "Cleveland" in lines
