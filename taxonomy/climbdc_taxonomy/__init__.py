"""The data-centric taxonomy of climbdc: what can be wrong with a clinical table, as data.

Eight dimensions and their challenges live in `challenges/<dimension>.yaml`. Each entry says what the problem is, why it
matters, what to ask a clinician, which tools look, treat and check, and what has to be settled before it.
"""

from ._challenge import DIMENSIONS, Challenge, Option, Question
from ._errors import TaxonomyError, UnknownChallengeError
from ._loading import load
from ._taxonomy import Taxonomy

__all__ = [
    "DIMENSIONS",
    "Challenge",
    "Option",
    "Question",
    "Taxonomy",
    "TaxonomyError",
    "UnknownChallengeError",
    "load",
]
