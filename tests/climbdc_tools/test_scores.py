"""Measures agree with other libraries, intervals with resampling."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines.utils import concordance_index
from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, r2_score, roc_auc_score

from climbdc_tools.outcome import Array
from climbdc_tools.scores import delong, interval, scores

ROWS = 400


def drawn(seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    risk = generator.normal(size=ROWS)
    return (risk + generator.normal(size=ROWS) > 0).astype(int), np.round(1 / (1 + np.exp(-risk)), 2)


def test_binary() -> None:
    truth, told = drawn()
    seen = {one.name: one.value for one in scores("binary", truth, told)}
    assert seen["auc"] == pytest.approx(roc_auc_score(truth, told))
    assert seen["brier"] == pytest.approx(brier_score_loss(truth, told))
    assert seen["log_loss"] == pytest.approx(log_loss(truth, told))


def test_several_classes() -> None:
    generator = np.random.default_rng(1)
    told = generator.dirichlet([1, 1, 1], ROWS)
    truth = np.array([generator.choice(3, p=row) for row in told])
    seen = {one.name: one.value for one in scores("multiclass", truth, told)}
    assert seen["auc"] == pytest.approx(roc_auc_score(truth, told, multi_class="ovr"))
    assert seen["log_loss"] == pytest.approx(log_loss(truth, told))


def test_numbers_and_times() -> None:
    generator = np.random.default_rng(2)
    truth = generator.exponential(size=ROWS).round(2)
    told, event = truth + generator.normal(size=ROWS), generator.random(ROWS) < 0.6
    seen = {one.name: one.value for one in scores("numeric", truth, told)}
    assert seen == pytest.approx({"r2": r2_score(truth, told), "mae": mean_absolute_error(truth, told)})
    (concordance,) = scores("survival", truth, -told, event)
    assert concordance.value == pytest.approx(concordance_index(truth, told, event), abs=1e-6)


@pytest.mark.parametrize("name", ["auc", "brier", "r2", "concordance"])
def test_the_interval_is_as_wide_as_resampling_says(name: str) -> None:
    generator = np.random.default_rng(3)
    truth, told = drawn(3)
    event = generator.random(ROWS) < 0.7
    kind = {"r2": "numeric", "concordance": "survival"}.get(name, "binary")
    truth = told + generator.normal(0, 0.2, ROWS) if kind != "binary" else truth

    def measured(rows: Array) -> float:
        return next(one.value for one in scores(kind, truth[rows], told[rows], event[rows]) if one.name == name)

    (score,) = [one for one in scores(kind, truth, told, event) if one.name == name]
    value, low, high = interval(score.value, score.influence, None, -9, 9)
    spread = np.std([measured(generator.integers(0, ROWS, ROWS)) for _ in range(300)])
    assert (high - low) / 2 / 1.96 == pytest.approx(spread, rel=0.2)
    assert low < value < high


def test_patients_with_several_rows_widen_the_interval() -> None:
    truth, told = drawn()
    (score, *_) = scores("binary", np.tile(truth, 4), np.tile(told, 4))
    once = delong(told, truth)
    together = interval(score.value, score.influence, np.tile(np.arange(ROWS), 4), 0, 1)
    assert together.high - together.low == pytest.approx(once.high - once.low, rel=0.01)


def test_one_class() -> None:
    assert delong(np.arange(3.0), np.ones(3)) == (0.5, 0.0, 1.0)
