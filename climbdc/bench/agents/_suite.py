"""The suite `agents`: what a language model adds to the rules, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from climbdc.bench._agents_about import AGENT_CASES
from climbdc.bench._cases import Place, Skipped
from climbdc.bench._machine import code_hash, file_hash, hardware, versions
from climbdc.bench.agents._cells import Cell, planned
from climbdc.bench.agents._dictionary_run import describe_one
from climbdc.bench.agents._keys import DATASETS, DataKey, key_hash, load_key
from climbdc.bench.agents._method import Method, opened
from climbdc.bench.agents._session_run import run_one
from climbdc.errors import InputError

__all__ = ["run_agents"]

DECIDES = ("agents", "models", "privacy")
"""Folders of the package, prompts included, on which depends what a model is asked and what becomes of its answer."""


def run_agents(
    place: Place, methods: Sequence[Method], cases: Sequence[str] = (), datasets: Sequence[str] = (),
    told: Callable[[str], None] = lambda text: None, *, kept: Path | None = None, only_kept: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Run the suite; what was measured before and lies in `kept` is not measured again.

    Args:
        place: Where data is, where may be written, and the seed.
        methods: Who is compared.
        cases: Of `AGENT_CASES`; all when empty.
        datasets: Of `DATASETS`; all when empty. One that is not there is passed over with the reason.
        told: Hears what is going on.
        kept: Folder in which each run is kept as soon as it is measured, so that a suite that was broken off goes on.
        only_kept: Measure nothing more, and show what was measured with other code, too.

    Returns:
        Results that can be stored as JSON: runs, seed, versions, hardware, and the hashes of data and keys.

    Raises:
        InputError: There is no case or data set of that name.
    """
    _check(cases, AGENT_CASES, "case")
    _check(datasets, DATASETS, "data set")
    keys, skipped = _keys(datasets or DATASETS, place.data, told)
    code = _code()
    hashes = {key.name: {"data": file_hash(key.file), "key": key_hash(key), "code": code} for key in keys.values()}
    cells = list(planned(methods, cases or tuple(AGENT_CASES), tuple(keys), place.seed))
    runs = []
    for method, group in groupby(cells, key=lambda cell: cell.method):
        of_method = list(group)
        found = {cell.id: _before(kept, cell, hashes[cell.dataset], any_code=only_kept) for cell in of_method}
        left = [] if only_kept else [cell for cell in of_method if found[cell.id] is None]
        if left:
            found.update(_measure(method, left, keys, hashes, place, kept, told))
        runs += [body for cell in of_method if (body := found[cell.id]) is not None]
    if any(run.get("code") != code for run in runs):
        told("Some of these runs were measured with other code than there is now.")
    return {
        "suite": "agents", "seed": place.seed, "versions": versions(), "hardware": hardware(), "data": hashes,
        "methods": [method.name for method in methods], "skipped": skipped, "runs": runs,
    }  # fmt: skip


@cache
def _code() -> str:
    """What a run depends on beside data and key; as it was when this process first asked, for that is what it runs."""
    return code_hash("climbdc", *DECIDES)


def _check(names: Sequence[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(
                f"There is no {what} {name!r} in `agents`.", fix=f"Choose of {', '.join(known)}.", code="unknown-case"
            )


def _keys(
    names: Sequence[str], data: Path | None, told: Callable[[str], None]
) -> tuple[dict[str, DataKey], dict[str, str]]:
    keys, skipped = {}, {}
    for name in names:
        try:
            keys[name] = load_key(name, data)
        except Skipped as reason:
            told(f"{name}: passed over, it {reason}.")
            skipped[name] = str(reason)
    return keys, skipped


def _measure(
    method: Method, cells: Sequence[Cell], keys: dict[str, DataKey], hashes: dict[str, dict[str, str]], place: Place,
    kept: Path | None, told: Callable[[str], None],
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Runs of one method by their cells' ids, each written down as soon as it is there."""
    found = {}
    with opened(method) as ready:
        for number, cell in enumerate(cells, start=1):
            told(f"{cell.title} ({number} of {len(cells)})")
            measured = _measured(cell, ready, keys[cell.dataset], place.work / cell.id)
            found[cell.id] = {**_head(cell, hashes[cell.dataset]), **measured}
            if kept is not None:
                _keep(found[cell.id], cell, place.work / cell.id, kept)
    return found


def _keep(done: dict[str, Any], cell: Cell, store: Path, kept: Path) -> None:
    """Write a run down, and beside it every byte that its model was sent and answered."""
    from climbdc.models import write_ledger
    from climbdc.store import Ledger, Store

    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{cell.id}.json").write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    if not cell.method.model:
        return
    opened_store = Store(store)
    try:
        for session in opened_store.sessions()[:1]:
            write_ledger(Ledger(opened_store.session(session["id"])), kept / f"{cell.id}.ledger.jsonl")
    finally:
        opened_store.close()


def _measured(cell: Cell, method: Method, key: DataKey, folder: Path) -> dict[str, Any]:
    if cell.case == "dictionary":
        return describe_one(folder, key, method, cell.seed)
    return run_one(folder, key, method, cell.setting, cell.seed)


def _head(cell: Cell, hashes: dict[str, str]) -> dict[str, Any]:
    return {
        "case": cell.case, "dataset": cell.dataset, "method": cell.method.name,
        "setting": "" if cell.case == "dictionary" else cell.setting.words, "seed": cell.seed, **hashes,
        "climbdc": versions()["climbdc"],
    }  # fmt: skip


def _before(kept: Path | None, cell: Cell, hashes: dict[str, str], *, any_code: bool) -> dict[str, Any] | None:
    """What was measured of this run, if it was on the same data and key, by the same code, and did not fail."""
    path = None if kept is None else kept / f"{cell.id}.json"
    if path is None or not path.is_file():
        return None
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    free = {"code"} if any_code else set()
    same = all(body.get(name) == value for name, value in _head(cell, hashes).items() if name not in free)
    return body if same and "failed" not in body else None
