"""How the values of a column are spread, now and at first, as numbers that a template can draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from climbdc.data import TEXT
from climbdc_ui.panels._grid import cell_text

__all__ = ["Bar", "Picture", "picture"]

BINS = 24
MOST_BARS = 10
MOST_DISTINCT = 12
LABEL = 60
TAIL = 0.002
FAR = 0.5


@dataclass(frozen=True)
class Bar:
    """One value, or one stretch of values.

    Args:
        label: The value, or the stretch in words.
        now: How many cells there are now.
        before: How many there were at first; None where there is nothing to compare with.
        share: Length now, 0 to 1 of the longest.
        share_before: Length at first.
        here: Whether the value that is looked at lies in it.
    """

    label: str
    now: int
    before: int | None
    share: float
    share_before: float
    here: bool = False


@dataclass(frozen=True)
class Picture:
    """Bars of values, or a histogram from `low` to `high`; `mark` is the place of a value in it, 0 to 1."""

    kind: str
    bars: tuple[Bar, ...]
    others: int = 0
    others_before: int | None = None
    low: str = ""
    high: str = ""
    extent: tuple[float, float] = (0.0, 1.0)
    mark: float | None = None

    def at(self, value: Any, times: int) -> Picture:
        """The same with the place of a value shown, which stands in so many cells."""
        if value is None or pd.isna(value):
            return self
        if self.kind == "histogram":
            low, high = self.extent
            return replace(self, mark=min(1.0, max(0.0, (_number(value) - low) / (high - low))))
        label = (cell_text(value) or "")[:LABEL]
        bars = tuple(replace(bar, here=bar.label == label) for bar in self.bars)
        if not any(bar.here for bar in bars):
            most = max([1, *(bar.now for bar in bars)])
            bars = (*bars, _bar(label, times, None, most, True))
        return replace(self, bars=bars)

    @property
    def told(self) -> str:
        """What it shows, for those who do not see it."""
        if self.kind == "histogram":
            tallest = max(self.bars, key=lambda bar: bar.now)
            return f"Histogram from {self.low} to {self.high}; most values lie in {tallest.label}."
        return "; ".join(f"{bar.label}: {bar.now:,}" for bar in self.bars)

    @property
    def compares(self) -> bool:
        """Whether there is something to compare with that differs."""
        return any(bar.before is not None and bar.before != bar.now for bar in self.bars)


def picture(now: pd.Series[Any], before: pd.Series[Any] | None = None, *, whole: bool = False) -> Picture | None:
    """How values are spread.

    Args:
        now: The column.
        before: The same rows at first; None where there was no such column.
        whole: From the smallest to the largest; else the last bars hold the few values beyond.

    Returns:
        None where there is no value.
    """
    if before is not None and not _alike(now, before):
        before = None
    known = now.dropna()
    if not len(known) and (before is None or not before.notna().any()):
        return None
    if now.dtype != TEXT and known.nunique() > MOST_DISTINCT:
        return _histogram(known, None if before is None else before.dropna(), whole)
    return _bars(known, None if before is None else before.dropna())


def _alike(now: pd.Series[Any], before: pd.Series[Any]) -> bool:
    """Whether two columns hold the same kind of thing."""
    kinds = [column.dtype == TEXT for column in (now, before)], [column.dtype.kind == "M" for column in (now, before)]
    return all(first == second for first, second in kinds)


def _bars(now: pd.Series[Any], before: pd.Series[Any] | None) -> Picture:
    counts = now.value_counts()
    old = None if before is None else before.value_counts()
    order = sorted(counts.index, key=lambda item: (-counts[item], str(item)))[:MOST_BARS]
    if old is not None:
        gone = [item for item in old.index if item not in counts.index]
        order += gone[: max(0, MOST_BARS - len(order))]
    if now.dtype != TEXT:
        order = sorted(order)
    most = max([1, *(int(counts.get(item, 0)) for item in order), *([] if old is None else [int(old.max())])])
    bars = tuple(
        _bar(cell_text(item) or "", counts.get(item, 0), None if old is None else old.get(item, 0), most)
        for item in order
    )
    rest = len(now) - sum(bar.now for bar in bars)
    return Picture("bars", bars, rest, None if before is None else len(before) - sum(bar.before or 0 for bar in bars))


def _bar(label: str, now: Any, before: Any, most: int, here: bool = False) -> Bar:
    told = None if before is None else int(before)
    return Bar(label[:LABEL], int(now), told, int(now) / most, (told or 0) / most, here)


def _histogram(now: pd.Series[Any], before: pd.Series[Any] | None, whole: bool) -> Picture:
    numbers, old = _numbers(now), None if before is None or not len(before) else _numbers(before)
    every = numbers if old is None else np.concatenate([numbers, old])
    least, largest = float(every.min()), float(every.max())
    low, high = (least, largest) if whole else _usual(every)
    edges = np.linspace(low, high, BINS + 1)
    counts = _counts(numbers, edges)
    counts_before = None if old is None else _counts(old, edges)
    most = int(max(counts.max(), 0 if counts_before is None else counts_before.max()))
    dates = now.dtype.kind == "M"
    texts = [_edge(edge, dates) for edge in edges]
    bars = tuple(
        _bar(f"{texts[n]} to {texts[n + 1]}", counts[n], None if counts_before is None else counts_before[n], most)
        for n in range(BINS)
    )
    ends = (texts[0] if low == least else f"{texts[0]} or less, down to {_edge(least, dates)}",
            texts[-1] if high == largest else f"{texts[-1]} or more, up to {_edge(largest, dates)}")  # fmt: skip
    return Picture("histogram", bars, low=ends[0], high=ends[1], extent=(low, high))


def _usual(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """The range without the few values that would squeeze all others into one bar.

    >>> _usual(np.append(np.arange(2000.0), 1e9))
    (0.0, 1996.0)
    """
    low, high = (float(value) for value in np.quantile(values, [TAIL, 1 - TAIL], method="nearest"))
    least, largest = float(values.min()), float(values.max())
    wide = max(high - low, 1e-300)
    return (low if (low - least) > FAR * wide else least), (high if (largest - high) > FAR * wide else largest)


def _counts(
    values: np.ndarray[Any, np.dtype[np.float64]], edges: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype("int64")


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = column.to_numpy()
    return (values.astype("datetime64[us]").astype("int64") if values.dtype.kind == "M" else values).astype("float64")


def _number(value: Any) -> float:
    return float(np.datetime64(value, "us").astype("int64")) if isinstance(value, pd.Timestamp) else float(value)


def _edge(edge: float, dates: bool) -> str:
    return str(np.datetime64(int(edge), "us").astype("datetime64[D]")) if dates else f"{edge:.4g}"
