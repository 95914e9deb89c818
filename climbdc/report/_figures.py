"""Pictures for the page: drawn once, described in words, kept within a budget of bytes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from climbdc.report._drawing import MOST_BARS, MOST_COLUMNS, draw
from climbdc.report._parts import Distribution
from climbdc.report._svg import inline_svg, style
from climbdc.report._wording import listed, number, short
from climbdc.sdk import Figure

__all__ = ["Picture", "Pictures"]

LARGEST = 150_000
BUDGET = 1_800_000
MOST = 60
MOST_TABLE_ROWS = 40


@dataclass(frozen=True)
class Picture:
    """A drawn figure or a table, its caption, and what it leaves out."""

    svg: Markup
    caption: str
    note: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass
class Pictures:
    """Draws until the budget of one page is spent; says how many were left out."""

    left_out: int = 0
    _drawn: int = 0
    _bytes: int = 0
    _ready: dict[str, Picture | None] = field(default_factory=dict)

    def of(self, name: str, figure: Figure) -> Picture | None:
        """The picture of a figure, or None where it cannot be drawn or the page is full."""
        if name not in self._ready:
            self._ready[name] = self._draw(name, figure)
        return self._ready[name]

    def distribution(self, name: str, column: Distribution) -> list[Picture]:
        """A column before and after, in one picture where the bins agree and in two where they do not."""
        pictures = [self.of(f"{name}-{at}", figure) for at, figure in enumerate(_figures(column))]
        return [picture for picture in pictures if picture is not None]

    def _draw(self, name: str, figure: Figure) -> Picture | None:
        if self._drawn >= MOST or self._bytes >= BUDGET:
            self.left_out += 1
            return None
        if figure.kind == "table":
            return self._table(figure)
        try:
            with style(), warnings.catch_warnings():
                # Older numpy spellings inside missingno and matplotlib say nothing about the picture.
                warnings.filterwarnings("ignore", category=DeprecationWarning, module="missingno|matplotlib")
                svg = inline_svg(draw(figure.kind, figure.data), name, str(escape(_in_words(figure))))
        except (KeyError, ValueError, TypeError, IndexError):
            # A tool's figure that does not hold together must not cost the report.
            self.left_out += 1
            return None
        if len(svg.encode()) > LARGEST:
            self.left_out += 1
            return None
        self._drawn += 1
        self._bytes += len(svg.encode())
        return Picture(Markup(svg), figure.title, _cut(figure))

    def _table(self, figure: Figure) -> Picture | None:
        """A figure that is a table; every row as wide as its head."""
        data = figure.data
        try:
            columns = tuple(str(name) for name in data["columns"])
            rows = tuple(tuple(row) for row in data["rows"][:MOST_TABLE_ROWS])
        except (KeyError, TypeError):
            columns, rows = (), ()
        if not rows or any(len(row) != len(columns) for row in rows):
            self.left_out += 1
            return None
        self._drawn += 1
        cut = f"The first {MOST_TABLE_ROWS} of {len(data['rows']):,} rows are shown."
        return Picture(Markup(), figure.title, cut if len(data["rows"]) > len(rows) else "", columns, rows)


def _figures(column: Distribution) -> list[Figure]:
    before, after = column.before, column.after
    if before.get("edges") and before.get("edges") == after.get("edges"):
        series = {"before": before["counts"], "after": after["counts"]}
        return [Figure(kind="compare", title=column.column, data={"edges": before["edges"], "series": series})]
    if before.get("labels") and before.get("labels") == after.get("labels"):
        data = {"labels": before["labels"], "values": after["values"]}
        series = {"before": before["values"], "after": after["values"]}
        return [Figure(kind="bars", title=column.column, data={**data, "series": series})]
    told = []
    for when, values in (("before", before), ("after", after)):
        if values:
            kind = "histogram" if "edges" in values else "bars"
            told.append(Figure(kind=kind, title=f"{column.column}, {when}", data=dict(values)))  # type: ignore[arg-type]
    return told


def _cut(figure: Figure) -> str:
    names = figure.data.get("columns") if figure.kind == "missingness" else figure.data.get("labels")
    most = MOST_BARS if figure.kind in {"bars", "rank"} else MOST_COLUMNS
    return f"The first {most} of {len(names):,} are drawn." if names is not None and len(names) > most else ""


def _in_words(figure: Figure) -> str:
    """What a picture shows, for those who cannot see it."""
    data: dict[str, Any] = figure.data
    if figure.kind in {"bars", "rank"}:
        pairs = [
            f"{short(label)} {number(value)}" for label, value in zip(data["labels"], data["values"], strict=False)
        ]
        return f"{figure.title}: {listed(pairs, 5)}"
    if figure.kind in {"histogram", "compare"} and len(data["edges"]):
        series = "" if figure.kind == "histogram" else f" of {listed(list(data['series']))}"
        return f"{figure.title}: histogram{series} from {number(data['edges'][0])} to {number(data['edges'][-1])}"
    if figure.kind == "missingness":
        return f"{figure.title}: gaps of {listed(data['columns'], 5)} in {len(data['rows']):,} rows"
    if figure.kind in {"line", "steps"}:
        return f"{figure.title}: lines of {listed(list(data['series']))}"
    if figure.kind == "calibration":
        pairs = [f"{number(p)} {number(o)}" for p, o in zip(data["predicted"], data["observed"], strict=True)]
        return f"{figure.title}: predicted and observed {listed(pairs, 12)}"
    return f"{figure.title}: {listed(data['labels'], 5)}"
