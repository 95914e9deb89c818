"""Sessions that stopped halfway, each made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.sdk import Goal

from .turns import Moment, moment


@pytest.fixture(scope="session")
def heart_turn(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """The heart data after the split: nothing is treated yet, all is found and planned."""
    return moment(tmp_path_factory.mktemp("turn"), heart, Goal(target="num"))
