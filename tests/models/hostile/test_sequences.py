"""Bad behaviours in random sequences over whole sessions: whatever comes, the spine holds."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.errors import Stopped

from .behaviours import BEHAVIOURS, played
from .clinic import Clinic
from .holds import broken
from .server import Behaviour, Call, Reply, well_behaved
from .sessions import Played, play

SESSIONS = int(os.environ.get("CLIMBDC_HOSTILE_SESSIONS", "500"))
"""Of the full tier."""
BATCH, QUICK = 20, 12
PATIENT = 1.0
FAST = sorted(name for name, entry in BEHAVIOURS.items() if not entry.slow)
SLOW = sorted(set(BEHAVIOURS) - set(FAST) - {"endless-drip"})
ONE = st.one_of(st.sampled_from(FAST), st.sampled_from(FAST), st.sampled_from(["well-behaved"]))
SEQUENCES = st.builds(
    lambda fast, slow, at: [*fast[:at], *slow, *fast[at:]],
    st.lists(ONE, min_size=1, max_size=16), st.lists(st.sampled_from(SLOW), max_size=1), st.integers(0, 16),
)  # fmt: skip


@dataclass
class Leaving:
    """The automatic expert, who may leave in the middle of it."""

    after: int
    name: str = "auto"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The automatic expert's answer, so many times."""
        if self.after == 0:
            raise Stopped("That is enough for today.")
        self.after -= 1
        return AutoExpert().answer(checkpoint, name)


def one_after_the_other(names: list[str], facts: Callable[[], Mapping[str, Any]]) -> Behaviour:
    """The behaviours in turn, and again from the first."""
    known = {name: played(BEHAVIOURS[name], facts) for name in names if name in BEHAVIOURS}
    turns = cycle(known.get(name, well_behaved) for name in names)

    def answer(call: Call) -> Reply:
        return next(turns)(call)

    return answer


def hostile_sessions(place: Clinic, rules: Played, number: int, count: int) -> None:
    """So many sessions, drawn from a seed."""

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        names=SEQUENCES, level=st.sampled_from(["metadata", "aggregates", "values"]),
        leaves=st.one_of(st.just(1000), st.just(1000), st.integers(1, 11)),
    )  # fmt: skip
    def one(names: list[str], level: str, leaves: int) -> None:
        folder = Path(tempfile.mkdtemp(prefix="hostile"))
        with pytest.MonkeyPatch.context() as patch:
            session = play(
                place, folder, lambda facts: one_after_the_other(names, facts), patch=patch, expert=Leaving(leaves),
                patience=PATIENT, disclosure=level,
            )  # fmt: skip
        assert broken(session, rules) == []
        shutil.rmtree(folder)

    one()


def test_random_sequences_end_well(place: Clinic, rules: Played) -> None:
    hostile_sessions(place, rules, 0, QUICK)


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, SESSIONS // BATCH + 1))
def test_many_random_sequences_end_well(number: int, place: Clinic, rules: Played) -> None:
    hostile_sessions(place, rules, number, BATCH)
