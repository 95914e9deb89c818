"""One sandbox that remembers, one clinic and one session under the rules, for all that hostile models are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .clinic import Clinic, clinic
from .sessions import Played, Remembering, play, remembering


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Remembering]:
    """Tools are run once for the same work."""
    with remembering() as one:
        yield one


@pytest.fixture(scope="module")
def place(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """The data."""
    return clinic(heart, tmp_path_factory.mktemp("clinic"))


@pytest.fixture(scope="module")
def rules(sandbox: Remembering, place: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What the rules do of themselves."""
    with pytest.MonkeyPatch.context() as patch:
        return play(place, tmp_path_factory.mktemp("rules"), patch=patch)
