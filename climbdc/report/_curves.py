"""Lines, steps and calibration: pictures with two axes of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from climbdc.report._svg import COLOURS, SERIES, axes_of, numbers, some
from climbdc.report._wording import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["CURVES"]

MOST_POINTS = 400


def _line(data: dict[str, Any]) -> Canvas:
    figure, axes = axes_of(2.3)
    every = max(1, math.ceil(len(some(data["x"])) / MOST_POINTS))
    x = numbers(data["x"][::every])
    for colour, (name, y) in zip(SERIES, data["series"].items(), strict=False):
        axes.plot(x, numbers(y[::every]), color=COLOURS[colour], linewidth=1.5, label=short(name))
    _two_axes(axes, data)
    if len(data["series"]) > 1:
        axes.legend(fontsize=8)
    return figure


def _steps(data: dict[str, Any]) -> Canvas:
    """Each value holds until the next; bands are intervals (Kaplan and Meier 1958)."""
    figure, axes = axes_of(2.6)
    every = max(1, math.ceil(len(some(data["x"])) / MOST_POINTS))
    x = numbers(data["x"][::every])
    some(data["series"])
    for colour, (name, y) in zip(SERIES[1:], data["series"].items(), strict=False):
        axes.step(x, numbers(y[::every]), where="post", color=COLOURS[colour], linewidth=1.5, label=short(name))
        if name in data.get("low", {}):
            low, high = (numbers(data[side][name][::every]) for side in ("low", "high"))
            axes.fill_between(x, low, high, step="post", color=COLOURS[colour], alpha=0.15, linewidth=0)
    axes.set_ylim(bottom=0)
    _two_axes(axes, data)
    if len(data["series"]) > 1:
        axes.legend(fontsize=8)
    return figure


def _calibration(data: dict[str, Any]) -> Canvas:
    """What was predicted against what was seen, a point a group of rows with its interval."""
    figure, axes = axes_of(3.2, 3.4)
    predicted, observed = numbers(some(data["predicted"])), numbers(data["observed"])
    low, high = numbers(data["low"]), numbers(data["high"])
    seen = [value for value in (*predicted, *low, *high) if math.isfinite(value)]
    ends = (min(seen), max(seen))
    axes.plot(ends, ends, color=COLOURS["muted"], linewidth=1, linestyle="--", label="perfect")
    axes.vlines(predicted, low, high, color=COLOURS["after"], linewidth=1.2)
    axes.plot(predicted, observed, color=COLOURS["after"], linewidth=1, marker="o", markersize=4, label="seen")
    _two_axes(axes, {"x_label": "predicted", "y_label": "observed", **data})
    axes.legend(loc="upper left", fontsize=8)
    return figure


def _two_axes(axes: Axes, data: dict[str, Any]) -> None:
    axes.locator_params(nbins=5)
    axes.tick_params(length=2)
    axes.set_xlabel(short(data.get("x_label", ""), 60))
    axes.set_ylabel(short(data.get("y_label", ""), 60))


CURVES: dict[str, Callable[[dict[str, Any]], Canvas]] = {"calibration": _calibration, "line": _line, "steps": _steps}
