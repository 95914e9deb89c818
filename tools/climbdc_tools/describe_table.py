"""Table 1: who the patients are, in all and by outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from climbdc.data import TEXT
from climbdc.privacy import scan_columns
from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.group_tests import (
    Comparison,
    adjusted,
    compare_categories,
    compare_numbers,
    levels_with_outcome,
    mean_difference,
    number_with_outcome,
    share_difference,
    skewed,
)
from climbdc_tools.outcome import Outcome, groups, outcome

__all__ = ["DescribeTable", "DescribeTableParams"]

SIGNIFICANT = 0.05
_FEW_NUMBERS = 5
_LEVELS = 8
_MOST_LEVELS = 50
_CLASSES = 6
_PLACES = ("date", "place", "postcode")
_CATEGORIES = ("binary", "categorical", "ordinal")

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]


class DescribeTableParams(Params):
    """How many rows and columns the table describes."""

    cap: int = Field(default=20_000, ge=100, description="Most rows that are described; drawn by the seed.")
    most: int = Field(default=80, ge=1, description="Most columns that are described.")


@dataclass(frozen=True)
class _Block:
    """One column of the data as lines of the table."""

    lines: list[list[Any]]
    tested: Comparison
    difference: float | None


@dataclass(frozen=True)
class _Groups:
    """The groups that columns stand beside; none where the outcome is a number or a time."""

    names: tuple[str, ...]
    codes: _Integers
    """Group of each row, -1 where the outcome is not known."""
    outcome: Outcome | None


@inspect(addresses=("structure/column-meaning", "structure/unreadable-file", "structure/multiple-files"), cost="slow")
class DescribeTable(Inspection[DescribeTableParams]):
    """Describe the patients in numbers, in all and by outcome, with a test suited to each column."""

    says: ClassVar[dict[str, str]] = {
        "by-outcome": "{features} columns of {n} rows, described by {target}: {affected} differ with it "
        "(p below 0.05 after adjusting for {tests} tests). That describes the patients; it does not choose features.",
        "overall": "{features} columns of {n} rows are described; nothing is compared{because}.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding with the table."""
        if data.train.empty or not data.features:
            return NotApplicable("There are no rows or no columns to describe.")
        sample = data.sample(self.params.cap)
        beside = _beside(sample)
        repeated = groups(sample) is not None
        names = sample.features[: self.params.most]
        withheld = _naming(sample, names)
        blocks = {name: _block(sample, name, beside, not repeated, name in withheld) for name in names}
        p_adjusted = adjusted([block.tested for block in blocks.values()])
        table = _table(sample, beside, blocks, p_adjusted)
        evidence: dict[str, Any] = {"n": len(sample.train), "N": len(data.train), "features": len(names)}
        tests = sum(p is not None for p in p_adjusted)
        if not tests:
            because = ": a patient has several rows, and tests need one each" if repeated else ""
            return [Finding("overall", "info", evidence={**evidence, "because": because}, figures=(table,))]
        roles = data.roles
        told = {
            "target": roles.target or roles.event or "", "tests": tests,
            "affected": sum(p is not None and p < SIGNIFICANT for p in p_adjusted),
        }  # fmt: skip
        return [Finding("by-outcome", "info", evidence={**evidence, **told}, figures=(table,))]


def _beside(data: Dataset) -> _Groups:
    target = outcome(data)
    codes = np.full(len(data.train), -1, dtype="int64")
    if target is None or target.kind in {"numeric", "survival"} or len(target.classes) > _CLASSES:
        return _Groups((), codes, target if target is not None and target.kind in {"numeric", "survival"} else None)
    codes[target.known] = target.values
    return _Groups(target.classes, codes, target)


def _naming(data: Dataset, names: list[str]) -> set[str]:
    """Columns of text whose values name persons: a report does not list them, even where they are kept."""
    texts = data.train[[name for name in names if data.train[name].dtype == TEXT]]
    return {
        one.column
        for one in scan_columns(texts, data.dictionary, data.roles, seed=data.seed)
        if one.kind not in _PLACES
    }


def _block(data: Dataset, name: str, beside: _Groups, test: bool, withheld: bool) -> _Block:
    values = data.train[name]
    if values.dtype.kind == "M":
        return _dates(name, values, beside)
    distinct = values.nunique()
    category = values.dtype == TEXT or distinct <= _FEW_NUMBERS or data.column(name).type in _CATEGORIES
    if category and (distinct > _MOST_LEVELS or withheld):
        line = [name, _missing(values), f"{distinct:,} different values", *("" for _ in beside.names)]
        return _Block([line], Comparison(None, ""), None)
    return _category(name, values, beside, test) if category else _number(name, values, beside, test)


def _number(name: str, values: pd.Series[Any], beside: _Groups, test: bool) -> _Block:
    numbers = values.to_numpy(dtype="float64")
    known = numbers[np.isfinite(numbers)]
    ranks = skewed(known)
    parts = [numbers[(beside.codes == code) & np.isfinite(numbers)] for code in range(len(beside.names))]
    label = f"{name}, {'median (quartiles)' if ranks else 'mean (SD)'}"
    line = [label, _missing(values), *(_centre(part, ranks) for part in [known, *parts])]
    difference = mean_difference(parts[0], parts[1]) if len(parts) == 2 else None
    if not test:
        return _Block([line], Comparison(None, ""), difference)
    if parts:
        return _Block([line], compare_numbers(parts, ranks=ranks), difference)
    return _Block([line], number_with_outcome(numbers, beside.outcome), None)


def _category(name: str, values: pd.Series[Any], beside: _Groups, test: bool) -> _Block:
    codes, levels = pd.factorize(values, sort=True)
    shown = [f"{level:g}" if isinstance(level, float) else str(level) for level in levels]
    counts = _counted(codes, beside.codes, len(shown), len(beside.names))
    alone = np.bincount(codes[codes >= 0], minlength=len(shown))
    difference = share_difference(counts[:, 0], counts[:, 1]) if len(beside.names) == 2 else None
    tested = Comparison(None, "")
    if test:
        tested = compare_categories(counts) if beside.names else levels_with_outcome(codes, beside.outcome)
    lines = _category_lines(name, values, shown, alone, counts)
    return _Block(lines, tested, difference)


def _category_lines(
    name: str, values: pd.Series[Any], shown: list[str], alone: _Integers, counts: _Integers
) -> list[list[Any]]:
    """One line where there are two levels, else one a level; rare ones together."""
    if len(shown) == 2:
        told = _shares(alone, counts, 1)
        return [[f"{name} = {shown[1]}, n (%)", _missing(values), *told]]
    order = np.argsort(-alone, kind="stable")
    lines: list[list[Any]] = [[f"{name}, n (%)", _missing(values), "", *("" for _ in range(counts.shape[1]))]]
    for level in order[:_LEVELS]:
        lines.append([f"  {shown[level]}", "", *_shares(alone, counts, int(level))])
    rest = order[_LEVELS:]
    if len(rest):
        both = np.column_stack([alone, counts]) if counts.shape[1] else alone[:, None]
        sums = both[rest].sum(axis=0)
        told = [_share(int(one), int(all_)) for one, all_ in zip(sums, both.sum(axis=0), strict=True)]
        lines.append([f"  {len(rest)} others", "", *told])
    return lines


def _dates(name: str, values: pd.Series[Any], beside: _Groups) -> _Block:
    known = values.dropna().dt.year.to_numpy(dtype="float64")
    told = f"{np.quantile(known, 0.05):.0f} to {np.quantile(known, 0.95):.0f}" if len(known) else ""
    line = [f"{name}, years (5 to 95 %)", _missing(values), told, *("" for _ in beside.names)]
    return _Block([line], Comparison(None, ""), None)


def _counted(codes: _Integers, groups_: _Integers, levels: int, columns: int) -> _Integers:
    known = (codes >= 0) & (groups_ >= 0)
    flat = np.bincount(codes[known] * max(columns, 1) + groups_[known], minlength=levels * columns)
    return flat.reshape(levels, columns).astype("int64") if columns else np.zeros((levels, 0), dtype="int64")


def _shares(alone: _Integers, counts: _Integers, level: int) -> list[str]:
    told = [_share(int(alone[level]), int(alone.sum()))]
    return told + [_share(int(counts[level, g]), int(counts[:, g].sum())) for g in range(counts.shape[1])]


def _share(count: int, total: int) -> str:
    return f"{count:,} ({100 * count / total:.1f})" if total else "0"


def _centre(numbers: _Floats, ranks: bool) -> str:
    if not len(numbers):
        return ""
    if ranks:
        low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75])
        return f"{_figures(middle)} ({_figures(low)} to {_figures(high)})"
    mean = _figures(float(numbers.mean()))
    return f"{mean} ({_figures(float(numbers.std(ddof=1)))})" if len(numbers) > 1 else mean


def _figures(number: float) -> str:
    """A number with as many figures as a reader needs.

    >>> _figures(25024.4), _figures(13.4567), _figures(0.00123)
    ('25,024', '13.5', '0.00123')
    """
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _missing(values: pd.Series[Any]) -> str:
    gaps = int(values.isna().sum())
    return f"{gaps:,} ({100 * gaps / len(values):.1f})" if gaps else "0"


def _table(data: Dataset, beside: _Groups, blocks: dict[str, _Block], p_adjusted: list[float | None]) -> Figure:
    """The lines under their headings."""
    sizes = [int((beside.codes == code).sum()) for code in range(len(beside.names))]
    target = data.roles.target or data.roles.event
    heads = [f"{target} {name} (n = {size:,})" for name, size in zip(beside.names, sizes, strict=True)]
    compared = any(block.tested.test for block in blocks.values())
    two = len(beside.names) == 2
    columns = ["", "missing, n (%)", f"all (n = {len(data.train):,})", *heads]
    columns += [*(["difference (SMD)"] if two else []), *(["p", "p adjusted", "test"] if compared else [])]
    rows: list[list[Any]] = []
    for block, p in zip(blocks.values(), p_adjusted, strict=True):
        tail: list[Any] = [_rounded(block.difference)] if two else []
        tail += [_chance(block.tested.p), _chance(p), block.tested.test] if compared else []
        first, *others = block.lines
        rows += [[*first, *tail], *([*line, *("" for _ in tail)] for line in others)]
    return Figure(kind="table", title="The patients in numbers", data={"columns": columns, "rows": rows})


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _chance(p: float | None) -> str:
    return "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"
