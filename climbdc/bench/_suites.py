"""What suites there are, and results as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from climbdc.bench._agents_about import AGENT_CASES
from climbdc.bench._cases import CASES
from climbdc.bench._latency_table import latency_table
from climbdc.bench._page_speed import PAGE_ABOUT, PAGE_CASE
from climbdc.bench._page_table import page_table
from climbdc.bench._sandbox_speed import SANDBOX_ABOUT, SANDBOX_CASE

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

__all__ = ["SUITES", "commands_table", "results_table"]

SUITES: dict[str, dict[str, Any]] = {
    "speed": {
        "about": "time and memory of the product's own commands, and the waits for its sandbox and on its page",
        "cases": {
            **{case.name: case.about for case in CASES.values()},
            SANDBOX_CASE: SANDBOX_ABOUT,
            PAGE_CASE: PAGE_ABOUT,
        },
    },
    "agents": {"about": "what a language model adds to the rules, and what it costs", "cases": AGENT_CASES},
}
"""By name: what a suite measures, and its cases."""

_HEADINGS = ("Case", "Wall s", "CPU s", "Largest MB", "Tree MB", "Ours %")


def results_table(results: dict[str, Any]) -> Group:
    """The commands that ran, and below them the sandbox and the page, where they were measured."""
    from rich.console import Group

    sandbox = [case for case in results["cases"] if case["name"] == SANDBOX_CASE]
    page = [case for case in results["cases"] if case["name"] == PAGE_CASE]
    commands = {**results, "cases": [case for case in results["cases"] if case not in (*sandbox, *page)]}
    tables = [commands_table(commands)] if commands["cases"] else []
    return Group(*tables, *map(latency_table, sandbox), *map(page_table, page))


def commands_table(results: dict[str, Any]) -> Table:
    """A line a command; one that did not run says why."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading == "Case" else "right")
    notes = []
    for case in results["cases"]:
        why = case.get("skipped") or case.get("failed")
        if why:
            word = "passed over" if "skipped" in case else "failed"
            notes.append(f"{case['name']} {word}: {escape(str(why).splitlines()[-1])}")
            table.add_row(case["name"], *["-"] * 5)
            continue
        numbers = [f"{case[name]:,.1f}" for name in ("wall_seconds", "cpu_seconds")]
        numbers += [f"{case[name]:,.0f}" for name in ("largest_mb", "tree_mb")]
        ours = f"{case['share']['ours'] * 100:.0f}" if "share" in case else ""
        table.add_row(case["name"], *numbers, ours)
    if notes:
        table.caption = "\n".join(notes)
        table.caption_justify = "left"
    return table
