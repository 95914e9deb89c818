"""What the first person would otherwise wait for: done beside, while the page is opened."""

from __future__ import annotations

import logging
from importlib import import_module

import climbdc_taxonomy
from climbdc.knowledge import knowledge
from climbdc.registry import registry
from climbdc_ui._render import prepare_templates

__all__ = ["warm_up"]

LATER = ("climbdc.report", "matplotlib.figure", "matplotlib.backends.backend_svg", "nbformat.v4")
"""Modules that the end of a session needs."""

log = logging.getLogger(__name__)


def warm_up() -> None:
    """Load what is loaded once for all sessions. What fails here fails again where it is needed, and is told there."""
    try:
        prepare_templates()
        registry()
        knowledge()
        climbdc_taxonomy.load()
        for name in LATER:
            import_module(name)
    except Exception:
        log.debug("Warming up failed.", exc_info=True)
