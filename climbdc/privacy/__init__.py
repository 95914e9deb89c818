"""The one door through which anything reaches a model, and what it lets through."""

from climbdc.privacy._gate import Disclosure, Gate
from climbdc.privacy._identifiers import PersonalData, scan_columns
from climbdc.privacy._released import PrivacyError, Released
from climbdc.privacy._scrub import Scrubbed, looks_like_data, scrub

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
]
