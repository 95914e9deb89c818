"""Digit preference: readings that end in 0 far more often than nature allows, because somebody rounded them."""

from digit_preference._find import FindDigitPreference
from digit_preference._mark import MarkRoundedReadings

__all__ = ["FindDigitPreference", "MarkRoundedReadings", "tools"]


def tools() -> list[type]:
    """What climbdc asks for: every tool of this package."""
    return [FindDigitPreference, MarkRoundedReadings]
