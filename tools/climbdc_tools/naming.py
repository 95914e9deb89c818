"""Names for new columns."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["free_names"]


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """The wanted names, numbered where they are taken.

    >>> free_names(["sex=male", "age_days", "age_days"], taken=["sex=male"])
    ['sex=male_2', 'age_days', 'age_days_2']
    """
    used, names = {"_row", *taken}, []
    for name in wanted:
        free, number = name, 1
        while free in used:
            number += 1
            free = f"{name}_{number}"
        used.add(free)
        names.append(free)
    return names
