"""Every number that a tool names is sorted by what it is; what nobody sorted stays here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import climbdc_tools
from climbdc.privacy._evidence import Place, Sieve, groups, kind_of

TOOLS = Path(climbdc_tools.__file__).parent


def sieve(total: int = 1000, *, numbers: bool = True) -> Sieve:
    return Sieve(
        k=10, total=total, columns=frozenset({"age", "sex"}), shown=str.upper,
        words=lambda text: text.replace("Smith", "…"), target="sex", numbers=numbers,
        level=lambda column, value: value if value == "common" else None,
    )  # fmt: skip


def named_by(path: Path) -> Iterator[str]:
    """Keys of the dictionaries that a tool calls evidence."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "evidence":
            yield from _keys(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if (
                    isinstance(target, ast.Name)
                    and target.id in {"evidence", "size", "extent"}
                    and node.value is not None
                ):
                    yield from _keys(node.value)
                elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == "evidence":
                    yield ast.literal_eval(target.slice)
        elif isinstance(node, ast.FunctionDef) and "evidence" in node.name:
            yield from (
                key
                for part in ast.walk(node)
                if isinstance(part, ast.Return) and part.value
                for key in _keys(part.value)
            )


def _keys(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


@pytest.mark.parametrize("path", sorted(TOOLS.glob("*.py")), ids=lambda path: path.stem)
def test_every_key_of_every_tool_was_judged(path: Path) -> None:
    """A tool that names a new number must say in `evidence.yaml` what it is."""
    from climbdc.privacy import _evidence

    judged = {name for names in _evidence._table()["kinds"].values() for name in names} | groups()
    judged |= {key for own in _evidence._table()["of_tool"].values() for key in own}
    assert set(named_by(path)) <= judged


def test_the_search_for_keys_finds_them() -> None:
    assert {"smallest", "largest", "low", "high", "unit"} <= set(named_by(TOOLS / "impossible_values.py"))
    assert {"auc", "share", "with"} <= set(named_by(TOOLS / "informative_missingness.py"))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("total", 3, "fewer than 10"),
        ("total", 920, 920),
        ("total", 0, 0),
        ("share", 0.123456, "12%"),
        ("share", 0.003, None),
        ("share", 0.997, None),
        ("share", "12.3%", "12%"),
        ("percent", 12.3, "12%"),
        ("percent", 0.3, None),
        ("auc", 0.83456, 0.835),
        ("p", 0.0123, 0.01),
        ("p", "below 0.0001", "below 0.0001"),
        ("p", "Smith", None),
        ("other", "age", "AGE"),
        ("visit_time", "age", "AGE"),
        ("visit_time", "Smith", None),
        ("follows", ["age", "Smith"], ["AGE"]),
        ("with_columns", "age, sex", ["AGE", "SEX"]),
        ("because", "as Smith said", "as … said"),
        ("rarest", "common", "common"),
        ("rarest", "Smith", None),
        ("low", float("nan"), None),
        ("smallest", 12.5, None),
        ("example", "Smith", None),
        ("first", [3, 5], None),
        ("counts", {"flu": 3}, None),
        ("counts", {"auc": 3}, None),
        ("new", 5, None),
        ("new", True, None),
        ("auc", "Smith", None),
        ("total", "Smith", None),
        ("threshold", 0.5, 0.5),
        ("low", "any", None),
        ("shares", {"age": 0.2, "Smith": 0.3, "sex": 0.001}, {"AGE": "20%"}),
        ("unit", "mg/dL", "mg/dL"),
        ("unit", "<b>", None),
    ],
)
def test_one_number(key: str, value: Any, told: Any) -> None:
    assert sieve().through({key: value}).get(key) == told


def test_where_one_count_is_small_nothing_beside_or_inside_is_told() -> None:
    told = sieve().through(
        {"implied": 4, "share": 0.5, "strength": 0.9, "with": [{"column": "age", "auc": 0.7}], "total": 500}
    )
    assert told == {"implied": "fewer than 10", "with": [{"column": "AGE"}], "total": 500}
    assert sieve().through({"percent": 0.5, "ratio": 180.0, "total": 600}) == {"total": 600}


def test_stored_results_are_judged_apart() -> None:
    facts = {"dropped_rows": 3, "metrics": {"after": [{"value": 0.8123, "rows": 500}, {"value": 0.9, "rows": 5}]}}
    told = sieve().through(facts, Place(apart=True))
    assert told == {
        "dropped_rows": "fewer than 10",
        "metrics": {"after": [{"value": 0.812, "rows": 500}, {"rows": "fewer than 10"}]},
    }


def test_at_the_level_of_names_there_are_no_numbers() -> None:
    told = sieve(numbers=False).through(
        {"total": 500, "auc": 0.8, "because": "x", "unit": "mg", "visit_time": "age", "least": 10}
    )
    assert told == {"because": "x", "unit": "mg", "visit_time": "AGE", "least": 10}


def test_what_a_tool_means_by_a_name() -> None:
    assert kind_of("low", "impossible_values") == "plain" and kind_of("low") == "strength"
    assert kind_of("value", "target_proxy") == "level" and kind_of("smallest") == kind_of("anything") == "never"


Json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(0, 1) | st.just("Quibble"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Quibble", "auc", "rows", "share", "x", "metrics"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["rows", "count", "share", "auc", "metrics", "shares", "counts", "Quibble"]), Json)
)
def test_no_text_of_cells_and_no_small_count_leaves_any_shape(facts: Mapping[str, Any]) -> None:
    for key, value in _leaves(sieve().through(facts)):
        assert "Quibble" not in f"{key} {value}"
        if kind_of(key) == "count":
            assert isinstance(value, str) or value == 0 or abs(value) >= 10 or value < 0


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value
