"""Experts: who answers the checkpoints."""

from climbdc.agents.experts._auto import AutoExpert
from climbdc.agents.experts._expert import Expert
from climbdc.agents.experts._file import AnswerFile, FileExpert
from climbdc.agents.experts._simulated import MANNERS, AnswerKey, Manner, SimulatedExpert
from climbdc.agents.experts._terminal import TerminalExpert
from climbdc.agents.experts._values import edited_answer, example_of

__all__ = [
    "MANNERS", "AnswerFile", "AnswerKey", "AutoExpert", "Expert", "FileExpert", "Manner", "SimulatedExpert",
    "TerminalExpert", "edited_answer", "example_of",
]  # fmt: skip
