"""Each kind of picture, drawn from its data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from climbdc.report._curves import CURVES
from climbdc.report._svg import COLOURS, SERIES, WIDTH, axes_of, numbers, some
from climbdc.report._wording import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["DRAWN", "MOST_BARS", "MOST_COLUMNS", "draw"]

MOST_BARS = 24
MOST_COLUMNS = 40
MOST_ROWS = 250


def draw(kind: str, data: dict[str, Any]) -> Canvas:
    """A figure of one kind.

    Raises:
        KeyError: The kind is not known or its data lack a part.
        ValueError: There is nothing in it to draw.
    """
    return DRAWN[kind](data)


def _bars(data: dict[str, Any]) -> Canvas:
    labels = some(data["labels"])[:MOST_BARS]
    series: dict[str, list[Any]] = data.get("series") or {"": data["values"]}
    figure, axes = axes_of(0.5 + (0.24 if len(series) == 1 else 0.34) * len(labels))
    thick = 0.75 / len(series)
    ranged = "low" in data and len(series) == 1
    highs = numbers(data["high"][: len(labels)]) if ranged else [0.0] * len(labels)
    for turn, (name, values) in enumerate(series.items()):
        at = [place + (turn - (len(series) - 1) / 2) * thick for place in range(len(labels))]
        colour = COLOURS[SERIES[turn] if name else "accent"]
        _bar_row(axes, at, numbers(values[: len(labels)]), highs, thick, colour, name)
    if ranged:
        axes.hlines(range(len(labels)), numbers(data["low"][: len(labels)]), highs, color=COLOURS["ink"], linewidth=1.1)
    if data.get("threshold") is not None:
        axes.axvline(float(data["threshold"]), color=COLOURS["warn"], linewidth=1.2, linestyle="--")
    if len(series) > 1:
        axes.legend(loc="lower right", fontsize=8)
    axes.set_yticks(range(len(labels)), [short(label) for label in labels])
    axes.invert_yaxis()
    axes.margins(x=0.14, y=0.02)
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    axes.xaxis.set_visible(False)
    return figure


def _bar_row(
    axes: Axes, at: list[float], values: list[float], ends: list[float], thick: float, colour: str, name: str
) -> None:
    lengths = [0 if math.isnan(value) else value for value in values]
    axes.barh(at, lengths, height=0.93 * thick, color=colour, label=short(name) or None)
    for place, value, length, end in zip(at, values, lengths, ends, strict=True):
        axes.annotate(
            number(value), (max(length, 0, end), place), xytext=(3, 0), textcoords="offset points", va="center",
            fontsize=8, color=COLOURS["muted"], bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.4},
        )  # fmt: skip


def _stairs(axes: Axes, edges: list[float], counts: list[float], colour: str, label: str | None) -> None:
    filled = [0 if math.isnan(value) else value for value in counts]
    axes.stairs(filled, edges, fill=True, color=COLOURS[colour], alpha=0.3)
    axes.stairs(filled, edges, color=COLOURS[colour], linewidth=1.3, label=label)


def _histogram(data: dict[str, Any]) -> Canvas:
    figure, axes = axes_of(2.1)
    _stairs(axes, numbers(some(data["edges"])), numbers(data["counts"]), "accent", None)
    _rows_axis(axes)
    return figure


def _rows_axis(axes: Axes) -> None:
    axes.set_ylim(bottom=0)
    axes.set_ylabel("rows")
    axes.locator_params(nbins=5)
    axes.tick_params(length=2)


def _compare(data: dict[str, Any]) -> Canvas:
    figure, axes = axes_of(2.3)
    edges = numbers(some(data["edges"]))
    for colour, (name, counts) in zip(SERIES, data["series"].items(), strict=False):
        _stairs(axes, edges, numbers(counts), colour, short(name))
    _rows_axis(axes)
    axes.legend(loc="upper right", fontsize=8)
    return figure


def _heatmap(data: dict[str, Any]) -> Canvas:
    import numpy as np

    labels = some(data["labels"])[:MOST_COLUMNS]
    values = np.array([numbers(row[: len(labels)]) for row in data["values"][: len(labels)]])
    side = min(5.4, 1.6 + 0.27 * len(labels))
    figure, axes = axes_of(side, max(side + 0.4, 3.4))
    most = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    lowest = -most if np.nanmin(values, initial=0.0) < 0 else 0.0
    image = axes.imshow(
        values, cmap="RdBu_r" if lowest else "BuGn", vmin=lowest, vmax=most or 1.0, interpolation="none"
    )
    names = [short(label, 18) for label in labels]
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, ticks=[lowest, most or 1.0])
    bar.ax.tick_params(length=0, labelsize=8)
    bar.outline.set_visible(False)
    return figure


def _missingness(data: dict[str, Any]) -> Canvas:
    """Missingno's matrix (Bilogur 2018, doi:10.21105/joss.00547): a line a row of the file, a gap where it is empty."""
    import missingno
    import numpy as np
    import pandas as pd

    columns = some(data["columns"])[:MOST_COLUMNS]
    rows = some(data["rows"])
    kept = rows[:: max(1, math.ceil(len(rows) / MOST_ROWS))]
    gaps = np.array([[cell == "1" for cell in row[: len(columns)]] for row in kept])
    frame = pd.DataFrame(np.where(gaps, np.nan, 1.0), columns=[short(name, 18) for name in columns])
    figure, axes = axes_of(3.3, min(7.5, max(WIDTH, 1 + 0.27 * len(columns))))
    missingno.matrix(frame, ax=axes, sparkline=False, fontsize=8, color=(0.28, 0.5, 0.55), label_rotation=60)
    axes.set_yticks([])
    axes.tick_params(length=0)
    image = axes.images[0]
    drawn = np.asarray(image.get_array())
    # Gaps let the page shine through, so that they are gaps in the dark, too.
    image.set_data(np.dstack([drawn, np.where(gaps, 0.0, 1.0)]).astype("float32"))
    for grid in axes.lines:
        grid.set_color(COLOURS["line"])
        grid.set_linewidth(0.6)
    return figure


DRAWN: dict[str, Callable[[dict[str, Any]], Canvas]] = {
    "bars": _bars, "rank": _bars, "histogram": _histogram, "compare": _compare,
    "heatmap": _heatmap, "missingness": _missingness, **CURVES,
}  # fmt: skip
