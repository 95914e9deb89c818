"""Which runs make up the suite."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from climbdc.agents.experts import MANNERS
from climbdc.bench._agents_about import AGENT_CASES
from climbdc.bench.agents._method import Method
from climbdc.bench.agents._session_run import Setting

__all__ = ["Cell", "planned"]


@dataclass(frozen=True)
class Cell:
    """One run: a case, its data, who plans and what is varied."""

    case: str
    dataset: str
    method: Method
    setting: Setting = field(default_factory=Setting)
    seed: int = 0

    @property
    def title(self) -> str:
        """To tell people."""
        words = f"{self.case}: {self.dataset}, {self.method.name}"
        return words if self.case == "dictionary" else f"{words}, {self.setting.words}"

    @property
    def id(self) -> str:
        """A name for its file; other settings have another."""
        told = {"case": self.case, "data": self.dataset, "method": self.method.name, **asdict(self.setting)}
        digest = hashlib.sha256(json.dumps({**told, "seed": self.seed}, sort_keys=True).encode()).hexdigest()
        return f"{self.case}-{self.dataset}-{digest[:12]}"


def planned(
    methods: Sequence[Method], cases: Sequence[str], datasets: Sequence[str], seed: int
) -> Iterator[Cell]:  # fmt: skip
    """All runs, method by method, so that a small model is served once; what costs least comes first."""
    for method in methods:
        for case in AGENT_CASES:
            if case in cases:
                for dataset in datasets:
                    for setting in _settings(case, dataset):
                        yield Cell(case, dataset, method, setting, seed)


def _settings(case: str, dataset: str) -> Iterator[Setting]:
    """What is varied in a case; only one set is too opaque without its dictionary, so only that one runs twice."""
    if case == "dictionary":
        yield Setting()
    elif case == "sessions":
        yield Setting()
        if dataset == "support2":
            yield Setting(told=True)
    elif case == "clinicians":
        yield from (Setting(manner) for manner in MANNERS if manner != "silent")
    else:
        yield Setting(look_ahead=0)
        yield Setting(backtracking=False)
