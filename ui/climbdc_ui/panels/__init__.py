"""What stands beside the chat, in the order of the tabs."""

from __future__ import annotations

from typing import Final

from climbdc_ui._acts import Panel
from climbdc_ui.panels._data import DATA
from climbdc_ui.panels._figures import FIGURES
from climbdc_ui.panels._findings import FINDINGS
from climbdc_ui.panels._history import HISTORY
from climbdc_ui.panels._model import MODEL
from climbdc_ui.panels._plan import PLAN
from climbdc_ui.panels._report import REPORT
from climbdc_ui.panels._review import REVIEW

__all__ = ["DATA", "FIGURES", "FINDINGS", "HISTORY", "MODEL", "PANELS", "PLAN", "REPORT", "REVIEW"]

PANELS: Final[tuple[Panel, ...]] = (PLAN, DATA, FINDINGS, HISTORY, REVIEW, FIGURES, MODEL, REPORT)
