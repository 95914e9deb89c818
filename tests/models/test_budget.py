"""Tokens and money."""

from __future__ import annotations

import pytest

from climbdc.models import ModelError
from climbdc.models._budget import MOST, Prices, check_budget, estimate, sane_count


def test_prices_are_of_a_million() -> None:
    assert Prices(2.5, 10.0).cost(1_000_000, 100_000) == pytest.approx(3.5) and Prices().cost(10**6, 10**6) == 0


def test_an_estimate_counts_bytes() -> None:
    assert estimate("é" * 35) == 20 == estimate(("é" * 35).encode()) and estimate("\ud800") == 1 and estimate("") == 0


@pytest.mark.parametrize("value", [-1, MOST + 1, 2.0, "7", None, True, [1]])
def test_odd_counts_are_not_believed(value: object) -> None:
    assert sane_count(value) is None and sane_count(0) == 0 and sane_count(MOST) == MOST


def test_the_last_token_may_be_used() -> None:
    check_budget(900, 100, 1000)
    with pytest.raises(ModelError, match="900 are used and the next call may need 101") as raised:
        check_budget(900, 101, 1000)
    assert raised.value.code == "budget"
