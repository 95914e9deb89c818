"""Results of the suite `agents` as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_plots"]

_PARTS = (("meaning", "meaning"), ("unit", "unit"), ("known_at", "when known"))


def write_plots(results: dict[str, Any], folder: Path) -> list[Path]:
    """Draw what was measured: dictionaries by who speaks, and the sealed metric of each session with its interval."""
    fine = [run for run in results["runs"] if "failed" not in run]
    drawn = {
        "dictionary.png": _dictionary([run for run in fine if run["case"] == "dictionary"]),
        "sessions.png": _sessions([run for run in fine if run.get("sealed")]),
    }
    written = []
    for name, figure in drawn.items():
        if figure is not None:
            figure.savefig(folder / name, dpi=120, metadata={"Software": None})
            written.append(folder / name)
    return written


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _dictionary(runs: list[dict[str, Any]]) -> Figure | None:
    """Share of right answers of all due: a panel a data set, a group of bars a field, a bar who speaks."""
    if not runs:
        return None
    names = list(dict.fromkeys(run["dataset"] for run in runs))
    figure = _figure(4 * len(names), 3.2)
    for place, name in enumerate(names, start=1):
        axes = figure.add_subplot(1, len(names), place)
        said = [pair for run in runs if run["dataset"] == name for pair in _speakers(run)]
        width = 0.8 / max(1, len(said))
        for number, (who, score) in enumerate(said):
            at = [group + (number - (len(said) - 1) / 2) * width for group in range(len(_PARTS))]
            axes.bar(at, [score[part]["accuracy"] for part, _ in _PARTS], width, label=who)
        axes.set_xticks(range(len(_PARTS)), [title for _, title in _PARTS])
        axes.set_ylim(0, 1)
        axes.set_title(name)
        if place == 1:
            axes.set_ylabel("right, of all due")
        if place == len(names):
            axes.legend(fontsize="x-small")
    return figure


def _speakers(run: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    words = {"name": "column's name", "rules": "rules", "model": run["method"], "both": f"rules, then {run['method']}"}
    return [(who, run[part]) for part, who in words.items() if part in run]


def _sessions(runs: list[dict[str, Any]]) -> Figure | None:
    """A line a session, the sealed metric with its interval."""
    if not runs:
        return None
    figure = _figure(8, 0.9 + 0.26 * len(runs))
    axes = figure.add_subplot()
    for line, run in enumerate(runs):
        metric = run["sealed"]
        axes.plot([metric["low"], metric["high"]], [line, line], color="0.6")
        axes.plot([metric["value"]], [line], "o", color="C0" if run["method"] == "rules" else "C1")
    axes.set_yticks(range(len(runs)), [f"{run['dataset']}, {run['method']}, {run['setting']}" for run in runs])
    axes.tick_params(axis="y", labelsize="x-small")
    axes.invert_yaxis()
    axes.set_xlabel(f"{runs[0]['sealed']['name']} on the sealed part, with its 95 % interval")
    return figure
