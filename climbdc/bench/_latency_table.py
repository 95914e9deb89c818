"""Latencies of the sandbox as a table: for people in a terminal, and for the page on benchmarks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from climbdc.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["latency_table", "renew_latencies"]

_BEGIN = "<!-- latency: begin; renewed by `climbdc bench speed --case sandbox --write docs/benchmarks.md` -->"
_END = "<!-- latency: end -->"
_BARE = "bare"
_WHOLE_FROM_MS = 100


@cache
def _measures() -> dict[str, dict[str, Any]]:
    """What is measured, and what is aimed at; see `latency.yaml`."""
    text = files("climbdc.bench").joinpath("latency.yaml").read_text(encoding="utf-8")
    measures: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return measures


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM_MS else f"{value:.1f}"


def _missed(measure: dict[str, Any], subject: str, taken: dict[str, float]) -> bool:
    aim = {} if subject == _BARE else measure.get(subject, measure.get("aim", {}))
    return any(taken[f"{name}_ms"] > most for name, most in aim.items())


def _aim(measure: dict[str, Any]) -> str:
    """The aim as it stands beside times: p50 / p95, and what differs by backend."""

    def words(aim: dict[str, int]) -> str:
        return " / ".join(f"{aim[name]:,}" if name in aim else "-" for name in ("p50", "p95"))

    said = words(measure["aim"]) if "aim" in measure else ""
    return said + (f" (docker {words(measure['docker'])})" if "docker" in measure else "")


def _rows(case: dict[str, Any]) -> list[tuple[str, list[tuple[str, bool]], str]]:
    """For each measure its name, the cell of each subject and whether that misses its aim, and the aim."""
    rows = []
    for name, measure in _measures().items():
        cells = []
        for subject, found in case["latency"].items():
            taken = found.get(name)
            text = f"{_number(taken['p50_ms'])} / {_number(taken['p95_ms'])}" if taken else ""
            cells.append((text, bool(taken) and _missed(measure, subject, taken)))
        rows.append((name, cells, _aim(measure)))
    return rows


def latency_table(case: dict[str, Any]) -> Table:
    """A line a measure of `latency.yaml`, a column a backend: p50 and p95 in milliseconds.

    Args:
        case: The case `sandbox` of results.
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, title="Sandbox: ms, p50 / p95", title_justify="left")
    notes = [f"{name} passed over: {escape(reason)}" for name, reason in case.get("passed_over", {}).items()]
    if "failed" in case:
        notes.append(f"failed: {escape(case['failed'])}")
    table.add_column("What")
    for subject in case.get("latency", {}):
        table.add_column(subject.capitalize(), justify="right")
    table.add_column("Aim")
    for name, cells, aim in _rows(case) if "latency" in case else ():
        shown = [f"[bold red]{text}[/bold red]" if missed else text for text, missed in cells]
        table.add_row(name, *shown, aim)
    if notes:
        table.caption = "\n".join(notes)
        table.caption_justify = "left"
    return table


def _section(results: dict[str, Any], case: dict[str, Any]) -> str:
    machine, measures = results["hardware"], _measures()
    subjects = list(case["latency"])
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:.0f} GB, {machine['system']}, "
        f"Python {results['versions']['python']}, seed {results['seed']}; p50 / p95 in milliseconds, in bold what "
        "misses its aim.",
        "",
        "| measure |" + "".join(f" {subject} |" for subject in subjects) + " aim |",
        "|---|" + "---|" * len(subjects) + "---|",
    ]
    for name, cells, aim in _rows(case):
        shown = [f"**{text}**" if missed else text for text, missed in cells]
        lines.append(f"| `{name}` |" + "".join(f" {text} |" for text in shown) + f" {aim} |")
    lines += ["", "| measure | a job | bare | calls |", "|---|---|---|---|"]
    for name, measure in measures.items():
        lines.append(f"| `{name}` | {measure['about']} | {measure.get('bare', '')} | {_calls(case, name)} |")
    for name, reason in case["passed_over"].items():
        lines += ["", f"Passed over: {name}. {reason}"]
    return "\n".join(lines)


def _calls(case: dict[str, Any], measure: str) -> int:
    return max((int(found[measure]["calls"]) for found in case["latency"].values() if measure in found), default=0)


def renew_latencies(page: str, results: dict[str, Any]) -> str:
    """Put what was measured into a page.

    Args:
        page: Markdown with the two lines between which it goes.
        results: Of `run_speed`, with the case `sandbox`.

    Raises:
        InputError: The page has no place for it, or nothing was measured.
    """
    before, begun, rest = page.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not begun or not ended:
        raise InputError(
            "The page has no place for the latencies.", fix=f"Put the lines {_BEGIN} and {_END} where they are to go."
        )
    case = next((case for case in results["cases"] if "latency" in case), None)
    if case is None:
        raise InputError("No latency of the sandbox was measured.", fix="Run the case `sandbox` of `speed`.")
    return f"{before}{_BEGIN}\n\n{_section(results, case)}\n\n{_END}{after}"
