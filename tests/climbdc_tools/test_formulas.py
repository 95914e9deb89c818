"""Clinical formulas against worked examples, and the data they are made of."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from climbdc.knowledge import knowledge
from climbdc_tools.derivation import OPERATIONS
from climbdc_tools.derive_features import Operation
from climbdc_tools.formulas import formulas, value_of


def worked(name: str, **parts: float) -> float:
    known = formulas()[name]
    return float(value_of(known.formula, {part: np.array([value]) for part, value in parts.items()})[0])


@pytest.mark.parametrize(
    ("name", "parts", "wanted"),
    [
        # Worked by hand from the published equations.
        ("egfr", {"creatinine": 1.0, "age": 50.0, "sex": 0.0}, 91.7),
        ("egfr", {"creatinine": 1.0, "age": 50.0, "sex": 1.0}, 68.6),
        ("egfr", {"creatinine": 0.6, "age": 30.0, "sex": 1.0}, 123.8),
        ("egfr", {"creatinine": 4.0, "age": 70.0, "sex": 0.0}, 15.3),
        ("bmi", {"weight": 81.0, "height": 1.8}, 25.0),
        ("mean_pressure", {"systolic_bp": 120.0, "diastolic_bp": 90.0}, 100.0),
        ("pulse_pressure", {"systolic_bp": 120.0, "diastolic_bp": 80.0}, 40.0),
        ("shock_index", {"heart_rate": 90.0, "systolic_bp": 120.0}, 0.75),
        ("anion_gap", {"sodium": 140.0, "chloride": 104.0, "bicarbonate": 24.0}, 12.0),
        ("neutrophil_lymphocyte", {"neutrophils": 6.0, "lymphocytes": 2.0}, 3.0),
        ("fib4", {"age": 50.0, "ast": 60.0, "alt": 64.0, "platelets": 150.0}, 2.5),
        ("meld", {"bilirubin": 2.0, "inr": 1.5, "creatinine": 1.2}, 15.3),
        ("meld", {"bilirubin": 0.5, "inr": 0.9, "creatinine": 0.6}, 6.4),
        ("albi", {"bilirubin": 17.1, "albumin": 40.0}, -2.6),
        ("urea_creatinine", {"urea_nitrogen": 20.0, "creatinine": 1.0}, 20.0),
        ("oxygenation", {"pao2": 80.0, "fio2": 0.4}, 200.0),
        ("non_hdl", {"total_cholesterol": 200.0, "hdl": 50.0}, 150.0),
    ],
)
def test_each_formula_by_an_example(name: str, parts: dict[str, float], wanted: float) -> None:
    assert worked(name, **parts) == pytest.approx(wanted, abs=0.06)


def test_each_part_is_a_variable_in_units_of_the_pack_and_each_formula_has_a_source() -> None:
    pack = knowledge()
    for formula in formulas().values():
        assert formula.source and formula.told
        for part in formula.parts:
            variable = pack.variables[part.variable]
            ways = {variable.unit: 1.0, **{way.unit: way.factor for way in variable.conversions}}
            assert part.female or set(part.units) <= set(ways), formula.id
            usual = part.units.get(variable.unit)
            for unit, factor in part.units.items():
                assert usual is None or factor / usual == pytest.approx(ways[unit], rel=0.01), (formula.id, unit)


def test_the_tool_takes_the_operations_there_are() -> None:
    assert set(get_args(Operation)) == set(OPERATIONS)


def test_the_sex_must_be_known() -> None:
    assert np.isnan(worked("egfr", creatinine=1.0, age=50.0, sex=float("nan")))
