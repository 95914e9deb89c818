"""Rare outcomes are told, even ones are not."""

from __future__ import annotations

from importlib import resources

import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.class_imbalance import ClassImbalance


def dataset(rare: int, common: int = 1000) -> Dataset:
    frame = canonical(pd.DataFrame({"ergebnis": ["tot"] * rare + ["lebt"] * common}))
    return Dataset(frame, Roles(kind="binary", target="ergebnis"))


@pytest.mark.parametrize(("rare", "severity"), [(150, "info"), (40, "minor"), (5, "major")])
def test_the_rarer_the_worse(rare: int, severity: str) -> None:
    (found,) = ClassImbalance().look(dataset(rare))  # type: ignore[misc]
    assert (found.severity, found.evidence["rarest"], found.evidence["count"]) == (severity, "tot", rare)
    assert found.suggestions == ()


def test_even_classes() -> None:
    assert ClassImbalance().look(dataset(900)) == []


def test_events_of_a_study() -> None:
    with resources.files("lifelines.datasets").joinpath("kidney_transplant.csv").open() as file:
        frame = canonical(pd.read_csv(file))
    (found,) = ClassImbalance().look(  # type: ignore[misc]
        Dataset(frame, Roles(kind="survival", target="death", event="death", duration="time"))
    )
    assert found.evidence["count"] == 140


def test_no_classes() -> None:
    assert isinstance(ClassImbalance().look(dataset(0)), NotApplicable)
    assert isinstance(ClassImbalance().look(dataset(0, 0)), NotApplicable)
    numbers = Dataset(canonical(pd.DataFrame({"y": [0.5, 1.5, 2.5]})), Roles(kind="numeric", target="y"))
    assert isinstance(ClassImbalance().look(numbers), NotApplicable)
