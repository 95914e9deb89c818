"""The whole taxonomy: look-up, order and its JSON form."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable, Iterator
from functools import cached_property
from graphlib import TopologicalSorter

from ._challenge import Challenge
from ._errors import UnknownChallengeError

JSON_KEYS = (
    "id",
    "dimension",
    "title",
    "kahn",
    "after",
    "screen",
    "treat",
    "verify",
    "report_only",
    "question",
    "default",
)


class Taxonomy:
    """Challenges in the order of their dimensions, with the rules on what comes before what.

    Use `load` to get one; it checks what this class takes for granted: unique ids, known ids in `after`, no cycle.

    >>> from climbdc_taxonomy import load
    >>> taxonomy = load()
    >>> taxonomy["labels/imbalance"].title
    'One outcome is much rarer than the other'
    >>> taxonomy.must_follow("completeness/missing-values", "leakage/known-later")
    True
    >>> [challenge.id for challenge in taxonomy.by_tool("drop_missing_target")]
    ['completeness/missing-target', 'labels/censoring']
    """

    def __init__(self, challenges: Iterable[Challenge]) -> None:
        self._challenges = {challenge.id: challenge for challenge in challenges}

    def __iter__(self) -> Iterator[Challenge]:
        """Go through the challenges, dimension by dimension."""
        return iter(self._challenges.values())

    def __len__(self) -> int:
        """Count the challenges."""
        return len(self._challenges)

    def __contains__(self, challenge: object) -> bool:
        """Say whether there is a challenge with this id."""
        return challenge in self._challenges

    def __getitem__(self, challenge: str) -> Challenge:
        """Give the challenge with this id.

        Raises:
            UnknownChallengeError: There is none; the message names the nearest. It is a `KeyError` too.
        """
        found = self.get(challenge)
        if found is None:
            near = difflib.get_close_matches(challenge, self._challenges, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "List them with: climbdc taxonomy"
            raise UnknownChallengeError(f"There is no challenge {challenge!r} in the taxonomy. {hint}")
        return found

    def get(self, challenge: str) -> Challenge | None:
        """Give the challenge with this id, or nothing."""
        return self._challenges.get(challenge)

    def by_tool(self, name: str) -> tuple[Challenge, ...]:
        """Give the challenges that name this tool to screen, treat or verify; empty for a tool that none names."""
        return tuple(c for c in self if name in (*c.screen, *c.treat, *c.verify))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All ids so that each comes after those it must follow; ties fall in the order of the dimensions."""
        rank = {challenge.id: place for place, challenge in enumerate(self)}
        ids = list(rank)
        sorter = TopologicalSorter({challenge.id: challenge.after for challenge in self})
        sorter.prepare()
        ready: list[int] = []
        ordered: list[str] = []
        while sorter.is_active():
            for challenge in sorter.get_ready():
                heapq.heappush(ready, rank[challenge])
            ordered.append(ids[heapq.heappop(ready)])
            sorter.done(ordered[-1])
        return tuple(ordered)

    def must_follow(self, later: str, earlier: str) -> bool:
        """Say whether `later` may only be settled once `earlier` is, be it directly or through others.

        Raises:
            UnknownChallengeError: One of the ids is not in the taxonomy.
        """
        return self[earlier].id in self._before[self[later].id]

    def as_json(self) -> list[dict[str, object]]:
        """Give what `climbdc taxonomy --json` prints, keys in the order of the contract."""
        dumped = (challenge.model_dump(mode="json", include=set(JSON_KEYS)) for challenge in self)
        return [{key: entry[key] for key in JSON_KEYS} for entry in dumped]

    @cached_property
    def _before(self) -> dict[str, frozenset[str]]:
        before: dict[str, frozenset[str]] = {}
        for challenge in self.order:
            direct = self._challenges[challenge].after
            before[challenge] = frozenset(direct).union(*(before[earlier] for earlier in direct))
        return before
