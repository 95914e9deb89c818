"""Lines, steps and calibration as paths in a box of 100 by 100."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from climbdc_ui.panels._shape import SERIES, Drawing, middle_of, names_of, number_of
from climbdc_ui.panels._words import figure, listed, short

__all__ = ["CURVES"]

MOST_POINTS = 300
MOST_ROWS = 60


@dataclass(frozen=True)
class _Box:
    """The ranges of both axes."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> str:
        return f"{100 * (value - self.left) / ((self.right - self.left) or 1.0):.2f}"

    def y(self, value: float) -> str:
        return f"{100 - 100 * (value - self.bottom) / ((self.top - self.bottom) or 1.0):.2f}"


def _line(data: Mapping[str, Any], title: str) -> Drawing:
    x, series = _sampled(data)
    box = _around(x, series)

    def path(values: Sequence[float]) -> str:
        return "M" + "L".join(f"{box.x(a)} {box.y(b)}" for a, b in zip(x, values, strict=True))

    paths = [(f"line {name}", path(values)) for name, values in zip(_classes(series), series.values(), strict=False)]
    return _plot(data, title, box, paths, x, series)


def _steps(data: Mapping[str, Any], title: str) -> Drawing:
    """Each value holds until the next; bands are intervals."""
    x, series = _sampled(data)
    box = _around(x, series)
    paths = []
    for colour, (name, values) in zip(_classes(series), series.items(), strict=False):
        if name in data.get("low", {}):
            low, high = (_some(data[side][name]) for side in ("low", "high"))
            back = _stairs(box, x, low, backwards=True)
            paths.append((f"area {colour}", f"M{_stairs(box, x, high)}L{back}Z"))
        paths.append((f"line {colour}", f"M{_stairs(box, x, values)}"))
    return _plot(data, title, box, paths, x, series)


def _stairs(box: _Box, x: Sequence[float], y: Sequence[float], *, backwards: bool = False) -> str:
    places = [(x[0], y[0])]
    for place in range(1, len(x)):
        places += [(x[place], y[place - 1]), (x[place], y[place])]
    return "L".join(f"{box.x(a)} {box.y(b)}" for a, b in (reversed(places) if backwards else places))


def _sampled(data: Mapping[str, Any]) -> tuple[list[float], dict[str, list[float]]]:
    return _some(data["x"]), {name: _some(values) for name, values in data["series"].items()}


def _some(values: Sequence[Any]) -> list[float]:
    return [number_of(value) for value in values[:: max(1, math.ceil(len(values) / MOST_POINTS))]]


def _around(x: Sequence[float], series: Mapping[str, Sequence[float]]) -> _Box:
    bottom = min(0.0, *(min(values) for values in series.values()))
    return _Box(min(x), max(x), bottom, max(max(values) for values in series.values()))


def _classes(series: Mapping[str, Any]) -> list[str]:
    return ["accent"] if len(series) == 1 else list(SERIES)


def _plot(
    data: Mapping[str, Any], title: str, box: _Box, paths: list[tuple[str, str]], x: list[float],
    series: Mapping[str, list[float]],
) -> Drawing:  # fmt: skip
    low, high = box.left, box.right
    rows = zip(map(figure, x), *(map(figure, values) for values in series.values()), strict=True)
    across = f" {short(data['x_label'])}" if data.get("x_label") else ""
    return Drawing(
        shape="plot",
        words=f"{short(title)}: {listed(list(map(short, series)))} from {figure(low)} to {figure(high)}{across}",
        paths=tuple(paths),
        ticks=(figure(low), figure(middle_of(low, high)), f"{figure(high)}{across}"),
        top=" ".join(text for text in (figure(float(f"{box.top:.4g}")), short(data.get("y_label", ""))) if text),
        names=names_of(series),
        head=(short(data.get("x_label", "")), *map(short, series)),
        rows=tuple(rows)[:MOST_ROWS],
    )


def _calibration(data: Mapping[str, Any], title: str) -> Drawing:
    """A dot a group of rows with its interval, beside the diagonal on which the two agree."""
    told = {name: [number_of(value) for value in data[name]] for name in ("predicted", "observed", "low", "high")}
    predicted, observed, low, high = told.values()
    sizes = [int(number_of(size)) for size in data["counts"]]
    every = [*predicted, *observed, *low, *high]
    box = _Box(min(every), max(every), min(every), max(every))
    spans = zip(predicted, low, high, strict=True)
    bars = "".join(f"M{box.x(at)} {box.y(first)}V{box.y(last)}" for at, first, last in spans)
    dots = "".join(f"M{box.x(at)} {box.y(seen)}h0.01" for at, seen in zip(predicted, observed, strict=True))
    numbers = zip(sizes, predicted, observed, low, high, strict=True)
    rows = [
        (figure(round(a, 4)), figure(round(b, 4)), f"{figure(round(c, 4))} to {figure(round(d, 4))}", figure(size))
        for size, a, b, c, d in numbers
    ]
    across = short(data.get("x_label", "predicted"))
    up = short(data.get("y_label", "observed"))
    return Drawing(
        shape="plot",
        words=f"{short(title)}: predicted and observed {listed([f'{row[0]} {row[1]}' for row in rows], 12)}",
        paths=(("line before", "M0 100L100 0"), ("line accent", bars), ("line accent dots", dots)),
        ticks=(figure(box.left), figure(middle_of(box.left, box.right)), f"{figure(box.right)} {across}"),
        top=f"{figure(float(f'{box.top:.4g}'))} {up}",
        names=(("before", "perfect agreement"), ("after", "seen, with its interval")),
        head=(across, up, "95 % interval", "rows"),
        rows=tuple(rows[:MOST_ROWS]),
    )


CURVES: dict[str, Callable[[Mapping[str, Any], str], Drawing]] = {
    "calibration": _calibration, "line": _line, "steps": _steps,
}  # fmt: skip
