"""The recursion gives what the definition of Shapley values gives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from climbdc_tools.cross_fit import Fold
from climbdc_tools.neighbour_value import class_values, null_residuals, number_values, row_values


def shapley(worth: Callable[[list[int]], float], count: int) -> list[float]:
    """By the definition: the mean gain over all coalitions, each size alike."""
    values = []
    for row in range(count):
        others = [other for other in range(count) if other != row]
        gains = 0.0
        for size in range(count):
            for part in itertools.combinations(others, size):
                gain = worth(sorted((*part, row))) - worth(list(part))
                gains += gain / (count * math.comb(count - 1, size))
        values.append(gains)
    return values


@pytest.mark.parametrize("near", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_the_definition(count: int, near: int) -> None:
    generator = np.random.default_rng(count * 10 + near)
    numbers, wanted = generator.normal(size=count), float(generator.normal())
    classes = generator.integers(0, 3, count)
    by_number = shapley(lambda part: -((float(sum(numbers[part[:near]])) / near - wanted) ** 2), count)
    by_class = shapley(lambda part: sum(int(classes[row] == 1) for row in part[:near]) / near, count)
    assert np.allclose(number_values(numbers[None], np.array([wanted]), near)[0], by_number)
    assert np.allclose(class_values(classes[None], np.array([1]), near)[0], by_class)


def test_values_sum_to_what_all_rows_are_worth() -> None:
    generator = np.random.default_rng(0)
    left, right = generator.normal(size=(40, 2)), generator.normal(size=(9, 2))
    truth = generator.integers(0, 2, 49)
    fold = Fold(np.arange(40), np.arange(40, 49), left, right)
    values = row_values([fold], truth, 5, numeric=False)
    nearest = np.argsort(((right[:, None] - left[None]) ** 2).sum(axis=2), axis=1)[:, :5]
    share = (truth[nearest] == truth[40:, None]).mean()
    assert values.sum() == pytest.approx(share) and (values[40:] == 0).all()


def test_residuals_without_columns_sum_to_zero() -> None:
    residuals = null_residuals(np.array([5.0, 1.0, 3.0, 3.0]), np.array([1, 1, 1, 0]))
    assert residuals.sum() == pytest.approx(0)
    assert residuals[1] == pytest.approx(1 - 1 / 4)
