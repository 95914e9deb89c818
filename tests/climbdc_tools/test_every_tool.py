"""Every built-in tool keeps the rules of `check_tool`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from climbdc.sdk import Tool, check_tool
from climbdc_tools import tools

PARAMS: dict[str, list[dict[str, Any]]] = {
    "aggregate_visits": [{"numeric": ["last", "slope", "count"], "categorical": ["first", "mode"], "until": 10.0}],
    "apply_review": [
        {
            "cells": [
                {"row": 3, "column": "heart_rate", "value": "72", "why": "a slip"},
                {"row": 4, "column": "sex", "value": None, "why": "not known"},
            ],
            "drop": [{"row": 9, "why": "entered twice"}],
        }
    ],
    "convert_units": [
        {
            "columns": {
                "glucose": {"unit": "mg/dL", "others": {"mmol/L": {"factor": 18.016, "below": 30}}},
                "Größe (cm)": {"unit": "m", "by": "診断", "others": {"肺炎": {"factor": 0.01}}},
            }
        },
        {"columns": {"glucose": {}, "not there": {}}},
    ],
    "correct_implausible": [
        {
            "columns": {
                "heart_rate": {"low": 20, "high": 250, "zero_is_missing": True},
                "Größe (cm)": {"low": 1.0, "high": 2.5, "action": "rescale", "factor": 0.01},
                "sex": {"low": 1},
            }
        }
    ],
    "deidentify": [
        {
            "columns": {
                "admitted": "year",
                "seen": "year",
                "age": "age_cap",
                "note": "scrub",
                "ward": "postcode3",
                "discharged_to": "drop",
                "not there": "drop",
            }
        }
    ],
    "derive_features": [
        {
            "features": [
                {"name": "a", "operation": "ratio", "columns": ["creatinine", "heart_rate"]},
                {"name": "b", "operation": "log", "columns": ["glucose"]},
                {"name": "age", "operation": "above", "columns": ["age"], "number": 65},
                {"name": "d", "operation": "difference", "columns": ["died", "age"]},
            ]
        },
        {
            "features": [
                {"name": "e", "operation": "egfr", "columns": ["creatinine", "age", "sex"]},
                {"name": "f", "operation": "days_between", "columns": ["admitted", "admitted"]},
            ]
        },
    ],
    "drop_columns": [{"columns": ["discharged_to", "not there"]}],
    "drop_duplicates": [{"keep": "last"}],
    "edit_dictionary": [
        {"columns": {"glucose": {"meaning": "glucose in blood", "unit": "mg/dL"}, "died": {"unit": ""}}}
    ],
    "encode_high_cardinality": [
        {"columns": ["ward", "stage"]},
        {"columns": ["ward"], "method": "frequency", "group": 2},
    ],
    "encode_categories": [{"max_levels": 5}, {"columns": ["stage", "age"]}],
    "extract_text_features": [{"columns": ["note", "sex"]}, {"columns": ["note"], "terms": 0, "keep": True}],
    "fix_types": [
        {
            "columns": {
                "ferritin": {"to": "number", "decimal": ",", "thousands": ".", "errors": "missing", "censored": "half"},
                "seen": {"to": "date", "format": ["%d/%m/%Y", "%Y-%m-%d"]},
                "note": {"to": "number"},
                "age": {"to": "integer"},
            }
        },
        {"columns": {"seen": {"to": "text", "format": ["%Y-%m-%d", "%d/%m/%Y"]}, "ward": {"to": "text"}}},
    ],
    "harmonise_categories": [{"maps": {"sex": {"Male ": "male", "FEMALE": "female"}, "age": {"30": "31"}}}],
    "impute": [
        {"indicators": ["creatinine"], "columns": ["creatinine", "sex", "診断", "admitted"]},
        {"numeric": "mean", "categorical": "mode"},
    ],
    "mark_missing": [{"codes": {"glucose": ["-9"], "診断": ["?"], "ferritin": ["n/a"], "admitted": ["2021-05-17"]}}],
    "repair_values": [
        {
            "maps": {"sex": {"1": "2", "M": ""}, "heart_rate": {"72": "73.5"}, "not there": {"a": "b"}},
            "columns": {
                "ward": {"by": ["sex", "discharged_to"], "agree": 1, "seldom": False},
                "heart_rate": {"by": ["sex", "ward"], "agree": 1, "seldom": False},
                "note": {"spills_into": "ward"},
            },
        }
    ],
    "split_data": [
        {"by": "stratified"},
        {"by": "patient", "even_if_small": True},
        {"by": "time", "column": "admitted"},
    ],
}
"""Params beside the defaults, for tools that do nothing without."""

ROOT = Path(__file__).parents[2]

CASES = [(tool, params) for tool in tools() for params in ({}, *PARAMS.get(tool.spec.name, []))]


@pytest.mark.parametrize(("tool", "params"), CASES, ids=[f"{tool.spec.name}{n}" for n, (tool, _) in enumerate(CASES)])
def test_it_keeps_every_rule(tool: type[Tool[Any]], params: dict[str, Any]) -> None:
    check_tool(tool, params=params).raise_if_bad()


def test_the_params_tried_belong_to_a_tool() -> None:
    assert set(PARAMS) <= {tool.spec.name for tool in tools()}


@pytest.mark.parametrize("name", [tool.spec.name for tool in tools()])
def test_it_has_a_page_and_a_test(name: str) -> None:
    assert (ROOT / "docs" / "tools" / f"{name}.md").is_file()
    assert (ROOT / "tests" / "climbdc_tools" / f"test_{name}.py").is_file()
