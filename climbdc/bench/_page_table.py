"""What the page took as tables: for people in a terminal, and for the page on benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from climbdc.bench._page_speed import PAGE_CASE
from climbdc.bench._page_trials import measures
from climbdc.errors import InputError

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

__all__ = ["page_table", "renew_page"]

_BEGIN = "<!-- page: begin; renewed by `climbdc bench speed --case page --write docs/benchmarks.md` -->"
_END = "<!-- page: end -->"


def _missed(name: str, taken: Mapping[str, float]) -> bool:
    aim: Mapping[str, int] = measures()[name].get("aim", {})
    return any(taken[f"{which}_ms"] > most for which, most in aim.items())


def _aim(name: str) -> str:
    return ", ".join(f"{which} {most:,}" for which, most in measures()[name].get("aim", {}).items())


def page_table(case: dict[str, Any]) -> Group:
    """Waits, sizes and memory of the case `page`.

    Args:
        case: The case `page` of results.
    """
    from rich.console import Group
    from rich.text import Text

    why = case.get("skipped") or case.get("failed")
    notes = [Text(f"page {'passed over' if 'skipped' in case else 'failed'}: {why}")] if why else []
    if "waits" not in case:
        return Group(*notes)
    return Group(_waits(case), _sizes(case), *notes)


def _waits(case: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, title="Page: ms", title_justify="left")
    for heading in ("What", "Median", "p95", "Calls", "Aim"):
        table.add_column(heading, justify="left" if heading in {"What", "Aim"} else "right")
    for name, taken in case["waits"].items():
        p95 = f"{taken['p95_ms']:,.0f}"
        shown = f"[bold red]{p95}[/bold red]" if _missed(name, taken) else p95
        table.add_row(name, f"{taken['p50_ms']:,.0f}", shown, str(taken["calls"]), _aim(name))
    return table


def _sizes(case: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("What is shipped or held")
    table.add_column("", justify="right")
    for name, size in case["shipped"].items():
        table.add_row(name, f"{size:,.1f} kB")
    for name, found in case["panels"].items():
        table.add_row(f"panel {name} of the large session", f"{found['kb']:,.1f} kB in {found['ms']:,.0f} ms")
    for name, size in case["memory_mb"].items():
        table.add_row(f"memory: {name}", f"{size:,.0f} MB")
    return table


def renew_page(page: str, results: dict[str, Any]) -> str:
    """Put what was measured of the page into a page of documentation.

    Args:
        page: Markdown with the two lines between which it goes.
        results: Of `run_speed`, with the case `page`.

    Raises:
        InputError: There is no place for it, or nothing was measured.
    """
    before, begun, rest = page.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not begun or not ended:
        raise InputError(
            "The page has no place for what the web page took.", fix=f"Put the lines {_BEGIN} and {_END} in."
        )
    measured = [case for case in results["cases"] if case["name"] == PAGE_CASE and "failed" not in case]
    case = next((case for case in measured if case.get("waits")), None)
    if case is None:
        raise InputError("Nothing of the web page was measured.", fix="Run the case `page` of `speed`.")
    return f"{before}{_BEGIN}\n\n{_section(results, case)}\n\n{_END}{after}"


def _section(results: dict[str, Any], case: dict[str, Any]) -> str:
    machine, counts = results["hardware"], case["doings"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:.0f} GB, {machine['system']}, "
        f"Python {results['versions']['python']}, {case['browser']} without a window, seed {results['seed']}; the "
        f"processors were asked for {case['load'][0]:.1f} at the start and {case['load'][1]:.1f} at the end (load "
        "average, this benchmark included). Times in milliseconds, in bold what misses its aim.",
        "",
        "| measure | what | median | p95 | calls | aim |",
        "|---|---|---|---|---|---|",
    ]
    for name, taken in case["waits"].items():
        p95 = f"**{taken['p95_ms']:,.0f}**" if _missed(name, taken) else f"{taken['p95_ms']:,.0f}"
        lines.append(
            f"| `{name}` | {measures()[name]['about']} | {taken['p50_ms']:,.0f} | {p95} | {taken['calls']} "
            f"| {_aim(name)} |"
        )
    lines += ["", "| shipped to the browser | kB, compressed, with headers |", "|---|---|"]
    lines += [f"| {name} | {size:,.1f} |" for name, size in case["shipped"].items()]
    if case["panels"]:
        lines += ["", f"| panel of a session of {counts['rows']:,} x 30 | kB | ms |", "|---|---|---|"]
        lines += [f"| {name} | {found['kb']:,.1f} | {found['ms']:,.0f} |" for name, found in case["panels"].items()]
    lines += ["", "| memory of the server, its sandbox included | MB |", "|---|---|"]
    lines += [f"| {name} | {size:,.0f} |" for name, size in case["memory_mb"].items()]
    return "\n".join(lines)
