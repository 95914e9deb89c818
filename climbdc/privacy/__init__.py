"""The one door through which anything reaches a model, and what it lets through.

The gate is loaded when it is asked for: it brings the store with it, and tools that look for personal data in the
sandbox need neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from climbdc.privacy._identifiers import PersonalData, scan_columns
from climbdc.privacy._identifiers_told import tell_personal_data
from climbdc.privacy._released import PrivacyError, Released
from climbdc.privacy._scrub import Scrubbed, looks_like_data, scrub

if TYPE_CHECKING:
    from climbdc.privacy._gate import Disclosure, Gate

__all__ = [
    "Disclosure",
    "Gate",
    "PersonalData",
    "PrivacyError",
    "Released",
    "Scrubbed",
    "looks_like_data",
    "scan_columns",
    "scrub",
    "tell_personal_data",
]


def __getattr__(name: str) -> object:
    """What belongs to the gate."""
    if name in {"Disclosure", "Gate"}:
        return getattr(import_module("climbdc.privacy._gate"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
