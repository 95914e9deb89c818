"""Sessions with made-up rows, as they stand after reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.data import canonical
from climbdc.privacy import Disclosure, Gate
from climbdc.registry import registry
from climbdc.sdk import Column, Dictionary, Roles, SemanticType
from climbdc.store import SessionStore, Store


@dataclass
class Room:
    """A session, its rows and a gate before them."""

    stored: SessionStore
    frame: pd.DataFrame
    dictionary: Dictionary
    roles: Roles
    gate: Gate

    def again(self, level: Disclosure = "aggregates") -> Gate:
        """A gate of another process: nothing in mind but what the session keeps."""
        return Gate(SessionStore(self.stored.engine, self.stored.objects, self.stored.id), registry(), level=level)

    def table(
        self, frame: pd.DataFrame | None = None, columns: list[str] | None = None, gate: Gate | None = None
    ) -> str:
        """The full table as it is released."""
        some = self.frame if frame is None else frame
        return (gate or self.gate).table(some, self.dictionary, self.roles, columns, detail="full").text


Opened = Callable[..., Room]


@pytest.fixture(scope="session")
def privacy_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all these sessions."""
    store = Store(tmp_path_factory.mktemp("gate"))
    yield store
    store.engine.dispose()


@pytest.fixture(scope="session")
def opened(privacy_store: Store) -> Opened:
    """Opens a session over a frame: `opened(frame, types={"a": "categorical"}, roles=Roles(...), level="values")`."""

    def make(
        frame: pd.DataFrame,
        types: dict[str, SemanticType] | None = None,
        roles: Roles | None = None,
        level: Disclosure = "aggregates",
        more: dict[str, dict[str, Any]] | None = None,
        test: pd.DataFrame | None = None,
    ) -> Room:
        frame = canonical(frame)
        kinds = {str(name): _type(frame[name]) for name in frame.columns} | (types or {})
        dictionary = Dictionary(
            [Column(name=name, type=kind, **(more or {}).get(name, {})) for name, kind in kinds.items()]
        )
        stored = privacy_store.create("made up", {})
        sealed = None
        if test is not None:
            test = canonical(test)
            test.index = pd.Index(np.arange(len(frame), len(frame) + len(test)), name="_row")
            sealed = {"frame": stored.objects.put_frame(test), "rows": len(test)}
        stored.put(
            "reading",
            {
                "rows": len(frame), "columns": list(frame.columns), "frame": stored.objects.put_frame(frame),
                "dictionary": dictionary.to_json(), "test": sealed,
            },
        )  # fmt: skip
        roles = roles or Roles()
        stored.put("goal", {"goal": {}, "roles": roles.model_dump(mode="json")})
        return Room(stored, frame, dictionary, roles, Gate(stored, registry(), level=level))

    return make


def _type(values: pd.Series[Any]) -> SemanticType:
    if values.dtype.kind == "M":
        return "date"
    if values.dtype.kind in "if":
        return "continuous" if values.dtype.kind == "f" else "integer"
    return "categorical" if values.nunique() <= 40 else "text"
