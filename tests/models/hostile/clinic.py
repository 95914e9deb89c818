"""A small clinic: real patients of the heart data with made-up names, so that one can see where they turn up."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from climbdc.sdk import Goal

__all__ = ["Clinic", "clinic"]

TRAIN, TEST = 160, 50
GOAL = Goal(target="num", task="regression", id="id")
SYLLABLES = ("bra", "vok", "zel", "qui", "mur", "tof", "gyn", "pex", "dro", "wul", "hix", "sna")


@dataclass(frozen=True)
class Clinic:
    """Files, and what must not leave them."""

    train: Path
    test: Path
    secrets: tuple[str, ...]
    """Values of single patients: names, remarks, record numbers."""
    goal: Goal = GOAL
    dictionary: Path | None = None
    patients: frozenset[str] = field(default_factory=frozenset)


def clinic(
    heart: Path, folder: Path, *, name: str = "heart.csv", renamed: Mapping[str, str] | None = None,
    replaced: Sequence[tuple[str, str, str]] = (), cells: Sequence[str] = (), seed: int = 0,
) -> Clinic:  # fmt: skip
    """Draw patients and write the files.

    Args:
        heart: All patients.
        folder: Where to.
        name: Of the file.
        renamed: Columns -> other names.
        replaced: Column, category and what stands in its place.
        cells: Texts put into the first remarks.
        seed: Of the draw.
    """
    raw = pd.read_csv(heart, dtype=str, keep_default_na=False)
    drawn = raw.sample(TRAIN + TEST, random_state=seed).sort_index()
    made = [_patient(row) for row in drawn["id"]]
    drawn["surname"], drawn["remark"], drawn["mrn"] = zip(*made, strict=True)
    for column, old, new in replaced:
        drawn[column] = drawn[column].replace(old, new)
    drawn.loc[drawn.index[: len(cells)], "remark"] = list(cells)
    drawn = drawn.rename(columns=dict(renamed or {}))
    folder.mkdir(parents=True, exist_ok=True)
    train, test = folder / name, folder / "sealed.csv"
    rows = random.Random(seed).sample(range(len(drawn)), TEST)
    sealed = drawn.iloc[sorted(rows)]
    sealed.to_csv(test, index=False)
    drawn.drop(index=sealed.index).to_csv(train, index=False)
    return Clinic(train, test, tuple(secret for patient in made for secret in patient), patients=frozenset(drawn["id"]))


def _patient(number: Any) -> tuple[str, str, str]:
    """A surname, a remark and a record number that no other text holds."""
    drawn = random.Random(hashlib.sha256(f"patient {number}".encode()).digest())
    surname, word = ("".join(drawn.choices(SYLLABLES, k=4)) for _ in range(2))
    return surname.title(), f"seen with {word} by the night shift", f"{drawn.randrange(10**8, 10**9)}"
