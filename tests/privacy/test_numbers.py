"""Counts and quantiles that tell of nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.privacy._numbers import PUBLISHED, coarse, count, is_small, numbers_of, part, quantile
from climbdc.privacy._profile import profile
from climbdc.sdk import Column

K = 10
Values = st.one_of(
    st.lists(st.integers(-50, 50).map(float), max_size=300),
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), max_size=300),
    st.lists(st.sampled_from([0.0, 0.1, 5.0, 1e5]), max_size=300),
)


@settings(max_examples=200, deadline=None)
@given(Values, st.sampled_from(PUBLISHED))
def test_a_quantile_is_shared_by_k_and_is_nobodys_value(values: list[float], at: float) -> None:
    figure = quantile(numbers_of(pd.Series(values, dtype="float64")), at, K)
    if figure is None:
        return
    every = np.asarray(values)
    same = int(np.isclose(every, figure, rtol=1e-12, atol=0).sum())
    assert same == 0 or same >= K
    exact = np.quantile(every, at)
    assert (every <= exact).sum() >= K and (every >= exact).sum() >= K


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 14)), min_size=1, max_size=300))
def test_persons_are_counted_and_not_rows(rows: list[tuple[int, int]]) -> None:
    values, persons = (np.asarray(column, dtype="int64") for column in zip(*rows, strict=True))
    figure = quantile(numbers_of(pd.Series(values), persons), 0.5, K)
    if figure is not None:
        exact = np.quantile(values, 0.5)
        assert len(set(persons[values <= exact])) >= K and len(set(persons[values >= exact])) >= K
        have = set(persons[values == figure])
        assert not have or len(have) >= K


def test_an_outlier_moves_no_end_and_a_small_column_has_no_quantiles() -> None:
    values = pd.Series([*np.linspace(20, 80, 100), 98765.4])
    told = [quantile(numbers_of(values), at, K) for at in PUBLISHED]
    assert all(figure is None or figure < 90 for figure in told) and told[2] is not None
    assert all(quantile(numbers_of(values[:19]), at, K) is None for at in PUBLISHED)


def test_quantiles_are_near_the_truth() -> None:
    values = pd.Series(np.random.default_rng(0).normal(100, 15, 2000))
    for at in PUBLISHED:
        figure = quantile(numbers_of(values), at, K)
        assert figure is not None and abs(figure - values.quantile(at)) < 1.5


@given(st.integers(0, 10**7), st.integers(2, 20))
def test_a_small_count_is_never_a_number(number: int, k: int) -> None:
    told = count(number, k)
    assert isinstance(told, str) == is_small(number, k)
    if isinstance(told, int) and number:
        assert abs(told - number) <= max(3, 0.06 * number)


@given(st.integers(0, 500), st.integers(0, 500))
def test_nor_is_what_a_count_leaves(number: int, rest: int) -> None:
    told: Any = part(number, number + rest, K)
    if is_small(number, K) or (is_small(rest, K) and number):
        assert not any(sign.isdigit() for sign in told.replace("fewer than 10", "")) or number == 0


@pytest.mark.parametrize(("number", "told"), [(12, 10), (13, 15), (99, 100), (104, 100), (1049, 1000)])
def test_rounding(number: int, told: int) -> None:
    assert coarse(number) == told


@pytest.mark.parametrize("seed", range(40))
def test_a_quantile_is_near_what_it_stands_for_and_none_comes_before_a_lower_one(seed: int) -> None:
    draw = np.random.default_rng(seed)
    values = np.round(np.exp(draw.normal(0, 0.6, int(draw.integers(200, 1000)))), 2)
    told = [(quantile(numbers_of(pd.Series(values)), at, K), float(np.quantile(values, at))) for at in PUBLISHED]
    known = [(figure, exact) for figure, exact in told if figure is not None]
    low, high = np.quantile(values, [0.25, 0.75])
    assert len(known) >= 3, "most are told"
    assert all(abs(figure - exact) <= (high - low) / 4 + 1e-9 for figure, exact in known)
    shown = profile(pd.Series(values), Column(name="crea"), K, str, hidden=False).quantiles
    assert shown and [*shown.values()] == sorted(shown.values())
