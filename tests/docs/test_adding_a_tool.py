"""The guide's code runs as it stands, and its tools keep the rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from climbdc.data import canonical
from climbdc.sdk import Dataset, check_tool

GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-tool.md"


def written() -> dict[str, Any]:
    """The names that the guide's code blocks define, run one after another as a reader would."""
    names: dict[str, Any] = {"__name__": "guide"}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(GUIDE), "exec"), names)
    return names


def test_the_tools_of_the_guide_keep_the_rules() -> None:
    names = written()
    assert check_tool(names["SteppedValues"]).ok and check_tool(names["CentreNumbers"]).ok


def test_the_inspection_finds_what_it_says() -> None:
    tool = written()["SteppedValues"]
    data = Dataset(canonical(pd.DataFrame({"a": range(0, 1000, 10), "b": range(100)})))
    (finding,) = tool().look(data)
    assert tool.says["rounded"].format(columns="a", **finding.evidence) == "All 100 values of a are multiples of ten."


def test_every_rule_is_explained() -> None:
    names = written()
    text = GUIDE.read_text(encoding="utf-8")
    rules = {
        check.name for tool in (names["SteppedValues"], names["CentreNumbers"]) for check in check_tool(tool).checks
    }
    assert not [rule for rule in rules if rule not in text]
