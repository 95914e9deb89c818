"""An uploaded file before anything is decided: what it is, how many patients, and where values are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from climbdc.errors import ClimbdcError
from climbdc_ui._render import render

__all__ = ["Looked", "look"]

MOST_BARS = 60
"""Columns whose missing share is drawn; those with most first."""


@dataclass(frozen=True)
class Looked:
    """What was seen in uploaded files."""

    text: str
    columns: tuple[str, ...] = ()
    guess: str | None = None
    usable: bool = False


@dataclass(frozen=True)
class Glance:
    """Files at a glance."""

    names: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]
    patients: tuple[str, int] | None
    guess: str | None
    because: str
    missing: float
    gaps: tuple[tuple[str, float], ...]
    repeated: int
    personal: str
    """What personal data was seen and what will be proposed; empty where there is none."""


def look(files: Sequence[str | Path] | None) -> Looked:
    """Read uploaded files; a file that cannot be used is told as text."""
    if not files:
        return Looked("")
    try:
        seen = _glance(files)
    except ClimbdcError as error:
        return Looked(render("error", message=error.message, fix=error.fix))
    return Looked(render("looked", seen=seen), seen.columns, seen.guess, usable=True)


def _glance(files: Sequence[str | Path]) -> Glance:
    from climbdc.data import read_tables
    from climbdc.describe import describe, guess_target, propose_roles
    from climbdc.joining import joined_unasked
    from climbdc.privacy import scan_columns, tell_personal_data
    from climbdc.sdk import Goal

    tables = read_tables([*files])
    reading = joined_unasked(tables) if len(tables) > 1 else tables[0]
    frame = reading.frame
    dictionary = describe(frame, reading.labels)
    guesses = guess_target(frame, dictionary)
    first = guesses[0] if guesses else None
    roles = propose_roles(frame, dictionary, Goal(task="none")).roles
    patient = roles.patient
    missing = frame.isna().mean().sort_values(ascending=False, kind="stable")
    shown = [(str(name), float(share)) for name, share in missing.items() if share > 0]
    return Glance(
        names=tuple(Path(file).name for file in files),
        rows=len(frame),
        columns=tuple(map(str, frame.columns)),
        patients=(patient, int(frame[patient].nunique())) if patient is not None else None,
        guess=first.column if first else None,
        because=first.because if first else "",
        missing=float(missing.mean()) if len(missing) else 0.0,
        gaps=tuple(shown[:MOST_BARS]),
        repeated=int(frame.duplicated().sum()),
        personal=tell_personal_data(scan_columns(frame, dictionary, roles)),
    )
