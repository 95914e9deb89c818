"""Results of the suite `agents` as tables for people, and in a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from climbdc.errors import InputError

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["agents_markdown", "agents_table", "renew_agents"]

Table = tuple[str, list[str], list[list[str]]]
LEFT_OUT = {"columns", "of those said", "cost", "s", "95 %", "lost", "false alarms", "in vain", "model's steps done"}
"""Headings for which a terminal has no room; the page and results.json have them."""
BEGIN, END = "<!-- measured: agents -->", "<!-- end -->"


def agents_table(results: dict[str, Any]) -> Group:
    """For a terminal."""
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table as RichTable

    shown = []
    for title, headings, rows in _tables(results):
        kept = [number for number, heading in enumerate(headings) if heading not in LEFT_OUT]
        table = RichTable(box=None, pad_edge=False, title=title, title_justify="left")
        for number in kept:
            table.add_column(headings[number], justify="right" if number > 2 else "left")
        for row in rows:
            table.add_row(*(escape(row[number]) for number in kept))
        shown.append(table)
    notes = [f"{name}: passed over, it {why}." for name, why in results["skipped"].items()]
    notes += [f"{run['case']}, {run['dataset']}, {run['method']}: {run['failed']}" for run in _failed(results)]
    return Group(*shown, *map(escape, notes))


def agents_markdown(results: dict[str, Any]) -> str:
    """For a page."""
    parts = []
    for title, headings, rows in _tables(results):
        lines = [f"### {title}", "", _line(headings), _line(["---"] * len(headings)), *map(_line, rows)]
        parts.append("\n".join(lines))
    machine = results["hardware"]
    made = ", ".join(f"{name} {results['versions'][name]}" for name in ("climbdc", "python", "scikit-learn"))
    parts.append(f"{machine['cpu']}, {machine['cores']} cores; {made}; seed {results['seed']}.")
    parts += [f"Failed: {run['case']}, {run['dataset']}, {run['method']}: {run['failed']}" for run in _failed(results)]
    return "\n\n".join(parts)


def renew_agents(page: str, results: dict[str, Any]) -> str:
    """A page with its tables renewed.

    Raises:
        InputError: It has no place for them.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise InputError(
            "The page has no place for the tables.", fix=f"Put the lines {BEGIN} and {END} into it.", code="no-place"
        )
    return f"{head}{BEGIN}\n{agents_markdown(results)}\n{END}{tail}"


def _failed(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [run for run in results["runs"] if "failed" in run]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _tables(results: dict[str, Any]) -> list[Table]:
    fine = [run for run in results["runs"] if "failed" not in run]
    dictionary = [run for run in fine if run["case"] == "dictionary"]
    tables = [_dictionary(dictionary)] if dictionary else []
    for case, title in (
        ("sessions", "Whole sessions"), ("clinicians", "Simulated clinicians"), ("ablations", "Ablations")
    ):  # fmt: skip
        runs = [run for run in fine if run["case"] == case]
        tables += [_sessions(title, runs)] if runs else []
    return tables


def _dictionary(runs: list[dict[str, Any]]) -> Table:
    headings = [
        "data", "who says", "columns", "meaning right", "of those said", "unit right", "of those said",
        "time right", "of those said", "later found", "called later wrongly", "tokens", "cost", "s",
    ]  # fmt: skip
    rows = []
    for run in runs:
        for part, who in (("name", "column's name"), ("rules", "rules"), ("model", run["method"]),
                          ("both", f"rules, then {run['method']}")):  # fmt: skip
            if part in run:
                rows.append(
                    [run["dataset"], who, *_understood(run[part]), *(_costs(run) if part == "model" else "---")]
                )
    order = list(dict.fromkeys(run["dataset"] for run in runs))
    return "Dictionary without being told", headings, sorted(rows, key=lambda row: order.index(row[0]))


def _understood(score: dict[str, Any]) -> list[str]:
    cells = [str(score["meaning"]["due"])]
    for part in ("meaning", "unit", "known_at"):
        share = score[part]
        cells += [
            f"{share['right']} of {share['due']}", f"{share['precision'] * 100:.0f} %" if share["said"] else "-"
        ]  # fmt: skip
    later = score["later"]
    return [*cells, f"{later['right']} of {later['due']}", str(score["false_later"])]


def _costs(run: dict[str, Any]) -> list[str]:
    return [f"{run['tokens_in'] + run['tokens_out']:,}", f"{run['cost']:.4g}", f"{run['model_seconds']:.0f}"]


def _sessions(title: str, runs: list[dict[str, Any]]) -> Table:
    headings = [
        "data", "who plans", "setting", "ended", "sealed", "95 %", "leaks found", "kept", "false alarms", "lost",
        "asked", "in vain", "model's steps done", "calls", "tokens", "cost", "s",
    ]  # fmt: skip
    return title, headings, [_session(run) for run in runs]


def _session(run: dict[str, Any]) -> list[str]:
    metric, leaks = run["sealed"] or run["after"], run["leaks"]
    quality = ["-", "-"]
    if metric is not None:
        mark = "" if run["sealed"] else " (cross-validated)"
        quality = [f"{metric['name']} {metric['value']:.3f}{mark}", f"{metric['low']:.3f} to {metric['high']:.3f}"]
    return [
        run["dataset"], run["method"], run["setting"], run["status"], *quality,
        f"{leaks['found']} of {leaks['due']}", str(leaks["kept"]), str(leaks["false_alarms"]), str(leaks["lost"]),
        str(run["asked"]), str(run["questions_in_vain"]),
        f"{run['applied_of_the_model']} of {run['steps_of_the_model']}", str(run["calls"]),
        f"{run['tokens_in'] + run['tokens_out']:,}", f"{run['cost']:.4g}", f"{run['seconds']:.0f}",
    ]  # fmt: skip
