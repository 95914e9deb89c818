"""Pictures as shapes for a template: light enough to be drawn at every look, in the page's own colours.

The report draws with matplotlib, which takes some 40 ms a picture and has settings that threads share; here a picture
is a list of lengths and paths in percent, and the same numbers as a table for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from climbdc_ui.panels._curves import CURVES
from climbdc_ui.panels._shape import SERIES, Drawing, middle_of, names_of, number_of
from climbdc_ui.panels._words import counted, figure, listed, short

__all__ = ["Drawing", "draw"]

MOST_BARS = 24
MOST_CELLS = 20
MOST_ROWS = 60


def draw(kind: str, data: Mapping[str, Any], title: str) -> Drawing | None:
    """A picture of one of the kinds of `climbdc.sdk.Figure`; None where the data do not hold together.

    >>> draw("bars", {"labels": ["a", "b"], "values": [1, 3]}, "Rows").bars[0]
    ('a', (('accent', 33.33, '1'),))
    >>> draw("bars", {"labels": ["a"]}, "Rows") is None
    True
    """
    try:
        return DRAWN[kind](data, title)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        # A tool's figure that does not hold together must not cost the others.
        return None


def _bars(data: Mapping[str, Any], title: str) -> Drawing:
    labels = [short(label, 60) for label in data["labels"]]
    series: Mapping[str, Any] = data.get("series") or {"": data["values"]}
    sizes = [[value if value is None else number_of(value) for value in values] for values in series.values()]
    most = max((abs(size) for values in sizes for size in values if size is not None), default=0.0) or 1.0
    share = "share" in title.casefold() and most <= 1
    most = 1.0 if share else most
    absent: Sequence[str] = data.get("absent") or ["–"] * len(sizes)

    def bar(turn: int, place: int) -> tuple[str, float, str]:
        size = sizes[turn][place]
        name = "accent" if len(sizes) == 1 else SERIES[turn]
        said = absent[turn] if size is None else figure(size, share=share)
        if "low" in data and len(sizes) == 1:
            said += f" ({figure(data['low'][place], share=share)} to {figure(data['high'][place], share=share)})"
        return name, round(100 * abs(size or 0.0) / most, 2), said

    told = [(label, tuple(bar(turn, place) for turn in range(len(sizes)))) for place, label in enumerate(labels)]
    said = [f"{label} {bars[-1][2]}" for label, bars in told]
    threshold = data.get("threshold")
    return Drawing(
        shape="bars",
        words=f"{short(title)}: {listed(said, 5)}",
        bars=tuple(told[:MOST_BARS]),
        mark=None if threshold is None else round(100 * number_of(threshold) / most, 2),
        names=names_of(series),
        head=("", *(short(name) or "Value" for name in series)),
        rows=tuple((label, *(text for _, _, text in bars)) for label, bars in told[:MOST_ROWS]),
        note=_cut(len(labels), MOST_BARS),
    )


def _cut(size: int, most: int) -> str:
    return f"The first {most} of {size:,} are drawn." if size > most else ""


def _histogram(data: Mapping[str, Any], title: str) -> Drawing:
    return _areas(data["edges"], {"": data["counts"]}, title)


def _compare(data: Mapping[str, Any], title: str) -> Drawing:
    return _areas(data["edges"], data["series"], title)


def _areas(told_edges: Sequence[Any], series: Mapping[str, Sequence[Any]], title: str) -> Drawing:
    """Counts between edges as areas."""
    edges = [number_of(edge) for edge in told_edges]
    low, high = edges[0], edges[-1]
    sizes = [[number_of(size) for size in counts] for counts in series.values()]
    if len(edges) < 2 or any(len(counts) != len(edges) - 1 for counts in sizes):
        raise ValueError("There is one edge more than there are counts.")
    most = max(max(counts) for counts in sizes) or 1.0
    names = ["accent"] if len(sizes) == 1 else list(SERIES)
    rows = [
        (f"{_edge(edges[n])} to {_edge(edges[n + 1])}", *(figure(counts[n]) for counts in sizes))
        for n in range(len(edges) - 1)
    ]
    return Drawing(
        shape="plot",
        words=f"{short(title)}: how many rows have which value, from {figure(low)} to {figure(high)}",
        paths=tuple((f"area {name}", _steps(edges, counts, most)) for name, counts in zip(names, sizes, strict=False)),
        ticks=(figure(low), figure(middle_of(low, high)), figure(high)),
        top=counted(int(most), "row"),
        names=names_of(series),
        head=("Values", *(short(name) or "Rows" for name in series)),
        rows=tuple(rows[:MOST_ROWS]),
    )


def _edge(value: float) -> str:
    """A border between bins, as exact as a person needs it.

    >>> _edge(8.333333), _edge(1234.0), _edge(0.0123456)
    ('8.333', '1,234', '0.0123')
    """
    return figure(float(f"{value:.4g}"))


def _steps(edges: Sequence[float], counts: Sequence[float], most: float) -> str:
    width = (edges[-1] - edges[0]) or 1.0
    at = [round(100 * (edge - edges[0]) / width, 2) for edge in edges]
    tops = [round(100 - 100 * size / most, 2) for size in counts]
    return f"M{at[0]} 100" + "".join(f"V{top}H{right}" for top, right in zip(tops, at[1:], strict=True)) + "V100Z"


def _heatmap(data: Mapping[str, Any], title: str) -> Drawing:
    labels = [short(label, 24) for label in data["labels"]]
    shown = labels[:MOST_CELLS]
    values = [[number_of(value) for value in row[: len(shown)]] for row in data["values"][: len(shown)]]
    most = max((abs(value) for row in values for value in row), default=0.0) or 1.0

    def cell(value: float) -> tuple[str, float, str]:
        return "less" if value < 0 else "plus", round(abs(value) / most, 2), figure(round(value, 2))

    return Drawing(
        shape="grid",
        words=f"{short(title)}: {listed(shown, 5)}",
        grid=tuple((label, tuple(map(cell, row))) for label, row in zip(shown, values, strict=True)),
        note=_cut(len(labels), MOST_CELLS),
    )


def _missingness(data: Mapping[str, Any], title: str) -> Drawing:
    """A strip for each column, from the first row of the file to the last; marks are gaps."""
    rows: Sequence[str] = data["rows"]
    if not rows:
        raise ValueError("There is no row.")
    told = []
    for place, name in enumerate(data["columns"]):
        gaps = [row[place] == "1" for row in rows]
        told.append((short(name, 60), _runs(gaps), figure(sum(gaps) / len(gaps), share=True)))
    return Drawing(
        shape="strips",
        words=f"{short(title)}: {listed([f'{name} {share}' for name, _, share in told], 5)}",
        strips=tuple(told[:MOST_BARS]),
        width=len(rows),
        ticks=("first row", "last row"),
        head=("Column", "Missing"),
        rows=tuple((name, share) for name, _, share in told[:MOST_ROWS]),
        note=_cut(len(told), MOST_BARS),
    )


def _runs(gaps: Sequence[bool]) -> str:
    at, path = 0, []
    for gap, run in groupby(gaps):
        size = len(list(run))
        if gap:
            path.append(f"M{at} 0h{size}v1h-{size}z")
        at += size
    return "".join(path)


def _table(data: Mapping[str, Any], title: str) -> Drawing:
    """A figure that is a table: it is shown as it is."""
    columns = [short(name, 60) for name in data["columns"]]
    rows = [tuple("–" if cell is None else short(figure(cell), 80) for cell in row) for row in data["rows"]]
    if not rows or any(len(row) != len(columns) for row in rows):
        raise ValueError("A row is as wide as the head.")
    return Drawing(
        shape="table", words=f"{short(title)}: {counted(len(rows), 'row')}", head=tuple(columns),
        rows=tuple(rows[:MOST_ROWS]), note=_cut(len(rows), MOST_ROWS),
    )  # fmt: skip


DRAWN: dict[str, Callable[[Mapping[str, Any], str], Drawing]] = {
    "bars": _bars, "rank": _bars, "histogram": _histogram, "compare": _compare, "heatmap": _heatmap,
    "missingness": _missingness, "table": _table, **CURVES,
}  # fmt: skip
