"""Making the attacks on an open sandbox, and judging them."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from climbdc.errors import InputError
from climbdc.sandbox._base import Sandbox
from climbdc.sandbox._job import Job, JobLimits
from climbdc.sandbox._outcome import Ok, Outcome, SandboxFailed
from climbdc.sandbox.attacks._arena import Arena
from climbdc.sandbox.attacks._attempt import Attempt
from climbdc.sandbox.attacks._catalogue import AttackSpec, attack_names, attack_specs
from climbdc.sandbox.attacks._inside import ATTACK_VERB
from climbdc.sandbox.attacks._judge import AttackResult, Observation, judge
from climbdc.sandbox.attacks._memory import setting_marks

__all__ = ["attack_job", "attempts_of", "empty_job", "run_suite", "strange_settings"]

_MEMORY_MB, _WORK_MB = 192, 1024
_LOOP_SECONDS, _SECONDS = 0.5, 20.0
_HEARD = 100
_SILENCE_SECONDS, _SILENCE_TURNS = 0.3, 10
# What a worker is given, and what Python adds by itself.
_HARMLESS_SETTINGS = ("_NUM_THREADS", "_CORETYPE", "_L2_SIZE")
_KNOWN_SETTINGS = frozenset(
    "ARROW_DEFAULT_MEMORY_POOL CLIMBDC_KNOWLEDGE_DIR HOME JE_ARROW_MALLOC_CONF JOBLIB_MULTIPROCESSING LANG "
    "LC_CTYPE MALLOC_ARENA_MAX MPLBACKEND MPLCONFIGDIR PATH PYTHONHASHSEED PYTHONUTF8 TZ KMP_DUPLICATE_LIB_OK "
    "KMP_INIT_AT_FORK".split()
)
_ATTEMPTS = TypeAdapter(dict[str, list[Attempt]])


def attack_job(arena: Arena, names: Sequence[str], limits: JobLimits, turn: int = 1) -> Job:
    """A job that makes these attacks."""
    targets = arena.targets().model_copy(update={"round": turn})
    payload = {"names": list(names), "targets": targets.model_dump(mode="json")}
    return Job(ATTACK_VERB, payload, {"input": arena.data}, limits)


def empty_job() -> Job:
    """A job that does nothing."""
    return Job(ATTACK_VERB, {"names": []}, limits=JobLimits(wall_seconds=_SECONDS, memory_mb=_MEMORY_MB))


def attempts_of(outcome: Outcome) -> dict[str, list[Attempt]]:
    """What the inside reports, by attack; empty where it reports nothing that can be read."""
    if not isinstance(outcome, Ok):
        return {}
    with suppress(ValidationError):
        return _ATTEMPTS.validate_python(outcome.payload.get("attacks", {}))
    return {}


def strange_settings(attempts: Sequence[Attempt]) -> list[str]:
    """Names of settings inside that are the host's own, by name and value."""
    seen = {mark for attempt in attempts if attempt.what == "compare its settings" for mark in attempt.detail.split()}
    names = [mark.rpartition("=")[0] for mark in setting_marks(os.environ) if mark in seen]
    return [name for name in names if name not in _KNOWN_SETTINGS and not name.endswith(_HARMLESS_SETTINGS)]


def _limits(spec: AttackSpec) -> JobLimits:
    seconds = _LOOP_SECONDS if spec.ends == "killed" else _SECONDS
    memory = _WORK_MB if spec.ends == "works" else _MEMORY_MB
    return JobLimits(wall_seconds=seconds, memory_mb=memory, output_mb=spec.output_mb)


def _forget_peak() -> None:
    """Begin to count the largest memory of this process anew (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float:
    if sys.platform == "linux":
        found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _catch(arena: Arena) -> list[str]:
    """What the arena caught; waits until a process that was left behind is silent, so that nothing else is blamed."""
    caught = arena.caught()
    for _ in range(_SILENCE_TURNS if any("udp" in what for what in caught) else 0):
        time.sleep(_SILENCE_SECONDS)
        if not arena.caught():
            break
    return caught


def _parent(sandbox: Sandbox) -> str | None:
    """What tells the process that starts jobs from any other; None where no job can be done."""
    outcome = sandbox.run(empty_job())
    return str(outcome.payload.get("parent")) if isinstance(outcome, Ok) else None


def _observe(sandbox: Sandbox, arena: Arena, name: str, spec: AttackSpec, parent: str | None) -> Observation:
    limits = _limits(spec)
    heard: list[str] = []
    attempts: list[Attempt] = []
    _forget_peak()
    memory, late, took, raised = _peak_mb(), 0.0, 0.0, ""
    for turn in range(1, spec.rounds + 1):
        job = attack_job(arena, [name], limits, turn)
        started = time.monotonic()
        try:
            outcome = sandbox.run(job, lambda share, text: heard.append(text) if len(heard) < _HEARD else None)
        except Exception as error:  # a job made the host fail, whatever with
            raised, outcome = type(error).__name__, SandboxFailed("The host failed.")
        took = time.monotonic() - started
        late = max(late, took - limits.wall_seconds)
        attempts += attempts_of(outcome).get(name, [])
    grown = _peak_mb() - memory
    # One that answered is alive; after any other ending the same sandbox must still do the next job.
    after = None if isinstance(outcome, Ok) else _parent(sandbox)
    return replace(
        Observation(outcome, attempts, heard, late_seconds=late, took_seconds=took, grown_mb=grown, raised=raised),
        caught=_catch(arena),
        betrayed=[attempt.what for attempt in attempts if arena.betrayed(attempt.detail)],
        strange_settings=strange_settings(attempts),
        alive=isinstance(outcome, Ok) or after is not None,
        replaced=after is not None and after != parent,
    )


def run_suite(sandbox: Sandbox, names: Sequence[str] | None = None) -> list[AttackResult]:
    """Attack an open sandbox, one attack after the other, each in a job of its own.

    Where an attack succeeds it does no harm: what it reads, reaches, ends and fills was planted for it.

    Args:
        sandbox: An open sandbox of any backend.
        names: Attacks to make; None makes all.

    Returns:
        One result for each attack, in the order of `attack_names()`.

    Raises:
        InputError: There is no attack of that name.
    """
    specs = attack_specs()
    unknown = sorted(set(names or []) - set(specs))
    if unknown:
        raise InputError(f"There is no attack called {unknown[0]!r}.", fix=f"Choose from {', '.join(attack_names())}.")
    results, parent = [], _parent(sandbox)
    with Arena(_MEMORY_MB, ipc=True) as arena:
        for name, spec in specs.items():
            if names is not None and name not in names:
                continue
            seen = _observe(sandbox, arena, name, spec, parent)
            results.append(judge(name, spec, seen))
            parent = _parent(sandbox) if seen.replaced or not seen.alive else parent
    return results
