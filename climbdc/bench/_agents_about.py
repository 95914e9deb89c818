"""The cases of the suite `agents`, by name, in the order in which they run."""

from __future__ import annotations

__all__ = ["AGENT_CASES"]

AGENT_CASES: dict[str, str] = {
    "dictionary": "meanings, units and times of columns without a dictionary, against the key",
    "sessions": "whole sessions without questions answered: quality, leaks, questions, tokens",
    "clinicians": "whole sessions with simulated clinicians",
    "ablations": "whole sessions without look-ahead, and without backtracking",
}
