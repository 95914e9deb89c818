"""The suite `speed`: what the product's own commands take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from climbdc.bench._cases import CASES, Case, Place, Skipped
from climbdc.bench._machine import file_hash, hardware, versions
from climbdc.bench._measure import Measured, measure
from climbdc.bench._page_speed import PAGE_CASE, Doings, run_page
from climbdc.bench._sandbox_speed import SANDBOX_CASE, run_sandbox
from climbdc.bench._share import share_of
from climbdc.errors import InputError

__all__ = ["run_speed"]

_NUMBERS = ("wall_seconds", "cpu_seconds", "largest_mb", "tree_mb")
_CLIMBDC = "from climbdc.cli import main; main()"


def run_speed(
    place: Place, names: Sequence[str] = (), repeat: int = 1, told: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Run cases, commands each in a fresh process; a case whose data is not there is passed over with the reason.

    Args:
        place: Where data is and where may be written.
        names: Cases; all when empty.
        repeat: Runs of each command; medians are reported. The case `sandbox` has its own counts; so has
            `page`, and a session more for each further run.
        told: Hears what is going on.

    Returns:
        Results that can be stored as JSON: cases, seed, versions, hardware and the hashes of the data.

    Raises:
        InputError: There is no case of that name.
    """
    for name in names:
        if name not in (*CASES, SANDBOX_CASE, PAGE_CASE):
            known = ", ".join((*CASES, SANDBOX_CASE, PAGE_CASE))
            raise InputError(f"There is no case {name!r} in `speed`.", fix=f"Choose of {known}.", code="unknown-case")
    chosen = [case for case in CASES.values() if not names or case.name in names]
    hashes: dict[str, str] = {}
    cases = [_case(case, place, repeat, hashes, told) for case in chosen]
    if not names or SANDBOX_CASE in names:
        cases.append(run_sandbox(place, told))
    if not names or PAGE_CASE in names:
        cases.append(run_page(place, told, doings=Doings(samples=2 + repeat)))
    return {
        "suite": "speed",
        "seed": place.seed,
        "repeat": repeat,
        "versions": versions(),
        "hardware": hardware(),
        "data": hashes,
        "cases": cases,
    }


def _case(case: Case, place: Place, repeat: int, hashes: dict[str, str], told: Callable[[str], None]) -> dict[str, Any]:
    head = {"name": case.name, "about": case.about}
    try:
        file = case.file(place)
    except Skipped as reason:
        told(f"{case.name}: passed over, it {reason}.")
        return {**head, "skipped": str(reason)}
    if file.name not in hashes:
        hashes[file.name] = file_hash(file)
    runs: list[Measured] = []
    shares: list[dict[str, Any]] = []
    for number in range(1, repeat + 1):
        told(f"{case.name}: run {number} of {repeat}")
        folder = place.work / f"{case.name}-{number}"
        folder.mkdir(parents=True)
        runs.append(measure(_command(case, file, folder), cwd=folder))
        if runs[-1].status:
            return {**head, "failed": runs[-1].said.strip() or f"exit status {runs[-1].status}"}
        share = share_of(folder / "store", runs[-1].wall_seconds) if case.share else None
        shares += [share.model_dump()] if share is not None else []
    return {**head, **_medians(runs, shares), "runs": [run.model_dump(exclude={"said", "status"}) for run in runs]}


def _command(case: Case, file: Path, folder: Path) -> list[str]:
    places = {"OUT": str(folder / "out"), "STORE": str(folder / "store")}
    words = [places.get(word, word) for word in case.words(file)]
    return [sys.executable, *(() if case.python else ("-c", _CLIMBDC)), *words]


def _medians(runs: list[Measured], shares: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {name: round(median(getattr(run, name) for run in runs), 3) for name in _NUMBERS}
    if shares:
        found["share"] = {name: round(median(share[name] for share in shares), 4) for name in shares[0]}
    return found
