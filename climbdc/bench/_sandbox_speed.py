"""The case `sandbox` of the suite `speed`: what the sandbox adds to a job, for every backend there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from climbdc.bench._cases import MILLION, Place
from climbdc.bench._latency import Latency, Trial, take_turns
from climbdc.bench._sandbox_jobs import write_numbers
from climbdc.bench._sandbox_trials import (
    bare_seconds,
    call_seconds,
    cancel_late,
    cold_seconds,
    deadline_late,
    open_timed,
)
from climbdc.errors import ClimbdcError

if TYPE_CHECKING:
    from climbdc.sandbox import Sandbox

__all__ = ["BARE", "SANDBOX_ABOUT", "SANDBOX_CASE", "Calls", "run_sandbox"]

SANDBOX_CASE = "sandbox"
SANDBOX_ABOUT = "waits for the sandbox: every backend there is, and a bare process in turn with them"
BARE = "bare"
_NOTHING = "pass"
_IMPORTS = "import pandas, sklearn"
_GROUPBY = """
import sys, pandas, pyarrow
table = pyarrow.ipc.open_file(pyarrow.memory_map(sys.argv[1])).read_all()
table.to_pandas(split_blocks=True).groupby("c0", observed=True)[["f0", "f1"]].mean()
"""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Calls:
    """How often each thing is done.

    Args:
        cold: Sandboxes opened in a fresh process.
        empty: Empty jobs, with pauses and again without.
        million: Jobs over the large table.
        fit: Jobs that fit a model.
        table: Jobs that give the large table back.
        ends: Jobs that are ended, at a deadline and again by cancelling.
        block: Jobs without a pause before another backend takes its turn.
    """

    cold: int = 3
    empty: int = 40
    million: int = 30
    fit: int = 12
    table: int = 6
    ends: int = 10
    block: int = 10


def run_sandbox(
    place: Place, told: Told = lambda text: None, *, calls: Calls | None = None, backends: Sequence[str] | None = None
) -> dict[str, Any]:
    """Time the sandbox. A backend that cannot be used here is passed over with the reason.

    Args:
        place: Where may be written, and the seed of the data and of the pauses.
        told: Hears what is going on.
        calls: How often each thing is done.
        backends: Which; all when None.

    Returns:
        Name and about of the case, and for each backend and the bare process (`bare`) its latencies by measure; with
        `failed` where a job did not end as it must.
    """
    head: dict[str, Any] = {"name": SANDBOX_CASE, "about": SANDBOX_ABOUT, "rows": MILLION}
    numbers = write_numbers(place.work / "numbers.arrow", MILLION, place.seed)
    chosen, passed = _there(backends)
    for name, reason in passed.items():
        told(f"{SANDBOX_CASE}: {name} passed over. {reason}")
    try:
        measures = _Timing(calls or Calls(), numbers, place.seed, told).run(chosen)
    except ClimbdcError as error:
        return {**head, "passed_over": passed, "failed": str(error)}
    by_subject: dict[str, dict[str, Any]] = {name: {} for name in (BARE, *chosen)}
    for measure, found in measures.items():
        for subject, value in found.items():
            by_subject[subject][measure] = value.model_dump()
    return {**head, "passed_over": passed, "latency": by_subject}


def _there(backends: Sequence[str] | None) -> tuple[list[str], dict[str, str]]:
    """Backends that open, and of the others why they do not."""
    from climbdc.sandbox import SandboxUnavailable, available_backends

    there: list[str] = []
    passed: dict[str, str] = {}
    for status in available_backends():
        if backends is not None and status.name not in backends:
            continue
        if not status.ok:
            passed[status.name] = status.detail
            continue
        try:
            open_timed(status.name).close()
            there.append(status.name)
        except SandboxUnavailable as error:
            passed[status.name] = error.message
    return there, passed


@dataclass(frozen=True)
class _Timing:
    calls: Calls
    numbers: Path
    seed: int
    told: Told

    def run(self, backends: Sequence[str]) -> dict[str, dict[str, Latency]]:
        """Everything, by measure and then by backend.

        Raises:
            SandboxUnavailable: A backend does not open.
            TrialFailed: A job did not end as it must.
        """
        self.told(f"{SANDBOX_CASE}: cold starts of {', '.join(backends) or 'nothing'}")
        cold: dict[str, Trial] = {BARE: partial(bare_seconds, _IMPORTS)}
        cold |= {name: partial(cold_seconds, name) for name in backends}
        found = {"cold": take_turns(cold, self.calls.cold)}
        with ExitStack() as stack:
            opened = {name: stack.enter_context(open_timed(name)) for name in backends}
            return self._warm(opened) | found

    def _warm(self, opened: Mapping[str, Sandbox]) -> dict[str, dict[str, Latency]]:
        calls, million = self.calls, partial(call_seconds, numbers=self.numbers)
        self.told(f"{SANDBOX_CASE}: empty jobs")
        found = {
            "empty": self._turns(opened, partial(call_seconds, verb="empty"), calls.empty, bare=(_NOTHING,)),
            "empty-rush": take_turns(
                {name: partial(call_seconds, sandbox, "empty") for name, sandbox in opened.items()},
                calls.empty, block=calls.block,
            ),
        }  # fmt: skip
        self.told(f"{SANDBOX_CASE}: jobs over a million rows")
        bare = (_GROUPBY, str(self.numbers))
        found["groupby-million"] = self._turns(opened, partial(million, verb="groupby"), calls.million, bare=bare)
        found["table-million"] = self._turns(opened, partial(million, verb="table"), calls.table)
        self.told(f"{SANDBOX_CASE}: a model, deadlines, cancelling")
        fit = partial(call_seconds, verb="fit", payload={"seed": self.seed})
        found["fit"] = self._turns(opened, fit, calls.fit)
        found["deadline"] = self._turns(opened, deadline_late, calls.ends)
        found["cancel"] = self._turns(opened, cancel_late, calls.ends)
        return found

    def _turns(
        self, opened: Mapping[str, Sandbox], trial: Callable[[Sandbox], float], rounds: int, *, bare: Sequence[str] = ()
    ) -> dict[str, Latency]:
        trials: dict[str, Trial] = {BARE: partial(bare_seconds, *bare)} if bare else {}
        trials |= {name: partial(trial, sandbox) for name, sandbox in opened.items()}
        return take_turns(trials, rounds, pauses=Random(self.seed))
