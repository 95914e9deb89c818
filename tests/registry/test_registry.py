"""The registry: the built-in tools by name, params checked, sentences from templates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

import climbdc_taxonomy
import climbdc_tools.impute
from climbdc.errors import PlanError
from climbdc.registry import RegisteredTool, Registry, registry, sentence


def test_every_tool_the_taxonomy_names_for_what_there_is_exists() -> None:
    taxonomy = climbdc_taxonomy.load()
    for tool in registry().values():
        for challenge in tool.spec.addresses:
            assert challenge in taxonomy, f"{tool.spec.name} addresses an unknown challenge"


def test_names_are_sorted_and_kinds_are_apart() -> None:
    names = list(registry())
    assert names == sorted(names) and len(names) == len(registry()) > 20
    kinds = [{tool.spec.name for tool in registry().of_kind(kind)} for kind in ("inspect", "transform", "evaluate")]
    assert set.union(*kinds) == set(names) and sum(map(len, kinds)) == len(names)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(PlanError) as raised:
        registry()["drop_colums"]
    assert "'drop_columns'" in raised.value.fix and raised.value.code == "unknown-tool"
    with pytest.raises(PlanError, match="climbdc tools list"):
        registry()["zzzzzz"]


def test_params_are_completed_or_refused() -> None:
    assert registry().check("drop_columns", {"columns": ["a"]})["columns"] == ["a"]
    with pytest.raises(PlanError, match="do not fit"):
        registry().check("drop_columns", {"columns": "a", "other": 1})


def test_code_that_must_not_be_imported_is_not_created() -> None:
    spec = registry()["drop_columns"].spec
    foreign = Registry([RegisteredTool(spec, "package")])
    assert foreign.check("drop_columns", {"columns": ["a"]}) == registry().check("drop_columns", {"columns": ["a"]})
    with pytest.raises(PlanError, match="anything"):
        foreign.check("drop_columns", {"anything": 1})
    with pytest.raises(PlanError, match="sandbox only"):
        foreign.create("drop_columns", {})


def test_a_sentence_falls_back_where_evidence_is_short() -> None:
    found: dict[str, Any] = {
        "tool": "sparse_columns",
        "kind": "no-such-kind",
        "columns": ["a", "b"],
        "evidence": {},
        "rows": None,
    }
    assert sentence(found, registry()) == "no-such-kind: a, b"
    assert sentence({**found, "tool": "gone"}, registry()) == "no-such-kind: a, b"
    assert sentence({**found, "kind": "sparse"}, registry()) == "sparse: a, b"
    told = sentence({**found, "kind": "sparse", "evidence": {"percent": 61.0}}, registry())
    assert told == "a, b is missing in 61.0 % of the rows, more than half."


def test_the_code_of_a_tool_is_known_by_its_source() -> None:
    source = Path(str(climbdc_tools.impute.__file__)).read_bytes()
    assert registry()["impute"].code_hash == hashlib.sha256(source).hexdigest()
    assert registry().code_hash(["impute"]) == registry()["impute"].code_hash
    both = registry().code_hash(["impute", "drop_columns"])
    assert len(both) == 64 and both != registry().code_hash(["drop_columns", "impute"])
    assert registry().code_hash(["impute", "unknown"]) == registry().code_hash([]) == ""


def test_code_that_may_not_be_imported_has_no_hash() -> None:
    foreign = RegisteredTool(registry()["impute"].spec, "package")
    assert foreign.code_hash == "" and Registry([foreign]).code_hash(["impute"]) == ""
