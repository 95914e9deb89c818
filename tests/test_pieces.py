"""A value taken apart and put together is the same value; pieces of anyone else are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.errors import ToolError
from climbdc.pieces import DEEPEST, from_pieces, json_size, to_pieces

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner, max_size=8),
    max_leaves=60,
)


@settings(deadline=None, max_examples=300)
@given(VALUES, st.sampled_from([64, 90, 1000]))
def test_there_and_back_is_the_same_in_the_same_order(value: Any, most: int) -> None:
    pieces = to_pieces(value, most)
    again = from_pieces(json.loads(json.dumps(pieces)))
    assert json.dumps(again) == json.dumps(value)
    assert all(json_size(part) <= most for _, part in pieces)


def test_a_wide_dictionary_takes_few_pieces() -> None:
    columns = [{"name": f"measurement_{n}", "type": "continuous", "meaning": "x" * 300} for n in range(5000)]
    pieces = to_pieces({"dictionary": columns, "state": {"fill": {str(n): 0.5 for n in range(5000)}}})
    assert len(pieces) < 20 and from_pieces(pieces)["dictionary"] == columns


@pytest.mark.parametrize("value", [["x" * 100], {"k" * 100: ["y" * 50] * 3}], ids=["text", "name"])
def test_one_text_that_is_too_long_cannot_be_taken_apart(value: Any) -> None:
    with pytest.raises(ToolError) as raised:
        to_pieces(value, 64)
    assert raised.value.code == "answer-too-large"


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [7],
        [["a", {}]],
        [[[], {}, 1]],
        [[["a"], 1]],
        [[[], {"a": 1}], [[], {"a": 2}]],
        [[[], {"a": 1}], [["a"], 2]],
        [[[], {"a": 1}], [["a", "b"], 2]],
        [[[], []], [[1], 2]],
        [[[], []], [[True], 2]],
        [[[], [0]], [[-1, "a"], 2]],
        [[[], {}], [[0], 2]],
        [[[], 1], [[], 2]],
        [[[], {}], [[["a"]], 2]],
        [[[], {}], *([["a"] * n, {}] for n in range(1, DEEPEST + 3))],
    ],
    ids=str,
)
def test_pieces_that_do_not_fit_are_refused(pieces: list[Any]) -> None:
    with pytest.raises(ValueError, match="piece"):
        from_pieces(pieces)
