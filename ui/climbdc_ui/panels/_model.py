"""What a language model saw, and which tools ran where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from climbdc.registry import title
from climbdc.runs import audit
from climbdc_ui._acts import Panel
from climbdc_ui._render import render, trusted
from climbdc_ui.panels._ledger import LOOKS, asked
from climbdc_ui.panels._paging import turn_page
from climbdc_ui.panels._seen import SEEN_ACTS, may_see
from climbdc_ui.panels._sheet import Kept
from climbdc_ui.panels._words import counted, figure, spoken, words

if TYPE_CHECKING:
    from climbdc.store import SessionStore
    from climbdc_ui._acts import Seat, State

__all__ = ["MODEL", "Account", "account"]

MOST_TROUBLES = 30

_ACCOUNTS: Kept[Account] = Kept(64)


@dataclass(frozen=True)
class Account:
    """What ran, in words.

    Args:
        places: Where, one sentence each.
        sentence: How often and how long.
        limits: What one run was allowed.
        rows: Kind of work, what for, how often, seconds, largest memory.
        troubles: Runs that did not end well: what, how it ended.
        more_troubles: How many more.
    """

    places: tuple[str, ...]
    sentence: str
    limits: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    troubles: tuple[tuple[str, str], ...]
    more_troubles: int


def account(runs: Sequence[Mapping[str, Any]]) -> Account:
    """Sum up what ran.

    Args:
        runs: As `SessionStore.runs` tells them.
    """
    summed = audit(runs)
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        grouped[run["verb"], run["tool"]].append(run)
    order = list(words()["verbs"])
    keys = sorted(grouped, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), key[1]))
    troubles = [run for run in runs if run["outcome"] not in ("ok", "not-applicable")]
    took = sum(run.get("wall", 0.0) for run in runs)
    return Account(
        places=tuple(_place(name) for name in summed["backends"]),
        sentence=f"Tools ran {counted(summed['jobs'], 'time')}, for {_seconds(took)} in all. {_ended(summed)}",
        limits=_limits(runs),
        rows=tuple(_row(verb, tool, grouped[verb, tool]) for verb, tool in keys),
        troubles=tuple(_trouble(run) for run in troubles[:MOST_TROUBLES]),
        more_troubles=max(0, len(troubles) - MOST_TROUBLES),
    )


def _place(name: str) -> str:
    return f"Every tool ran in {words()['backends'].get(name, name)}."


def _ended(summed: Mapping[str, Any]) -> str:
    if not summed["failed"]:
        return "All of them ended well."
    limits = f", {figure(summed['limits_hit'])} of them at a limit" if summed["limits_hit"] else ""
    return f"{counted(summed['failed'], 'run')} did not end well{limits}."


def _seconds(seconds: float) -> str:
    """A time in words.

    >>> _seconds(0.04), _seconds(12.34), _seconds(200)
    ('less than a second', '12 seconds', '3 minutes')
    """
    if seconds < 1:
        return "less than a second"
    return counted(round(seconds), "second") if seconds < 100 else counted(round(seconds / 60), "minute")


def _limits(runs: Sequence[Mapping[str, Any]]) -> str:
    allowed = [run["limits"] for run in runs if run.get("limits")]
    if not allowed:
        return ""
    most = {name: max(limits.get(name, 0) for limits in allowed) for name in ("wall_seconds", "memory_mb")}
    return f"One run may take {_seconds(most['wall_seconds'])} and {most['memory_mb']:,} MB of memory at most."


def _row(verb: str, tool: str, runs: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str, str]:
    return (
        str(words()["verbs"].get(verb, spoken(verb))),
        _tool(tool),
        f"{len(runs):,}",
        f"{sum(run.get('wall', 0.0) for run in runs):.1f}",
        f"{max(run.get('peak_mb', 0.0) for run in runs):,.0f}",
    )


def _tool(tool: str) -> str:
    """What a tool looks for, or does; of several the first and how many more."""
    first, _, more = tool.partition(" and ")
    return f"{title(first)}{f' and {more}' if more else ''}"


def _trouble(run: Mapping[str, Any]) -> tuple[str, str]:
    how = str(words()["outcomes"].get(run["outcome"], spoken(run["outcome"])))
    limit = run.get("limit") or ""
    return _tool(run["tool"]), f"{how} ({words()['limits'].get(limit, limit)})" if limit else how


def _policies(stored: SessionStore) -> list[str]:
    """Which minds made the plan, other than the rules."""
    told = Counter((item["assessment"] or {}).get("policy", "rules") for item in stored.plans())
    return sorted(str(name).removeprefix("llm:") for name in told if name != "rules")


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    stored = seat.stored
    key = (stored.id, seat.session.store.event_count(stored.id), stored.backend(), seat.session.status)
    told = _ACCOUNTS.get(key, lambda: account(stored.runs()))
    return render(
        "panels/model",
        id=stored.id,
        policies=_policies(stored),
        may_see=trusted(may_see(seat)),
        asked=asked(stored, seat.session.options.disclosure, state),
        account=told,
        ran=bool(told.rows),
    )


MODEL = Panel(
    id="model",
    title="Model",
    show=show,
    acts={"page": turn_page, **LOOKS, **SEEN_ACTS},
    looks=frozenset({"page", *LOOKS}),
)
