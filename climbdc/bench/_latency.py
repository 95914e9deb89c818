"""Many short waits in a few numbers, and rounds in which everything compared takes its turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np
from pydantic import BaseModel, ConfigDict

__all__ = ["Latency", "Trial", "latency", "take_turns"]

_PAUSE_SECONDS = (0.05, 0.25)

Trial = Callable[[], float]
"""Does something once, and says how many seconds it took."""


class Latency(BaseModel):
    """How long calls took, in milliseconds. Each number is one that was seen: no value between two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int
    min_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float


def latency(seconds: Sequence[float]) -> Latency:
    """Sum up calls.

    >>> latency([0.001, 0.002, 0.003]).p50_ms
    2.0
    """
    low, middle, high, most = np.percentile(np.asarray(seconds) * 1000, [0, 50, 95, 100], method="higher")
    return Latency(
        calls=len(seconds),
        min_ms=round(float(low), 2),
        p50_ms=round(float(middle), 2),
        p95_ms=round(float(high), 2),
        max_ms=round(float(most), 2),
    )


def take_turns(
    trials: Mapping[str, Trial], rounds: int, *, pauses: Random | None = None, block: int = 1
) -> dict[str, Latency]:
    """Try each in turn, round after round, so that what else the machine does meets all alike.

    Args:
        trials: What is compared. Each is tried once before, uncounted.
        rounds: How often each is tried.
        pauses: Draws a pause of 0.05 to 0.25 s before each trial; None makes none.
        block: How often one is tried before it is the next one's turn.
    """
    for trial in trials.values():
        trial()
    seconds: dict[str, list[float]] = {name: [] for name in trials}
    while any(len(taken) < rounds for taken in seconds.values()):
        for name, trial in trials.items():
            for _ in range(min(block, rounds - len(seconds[name]))):
                if pauses is not None:
                    time.sleep(pauses.uniform(*_PAUSE_SECONDS))
                seconds[name].append(trial())
    return {name: latency(taken) for name, taken in seconds.items()}
