"""Proof by trying that a sandbox holds: a part of the attack suite, quick enough to be made at every opening.

A sandbox that reports nothing and isolates nothing exists (see the decision record), hence: fail closed. A check is
passed only when the attempt is known to have been made and refused.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from climbdc.sandbox._base import Sandbox
from climbdc.sandbox._job import JobLimits
from climbdc.sandbox._outcome import LimitHit, Ok

if TYPE_CHECKING:
    from climbdc.sandbox.attacks._arena import Arena

__all__ = ["Check", "SelfTest", "self_test"]

_MEMORY_MB = 512
_LOOP_SECONDS = 0.1
_KILL_SECONDS = 5.0
"""Far more than it takes: on a busy machine a late end is no hole. How late is measured by `climbdc bench`."""
_SECONDS = 60
_CHECKS = {
    "read": "read_other_patient",
    "write": "write_outside",
    "environment": "env_secret",
    "parent environment": "proc_parent_environ",
    "tcp": "tcp_localhost",
    "udp": "udp_outside_dns",
    "unix": "unix_sockets",
    "vsock": "odd_sockets",
    "fork": "fork_bomb",
    "signal": "kill_parent",
    "raise limit": "raise_limits",
    "memory": "mem_64g_one_proc",
    "honest work": "legit_work",
    # Last: where it works, nothing comes back, and nothing counts as tried.
    "exec": "exec_shell",
}


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Args:
        name: What was tried.
        ok: It was refused, or for honest work: it went well.
        detail: What happened.
    """

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class SelfTest:
    """Whether a sandbox holds, and why.

    Args:
        name: Name of the backend.
        checks: Everything that was tried.
    """

    name: str
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def failures(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.ok]


# The attacks are imported where they are made: they need modules that only a Unix system has.
def _attempts(sandbox: Sandbox, arena: Arena) -> list[Check]:
    from climbdc.sandbox.attacks._catalogue import attack_specs
    from climbdc.sandbox.attacks._judge import Observation, judge
    from climbdc.sandbox.attacks._suite import attack_job, attempts_of, strange_settings

    limits = JobLimits(wall_seconds=_SECONDS, memory_mb=_MEMORY_MB, output_mb=1)
    outcome = sandbox.run(attack_job(arena, list(_CHECKS.values()), limits))
    caught = arena.caught()
    traps = Check("traps", not caught, "; ".join(caught) if caught else "nothing was reached")
    if not isinstance(outcome, Ok):
        return [Check("attempts", False, f"no answer came: {outcome}"), traps]
    made, specs = attempts_of(outcome), attack_specs()
    checks = [traps]
    for name, attack in _CHECKS.items():
        tries = made.get(attack, [])
        betrayed = [attempt.what for attempt in tries if arena.betrayed(attempt.detail)]
        seen = Observation(outcome, tries, betrayed=betrayed, strange_settings=strange_settings(tries))
        result = judge(attack, specs[attack], seen)
        checks.append(Check(name, result.tried and result.contained, result.detail))
    return checks


def _deadline(sandbox: Sandbox, arena: Arena) -> Check:
    from climbdc.sandbox.attacks._suite import attack_job

    started = time.monotonic()
    outcome = sandbox.run(attack_job(arena, ["infinite_loop"], JobLimits(wall_seconds=_LOOP_SECONDS)))
    late = time.monotonic() - started - _LOOP_SECONDS
    stopped = isinstance(outcome, LimitHit) and outcome.limit == "time"
    detail = f"stopped {late:.2f} s after its deadline" if stopped else f"not stopped: {outcome}"
    return Check("deadline", stopped and late < _KILL_SECONDS, detail)


def self_test(sandbox: Sandbox) -> SelfTest:
    """Try, inside a sandbox, everything it must refuse, and some honest work.

    Args:
        sandbox: An open sandbox of any backend.
    """
    from climbdc.sandbox.attacks._arena import Arena

    with Arena(_MEMORY_MB) as arena:
        return SelfTest(sandbox.name, [*_attempts(sandbox, arena), _deadline(sandbox, arena)])
