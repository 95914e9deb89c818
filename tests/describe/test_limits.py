"""Limits in another unit."""

from __future__ import annotations

import pytest

from climbdc.describe._limits import limits_in
from climbdc.sdk import Conversion, Limits

BODY = Limits(
    low=20,
    high=45,
    typical_low=30,
    typical_high=43,
    zero_impossible=True,
    unit="C",
    conversions=(Conversion(unit="F", factor=5 / 9, offset=-160 / 9), Conversion(unit="K", factor=1, offset=-273.15)),
)


def test_fahrenheit_limits_and_the_way_into_fahrenheit() -> None:
    there = limits_in(BODY, "F")
    assert there is not None
    assert (there.low, there.high, there.unit, there.zero_impossible) == (68, 113, "F", True)
    into = {conversion.unit: conversion for conversion in there.conversions}
    assert 37 * into["C"].factor + into["C"].offset == pytest.approx(98.6)
    assert 310.15 * into["K"].factor + into["K"].offset == pytest.approx(98.6)


def test_the_usual_unit_stays_and_an_unknown_one_has_no_limits() -> None:
    assert limits_in(BODY, "C") is BODY
    assert limits_in(BODY, "R") is None


def test_open_ends_stay_open() -> None:
    there = limits_in(BODY.model_copy(update={"high": None}), "F")
    assert there is not None and there.high is None
