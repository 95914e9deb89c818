"""What a change does, as its card shows it: size, values before and after, who is touched, the effect, the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from climbdc.plan import Grain, grain
from climbdc.registry import registry
from climbdc_ui.chat._drawing import Band, Picture, band, picture
from climbdc_ui.chat._wording import count, sizes, words

__all__ = ["Change", "Effect", "Row", "change_of", "left_out", "rows_of"]

PLAIN_ROWS = 8
PLAIN_PICTURES = 2
MOST_TICKS = 200
"""Rows the card shows; what it does not show cannot be unticked."""


@dataclass(frozen=True)
class Row:
    """One value before and after, or one column, with its tick.

    Args:
        number: Its place among all; what the tick says.
        column: The column.
        before: The value as it stood; None where the whole column is meant.
        after: The value as it would be.
        times: In how many cells.
        tick: Whether it can be left out.
        on: Whether it is ticked.
    """

    number: int
    column: str
    before: str | None
    after: str
    times: int
    tick: bool
    on: bool


@dataclass(frozen=True)
class Effect:
    """What the change does to a measure of the quick model."""

    name: str
    means: str
    before: str
    after: str
    change: str
    low: str
    high: str
    verdict: str
    rows: int
    band: Band
    expected: bool = False
    """Whether a model must do worse: it loses what it could not have known."""

    @property
    def sentence(self) -> str:
        """The effect in plain words."""
        if self.verdict == "same":
            return f"A quick model does neither better nor worse: no clear difference in {self.name}."
        return f"A quick model does clearly {self.verdict}: {self.name}."


@dataclass(frozen=True)
class Change:
    """Everything a change card shows beside the question."""

    sizes: tuple[str, ...]
    rows: tuple[Row, ...]
    more_rows: tuple[Row, ...]
    ticks: bool
    by_column: tuple[tuple[str, int], ...]
    pictures: tuple[Picture, ...]
    more_pictures: tuple[Picture, ...]
    left_out: int
    effects: tuple[Effect, ...]
    losses: tuple[dict[str, Any], ...]
    touched: tuple[dict[str, Any], ...]
    checks: tuple[dict[str, Any], ...]
    params: str
    added: tuple[str, ...]
    dropped: tuple[str, ...]


def change_of(detail: Mapping[str, Any], off: frozenset[int] = frozenset()) -> Change:
    """A change from the checkpoint's detail.

    Args:
        detail: As stored.
        off: Numbers of the rows that are not ticked.
    """
    step = detail["step"]
    rows = rows_of(detail, off)
    told = detail.get("distributions") or {"columns": [], "left_out": 0}
    pictures = tuple(picture(each) for each in told["columns"])
    leak = str((detail.get("challenge") or {}).get("id", "")).startswith("leakage/")
    groups = [_group(each) for each in (detail.get("by_outcome") or [])]
    others = [_group(each) for each in (detail.get("subgroups") or [])]
    return Change(
        sizes=sizes(detail.get("counts") or {}, step["tool"]),
        rows=rows[:PLAIN_ROWS],
        more_rows=rows[PLAIN_ROWS:],
        ticks=any(row.tick for row in rows),
        by_column=tuple((detail.get("by_column") or {}).items()),
        pictures=pictures[:PLAIN_PICTURES],
        more_pictures=pictures[PLAIN_PICTURES:],
        left_out=told["left_out"],
        effects=tuple(_effect(each, leak=leak) for each in detail.get("effect") or ()),
        losses=tuple(each for each in [*groups, *others] if _lost(detail)),
        touched=(*groups, *others),
        checks=tuple(
            {**each, "text": words()["checks"].get(each["name"], each["name"])} for each in detail["invariants"]
        )
        if "invariants" in detail
        else (),
        params=yaml.safe_dump(step["params"], sort_keys=False, allow_unicode=True) if step["params"] else "",
        added=tuple(detail.get("added_columns") or ()),
        dropped=tuple(detail.get("dropped_columns") or ()),
    )


def _lost(detail: Mapping[str, Any]) -> bool:
    return bool((detail.get("counts") or {}).get("dropped_rows"))


def _group(item: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of a group with the shares that are dropped and changed."""
    rows = item["rows"] or 1
    return {**item, "dropped_share": item["dropped"] / rows, "changed_share": item["changed"] / rows}


def grain_of(detail: Mapping[str, Any]) -> Grain:
    """What can be left out of the step."""
    step = detail["step"]
    tools = registry()
    return grain(tools[step["tool"]].spec.schema, step["params"]) if step["tool"] in tools else ""


def rows_of(detail: Mapping[str, Any], off: frozenset[int] = frozenset()) -> tuple[Row, ...]:
    """The changes of a value, most frequent first; one a column where only whole columns can be left out."""
    fine = grain_of(detail)
    mappings = detail.get("mappings") or []
    if fine == "column":
        return tuple(_columns(detail, off))
    rows = [
        Row(
            number,
            each["column"],
            str(each["before"]),
            str(each["after"]),
            each["count"],
            bool(fine) and number < MOST_TICKS,
            number not in off,
        )
        for number, each in enumerate(mappings)
    ]
    return tuple(rows)


def _columns(detail: Mapping[str, Any], off: frozenset[int]) -> list[Row]:
    """A row for each column that is changed or goes."""
    cells: Mapping[str, int] = detail.get("by_column") or {}
    gone = [name for name in detail.get("dropped_columns") or () if name not in cells]
    rows = []
    for number, name in enumerate([*cells, *gone]):
        after = f"{count(cells[name], 'cell')} changed" if name in cells else _after_drop(detail)
        rows.append(Row(number, name, None, after, cells.get(name, 0), number < MOST_TICKS, number not in off))
    return rows


def _after_drop(detail: Mapping[str, Any]) -> str:
    return "becomes new columns" if detail.get("added_columns") else "is left out"


def left_out(detail: Mapping[str, Any], kept: frozenset[int]) -> list[tuple[str, str | None]]:
    """Column and value of the rows that can be left out and are not ticked."""
    return [(row.column, row.before) for row in rows_of(detail) if row.tick and row.number not in kept]


def _signed(number: float) -> str:
    """A change with its sign; one that is nothing to three digits has none.

    >>> _signed(0.0123), _signed(-0.0001)
    ('+0.012', '0.000')
    """
    return f"{number:+.3f}" if abs(number) >= 0.0005 else "0.000"


def _effect(item: Mapping[str, Any], *, leak: bool = False) -> Effect:
    told = words()["metrics"].get(item["metric"], {"name": item["metric"].replace("_", " "), "means": ""})
    sign = 1 if item["better"] == "higher" else -1
    clear = item["low"] > 0 or item["high"] < 0
    verdict = "same" if not clear else "better" if item["change"] * sign > 0 else "worse"
    return Effect(
        name=told["name"], means=told["means"], before=f"{item['before']:.3f}", after=f"{item['after']:.3f}",
        change=_signed(item["change"]), low=_signed(item["low"]), high=_signed(item["high"]), verdict=verdict,
        rows=item["rows"], band=band(item), expected=verdict == "worse" and leak,
    )  # fmt: skip
