"""Who may only look at a session may do what changes nothing but their own view of it, and no more."""

from __future__ import annotations

import pytest

from climbdc_ui._acts import Panel
from climbdc_ui.panels import PANELS

CHANGING = {"move", "remove", "add", "undo", "drop", "branch", "switch", "save", "apply"}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_what_only_looks_is_there_and_changes_nothing(panel: Panel) -> None:
    assert panel.looks <= set(panel.acts)
    assert not panel.looks & CHANGING
