"""A matplotlib figure as a piece of an HTML page: themed by CSS, free of ids that clash, the same bytes every time."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["COLOURS", "SERIES", "WIDTH", "axes_of", "inline_svg", "numbers", "some", "style"]

COLOURS = {
    "ink": "#010203",
    "muted": "#010204",
    "line": "#010205",
    "before": "#010206",
    "after": "#010207",
    "accent": "#010208",
    "warn": "#010209",
    "third": "#01020a",
    "paper": "#01020b",
}
"""Stand-ins that become the page's own colours, so that a picture follows light and dark."""

SERIES = ("before", "after", "accent", "third", "warn", "muted")
"""Colours of several series, in order."""
WIDTH = 5.0

_IDS = re.compile(r' id="([^"]+)"')
_CSS = {colour: f"var(--{name})" for name, colour in COLOURS.items()}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the page's style; names are never read as formulas, text stays text."""
    import matplotlib

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "climbdc",
        "text.parse_math": False,
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": COLOURS["line"],
        "axes.labelcolor": COLOURS["muted"],
        "xtick.color": COLOURS["muted"],
        "ytick.color": COLOURS["muted"],
        "text.color": COLOURS["ink"],
        "legend.frameon": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # Only matplotlib's own measuring lacks the glyph: the browser writes the text.
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from", category=UserWarning)
        # Labels that leave no room for the axes are still better than none.
        warnings.filterwarnings("ignore", message="constrained_layout not applied", category=UserWarning)
        yield


def axes_of(height: float, width: float = WIDTH) -> tuple[Canvas, Axes]:
    """An empty figure of a size in inches, and its axes."""
    figure = canvas(width, height)
    return figure, figure.add_subplot()


def canvas(width: float, height: float) -> Canvas:
    """An empty figure of a size in inches, bound to no window system."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def inline_svg(figure: Canvas, name: str, label: str) -> str:
    """The `<svg>` element of a figure.

    Args:
        figure: What was drawn.
        name: A name unique on the page; every id inside begins with it.
        label: What a screen reader says; markup-safe already.
    """
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    body = text[text.index("<svg") :]
    body = body[body.index(">") + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", body, flags=re.DOTALL)
    # Gouraud and hatches are not used, so the style block only repeats matplotlib's line joins.
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = _IDS.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub("|".join(_CSS), lambda found: _CSS[found[0]], body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    wide, high = (72 * float(side) for side in figure.get_size_inches())
    head = f'<svg role="img" viewBox="0 0 {wide:g} {high:g}" style="width:{wide / 12:.1f}rem"><title>{label}</title>'
    return head + body


def numbers(values: Sequence[Any]) -> list[float]:
    """Values as floats; what is no number becomes NaN."""
    return [float(v) if isinstance(v, int | float) and math.isfinite(v) else math.nan for v in values]


def some(values: Sequence[Any]) -> list[Any]:
    """The values, refused when there are none."""
    if not len(values):
        raise ValueError("There is nothing to draw.")
    return list(values)
