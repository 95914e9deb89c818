"""Long lists of JSON values as a table, and JSON that is looked at before it is parsed."""

from __future__ import annotations

import json
import time
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.errors import ClimbdcError
from climbdc.sandbox.answers._documents import pack_documents, unpack_documents
from climbdc.sandbox.answers._layout import HostileTable
from climbdc.sandbox.wire._json import check_json

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_NUMBERS = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.lists(_VALUES, max_size=5))
def test_values_come_back(values: list[Any]) -> None:
    assert unpack_documents(pack_documents(values)) == values


def test_findings_of_5000_columns() -> None:
    values = [
        {"kind": "missing", "columns": [f"feature_{number}"], "evidence": {"share": number / 7, "text": "words " * 40}}
        for number in range(5000)
    ]
    table = pack_documents(values)
    assert table.nbytes > 1 << 20
    started = time.perf_counter()
    assert unpack_documents(table) == values
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes", "\udc80", object()])
def test_what_is_not_json_is_named(value: Any) -> None:
    with pytest.raises(ClimbdcError, match="Value 1 of the list") as caught:
        pack_documents([{}, value])
    assert caught.value.code == "not-json"


@pytest.mark.parametrize("values", [["x" * (1 << 20)], ["x" * 1_000_000] * 40, [[0] * 200_000] * 20])
def test_too_much_is_said_before_it_is_sent(values: list[Any]) -> None:
    with pytest.raises(ClimbdcError) as caught:
        pack_documents(values)
    assert caught.value.code in ("document-too-long", "not-json")


def _texts(*texts: str | None) -> pa.Table:
    schema = pa.schema([pa.field("json", pa.large_string(), nullable=False)])
    return pa.table([pa.array(texts, pa.large_string())], schema=schema)


HOSTILE: dict[str, pa.Table] = {
    "another column": pa.table({"x": ["{}"]}),
    "two columns": pa.table({"json": pa.array(["{}"], pa.large_string()), "more": [1]}),
    "bytes": pa.table({"json": pa.array([b"{}"], pa.large_binary())}),
    "missing": _texts("{}", None),
    "not JSON": _texts("{'a': 1}"),
    "two values": _texts("{} {}"),
    "nothing": _texts(""),
    "NaN": _texts("[NaN]"),
    "infinity": _texts("-Infinity"),
    "deep": _texts("[" * 100_000 + "]" * 100_000),
    "deep objects": _texts('{"a":' * 1000 + "1" + "}" * 1000),
    "wide": _texts("[" + "[]," * 300_000 + "[]]"),
    "wide objects": _texts("[" + "{}," * 300_000 + "{}]"),
    "long": _texts('"' + "x" * (5 << 20) + '"'),
    "digits": _texts("9" * 5_000_000),
    "digits in a mebibyte": _texts("9" * 1_000_000),
    "digits of a fraction": _texts("0." + "9" * 100_000),
    "many": _texts(*["[" + "[]," * 100_000 + "[]]"] * 40),
    "heavy": _texts(*['"' + "x" * 1_000_000 + '"'] * 40),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_documents_are_refused_at_once(what: str) -> None:
    started = time.perf_counter()
    with pytest.raises(HostileTable):
        unpack_documents(HOSTILE[what])
    assert time.perf_counter() - started < 1


def test_strings_are_no_brackets_and_no_numbers() -> None:
    for value in ("[[[[" * 1000, "9" * 1000, '\\"' * 1000, "\\", '"', ["a\\", "[" * 100], {"[": "]]]]"}):
        assert check_json(json.dumps(value).encode()) < 10
    assert check_json(b"[" * 64 + b"]" * 64) == 64
    assert check_json(json.dumps([[1]] * 1000).encode()) == 2000


@pytest.mark.parametrize("body", [b'"\\' * 500_000, b'"' + b'\\"' * 500_000, b"\\" * 1_000_000])
def test_a_text_that_never_ends_is_looked_at_once(body: bytes) -> None:
    started = time.perf_counter()
    check_json(body)
    assert time.perf_counter() - started < 0.5
