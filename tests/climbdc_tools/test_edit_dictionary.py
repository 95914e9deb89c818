"""What a person says of columns goes into the dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.data import canonical, frame_hash, read
from climbdc.describe import describe, read_dictionary
from climbdc.errors import ToolError
from climbdc.sdk import Column, Dataset, Dictionary, check_tool
from climbdc_tools.edit_dictionary import EditDictionary


def edited(data: Dataset, columns: dict[str, Any]) -> dict[str, Column]:
    tool = EditDictionary({"columns": columns})
    state = tool.fit(data)
    frame = tool.apply(data.train, state, data.roles)
    assert frame_hash(frame) == frame_hash(data.train)
    return {column.name: column for column in tool.describe(data, frame, state)}


@pytest.fixture
def support2(bench_data: Path) -> Dataset:
    frame = read([bench_data / "clinical" / "support2.csv"]).frame
    given = read_dictionary(bench_data / "clinical" / "support2_dictionary.csv")
    return Dataset(frame, dictionary=describe(frame, {}, given))


def test_a_unit_brings_limits_in_that_unit(support2: Dataset) -> None:
    before = support2.dictionary["crea"]
    assert before.limits is not None and before.limits.unit == "mg/dL" and before.limits.high is not None
    other = Dataset(support2.train.assign(crea=support2.train["crea"] * 88.4), dictionary=support2.dictionary)
    after = edited(other, {"crea": {"unit": "µmol/L"}})["crea"]
    assert after.limits is not None and after.limits.high is not None
    assert after.limits.high == pytest.approx(before.limits.high * 88.4, rel=0.01)
    assert (after.meaning, after.type, after.known_at) == (before.meaning, before.type, before.known_at)
    assert after.sources["unit"] == "person" and after.sources["meaning"] == "file"


def test_a_unit_that_the_values_contradict_leaves_no_limits(support2: Dataset) -> None:
    after = edited(support2, {"crea": {"unit": "µmol/L"}})["crea"]
    assert (after.unit, after.limits) == ("µmol/L", None)


def test_another_meaning_takes_the_wrong_limits_away(support2: Dataset) -> None:
    after = edited(support2, {"hrt": {"meaning": "number of the ward", "unit": ""}})["hrt"]
    assert after.meaning == "number of the ward" and after.unit == ""
    assert after.limits is None
    assert after.type == support2.dictionary["hrt"].type


def test_what_is_not_said_stays(support2: Dataset) -> None:
    said = {"type": "ordinal", "known_at": "after", "missing_codes": ["-9", "-9", "99"]}
    before, after = support2.dictionary["scoma"], edited(support2, {"scoma": said})["scoma"]
    assert (after.type, after.known_at, after.missing_codes) == ("ordinal", "after", ("-9", "99"))
    assert (after.later_kind, after.known_because) == ("known-later", "a person said so")
    assert (after.meaning, after.unit, after.limits) == (before.meaning, before.unit, before.limits)
    again = Dataset(support2.train, dictionary=support2.dictionary.replace(after))
    assert edited(again, {"scoma": {"known_at": "before"}})["scoma"].later_kind == ""


def test_a_column_that_nobody_described() -> None:
    frame = canonical(pd.DataFrame({"größe {cm}%": [171.0, None], "leer": [None, None]}))
    made = edited(Dataset(frame), {"größe {cm}%": {"meaning": "body height", "unit": "cm"}, "leer": {"meaning": "x"}})
    assert made["größe {cm}%"].variable and made["größe {cm}%"].unit == "cm"
    assert Dictionary.from_json(Dictionary([*made.values()]).to_json())["leer"].meaning == "x"


def test_an_unknown_column_and_an_unknown_type_are_refused() -> None:
    with pytest.raises(ToolError, match="'b' to describe"):
        EditDictionary({"columns": {"b": {}}}).fit(Dataset(canonical(pd.DataFrame({"a": [1]}))))
    with pytest.raises(ValueError, match="known_at"):
        EditDictionary({"columns": {"a": {"known_at": "yesterday"}}})


def test_it_keeps_the_rules_on_real_data(support2: Dataset) -> None:
    params = {"columns": {"crea": {"unit": "µmol/L", "type": "continuous"}, "death": {"meaning": "died"}}}
    check_tool(EditDictionary, data=support2.sample(400), params=params).raise_if_bad()
