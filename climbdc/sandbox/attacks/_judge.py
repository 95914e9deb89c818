"""Whether an attack was made, and whether it was contained. What says neither is neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from climbdc.sandbox._outcome import LimitHit, Ok, Outcome, SandboxFailed, ToolFailed
from climbdc.sandbox.attacks._attempt import BEGAN, Attempt
from climbdc.sandbox.attacks._catalogue import AttackSpec

__all__ = ["AttackResult", "Observation", "judge", "judge_attempts"]

_LATE_SECONDS = 0.5
_LEFT_SECONDS = 2.0
_PRINTED_CHARACTERS = 65_536
_GROWN_MB = 256
_KILLED_BY_KERNEL = ("SIGSYS", "SIGSEGV", "SIGILL")


@dataclass(frozen=True)
class AttackResult:
    """What is known about one attack on one sandbox.

    Args:
        name: The attack.
        tried: The attempts are known to have been made.
        contained: They were made, and none reached anything.
        detail: What refused them, or what they reached.
    """

    name: str
    tried: bool
    contained: bool
    detail: str


@dataclass(frozen=True)
class Observation:
    """What the host saw of one attack.

    Args:
        outcome: How its last job ended.
        attempts: What the attack reports.
        heard: What it said as progress.
        caught: What the arena caught.
        betrayed: Attempts that brought home what only the host knows.
        late_seconds: Time past the deadline; negative when it ended before.
        took_seconds: Time until the host knew how its last job ended.
        grown_mb: By how much the memory of the host grew at most, in MiB.
        alive: Whether the sandbox works afterwards.
        replaced: Whether another process starts the jobs afterwards; the one before took all other jobs along.
        raised: What the host raised instead of an outcome.
        strange_settings: Names of the host's settings that were seen inside.
    """

    outcome: Outcome
    attempts: Sequence[Attempt] = ()
    heard: Sequence[str] = ()
    caught: Sequence[str] = ()
    betrayed: Sequence[str] = ()
    late_seconds: float = 0.0
    took_seconds: float = 0.0
    grown_mb: float = 0.0
    alive: bool = True
    replaced: bool = False
    raised: str = ""
    strange_settings: Sequence[str] = ()

    @property
    def began(self) -> bool:
        """Whether it said that it was about to begin."""
        return BEGAN in self.heard


def judge(name: str, spec: AttackSpec, seen: Observation) -> AttackResult:
    """Say whether an attack was made and contained."""
    escaped = _escapes(seen)
    if escaped:
        return AttackResult(name, True, False, "; ".join(escaped)[:500])
    match spec.ends:
        case "killed":
            return _judge_killed(name, seen)
        case "left":
            return _judge_left(name, seen)
        case "dies" if seen.began and _killed_by_kernel(seen.outcome):
            return AttackResult(name, True, True, "the kernel ended it")
        case "answer" | "ignored":
            return _judge_answer(name, spec, seen)
        case "printed":
            return _judge_printed(name, spec, seen)
        case "memory" if seen.began and isinstance(seen.outcome, LimitHit) and seen.outcome.limit == "memory":
            return AttackResult(name, True, True, "it was ended for want of memory")
        case "works":
            good = isinstance(seen.outcome, Ok) and [attempt.state for attempt in seen.attempts] == ["saw"]
            return AttackResult(name, bool(seen.attempts), good, "it worked" if good else _say(seen))
        case _:
            return _judge_attempts_of(name, spec, seen)


def _escapes(seen: Observation) -> list[str]:
    """What shows at once that something was reached."""
    found = [*seen.caught, *(f"found a secret: {what}" for what in seen.betrayed)]
    found += [f"inherited settings: {' '.join(seen.strange_settings)}"] if seen.strange_settings else []
    found += [f"the host failed with {seen.raised}"] if seen.raised else []
    found += [] if seen.alive else ["the sandbox did not work afterwards"]
    found += ["the worker that starts jobs had to be replaced"] if seen.replaced else []
    if seen.grown_mb > _GROWN_MB:
        found.append("the memory of the host grew")
    return found


def _killed_by_kernel(outcome: Outcome) -> bool:
    return isinstance(outcome, SandboxFailed) and any(name in outcome.detail for name in _KILLED_BY_KERNEL)


def _judge_killed(name: str, seen: Observation) -> AttackResult:
    stopped = isinstance(seen.outcome, LimitHit) and seen.outcome.limit == "time"
    if stopped and seen.outcome.usage.exit_code is None:
        return AttackResult(name, seen.began, False, "nobody knows that its process ended")
    if stopped and seen.late_seconds > _LATE_SECONDS:
        return AttackResult(name, seen.began, False, f"stopped {seen.late_seconds:.1f} s too late")
    return AttackResult(name, seen.began, seen.began and stopped, "stopped at its deadline" if stopped else _say(seen))


def _judge_left(name: str, seen: Observation) -> AttackResult:
    if seen.took_seconds > _LEFT_SECONDS:
        return AttackResult(name, seen.began, False, f"it took {seen.took_seconds:.1f} s to see that it had left")
    known = seen.began and isinstance(seen.outcome, SandboxFailed) and seen.outcome.usage.exit_code is not None
    return AttackResult(name, seen.began, known, _say(seen))


def _judge_answer(name: str, spec: AttackSpec, seen: Observation) -> AttackResult:
    # A tool that fails by itself, as `ToolFailed` says, has sent nothing hostile.
    failed = isinstance(seen.outcome, (SandboxFailed, LimitHit))
    ignored = spec.ends == "ignored" and isinstance(seen.outcome, Ok) and seen.outcome.payload in ({}, {"answer": 1})
    tried = seen.began and not isinstance(seen.outcome, ToolFailed)
    detail = "what was too much was ignored" if ignored else _say(seen)
    return AttackResult(name, tried, tried and (failed or ignored), detail)


def _judge_printed(name: str, spec: AttackSpec, seen: Observation) -> AttackResult:
    tried = bool(seen.attempts) and not _broken(spec, seen.attempts)
    printed = len(seen.outcome.usage.output) if isinstance(seen.outcome, Ok) else 0
    cut = isinstance(seen.outcome, Ok) and printed <= _PRINTED_CHARACTERS
    return AttackResult(name, tried, tried and cut, "cut" if cut else _say(seen))


def _judge_attempts_of(name: str, spec: AttackSpec, seen: Observation) -> AttackResult:
    if not isinstance(seen.outcome, Ok):
        # It began what may leave nobody to tell, and nobody told that it was refused.
        return AttackResult(name, seen.began, False, _say(seen))
    return judge_attempts(name, spec, seen.attempts)


def _broken(spec: AttackSpec, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Attempts that failed by themselves, or were refused by something that refuses no attack."""
    return [
        attempt
        for attempt in attempts
        if attempt.state == "crashed" or (attempt.state == "refused" and attempt.error not in spec.refusals)
    ]


def judge_attempts(name: str, spec: AttackSpec, attempts: Sequence[Attempt]) -> AttackResult:
    """Judge by the attempts alone."""
    worked = [attempt for attempt in attempts if attempt.state == "did"]
    if worked:
        said = "; ".join(f"{attempt.what}: {attempt.detail[:80]}" for attempt in worked)
        return AttackResult(name, True, False, said[:500])
    broken = _broken(spec, attempts)
    if broken or not attempts:
        said = "; ".join(f"{attempt.what}: {attempt.error} {attempt.detail}" for attempt in broken)
        return AttackResult(name, False, False, f"not really tried: {said}"[:500] if said else "nothing was tried")
    return AttackResult(name, True, True, _tell(attempts))


def _tell(attempts: Sequence[Attempt]) -> str:
    errors = Counter(attempt.error for attempt in attempts if attempt.state == "refused")
    saw = len(attempts) - sum(errors.values())
    parts = [f"{count} refused with {error}" for error, count in sorted(errors.items())]
    parts += [f"{saw} found nothing"] if saw else []
    return f"{len(attempts)} attempts: {', '.join(parts)}"


def _say(seen: Observation) -> str:
    outcome = seen.outcome
    told = getattr(outcome, "detail", "") or getattr(outcome, "message", "")
    broken = "; ".join(f"{item.what}: {item.error} {item.detail}" for item in seen.attempts if item.state == "crashed")
    return f"{type(outcome).__name__}: {broken or told}"[:500]
