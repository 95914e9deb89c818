"""What the page says is being done while a slow model is waited for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from climbdc_ui._acts import Seat
from climbdc_ui.chat._talk import _live


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, "Working"),
        ({"tool": "", "fraction": 0.0, "text": ""}, "Working"),
        ({"tool": "", "fraction": 0.0, "text": "Waiting for the model m (12 s)"}, "Waiting for the model m (12 s)"),
    ],
)
def test_a_model_that_is_waited_for_is_named(progress: dict[str, Any] | None, text: str) -> None:
    desk = SimpleNamespace(working=lambda name: True, progress=lambda name: progress)
    seat = SimpleNamespace(id="s", desk=desk, stored=SimpleNamespace(pending=lambda: None))
    assert _live(cast(Seat, seat)) == {"text": text, "fraction": None}
