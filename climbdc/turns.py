"""Taking turns: so many at once and no more, and nobody who has had much goes before one who has had little."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from climbdc.sandbox import Cancellation

__all__ = ["Turns"]


@dataclass(eq=False)
class _Wish:
    """One who waits, or has a turn."""

    granted: bool = False
    heard: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Hands out turns to parties; each party may ask for several at once. Safe to use from many threads.

    The next turn goes to the waiting party that has the fewest at the moment; of those that have as many, to the one
    whose last was granted longest ago. Within a party, whoever asked first is first.

    Args:
        most: Turns at the same time.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("there must be one turn at least")
        self.most = most
        self._lock = threading.Lock()
        self._count = itertools.count(1)
        self._holding: Counter[Hashable] = Counter()
        self._last: dict[Hashable, int] = {}
        self._queues: dict[Hashable, deque[_Wish]] = {}

    @contextmanager
    def turn(self, party: Hashable, cancel: Cancellation | None = None) -> Iterator[bool]:
        """Wait for a turn and have it within the `with` block.

        Args:
            party: Who asks.
            cancel: Ends the waiting.

        Yields:
            Whether it is one's turn; False when the waiting was cancelled.
        """
        granted = self.take(party, cancel)
        try:
            yield granted
        finally:
            if granted:
                self.give_back(party)

    def take(self, party: Hashable, cancel: Cancellation | None = None) -> bool:
        """Wait for a turn, which must be given back; False when the waiting was cancelled and there is none."""
        wish = _Wish()
        with self._lock:
            self._queues.setdefault(party, deque()).append(wish)
            self._grant()
        try:
            _await(wish, cancel)
        except BaseException:
            self._withdraw(party, wish)
            raise
        if wish.granted and (cancel is None or not cancel.wanted):
            return True
        self._withdraw(party, wish)
        return False

    def give_back(self, party: Hashable) -> None:
        """End a turn."""
        with self._lock:
            self._holding[party] -= 1
            if not self._holding[party]:
                del self._holding[party]
            self._grant()

    def before(self, party: Hashable) -> int | None:
        """How many other parties have a turn or will have one first; None where the party does not wait."""
        with self._lock:
            if party not in self._queues or self._holding[party]:
                return None
            mine = self._rank(party)
            return len(self._holding) + sum(self._rank(other) < mine for other in self._queues if other != party)

    @property
    def waiting(self) -> int:
        """How many turns are waited for."""
        with self._lock:
            return sum(map(len, self._queues.values()))

    def _withdraw(self, party: Hashable, wish: _Wish) -> None:
        """Take back a wish; one that was granted meanwhile is a turn to be given back."""
        with self._lock:
            queue = self._queues.get(party)
            if queue is not None and wish in queue:
                queue.remove(wish)
                if not queue:
                    del self._queues[party]
                return
        if wish.granted:
            self.give_back(party)

    def _grant(self) -> None:
        while self._queues and sum(self._holding.values()) < self.most:
            party = min(self._queues, key=self._rank)
            wish = self._queues[party].popleft()
            if not self._queues[party]:
                del self._queues[party]
            self._holding[party] += 1
            self._last[party] = next(self._count)
            self._forget()
            wish.granted = True
            wish.heard.set()

    def _rank(self, party: Hashable) -> tuple[int, int]:
        return self._holding[party], self._last.get(party, 0)

    def _forget(self) -> None:
        """Keep no memory of those who left long ago."""
        if len(self._last) > 1000:
            here = {*self._queues, *self._holding}
            self._last = {party: last for party, last in self._last.items() if party in here}


def _await(wish: _Wish, cancel: Cancellation | None) -> None:
    if cancel is None:
        wish.heard.wait()
        return
    wake: Callable[[], None] = wish.heard.set
    with cancel.stopping(wake):
        wish.heard.wait()
