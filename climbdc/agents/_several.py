"""The best of several tries: how much it has to help before it counts."""

from __future__ import annotations

from statistics import NormalDist

__all__ = ["surely"]


def surely(gain: float, low: float, tries: int) -> float:
    """The lower end of a gain's interval when it is one of several that were tried.

    Args:
        gain: As measured.
        low: Lower end of its 95 % interval.
        tries: How many there were, this one included (Bonferroni; Dunn, J. Am. Stat. Assoc. 56, 1961).

    >>> surely(0.02, 0.01, 1)
    0.01
    >>> round(surely(0.02, 0.01, 12), 3)
    0.005
    """
    normal = NormalDist()
    return gain - (gain - low) * normal.inv_cdf(1 - 0.025 / max(tries, 1)) / normal.inv_cdf(0.975)
