"""A whole session as one file, finished or not."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.store import SessionStore
from climbdc_ui._work import EVERYTHING

if TYPE_CHECKING:
    from climbdc_ui._desk import Desk

__all__ = ["export"]

PARTS: dict[str, Callable[[SessionStore], list[dict[str, Any]]]] = {
    "findings.json": SessionStore.findings,
    "plan.json": SessionStore.plans,
    "decisions.json": SessionStore.decisions,
}


def export(desk: Desk, session: str) -> Path:
    """The results where there are some, else what was found, planned and decided so far.

    Returns:
        A zip; outside the folder of results it is the caller's to remove.

    Raises:
        StoreError: There is no such session.
    """
    from climbdc.recipe import canonical_json

    results = desk.results(session)
    if results is not None:
        return results / EVERYTHING
    stored = desk.session(session).stored
    place = desk.folder / "exports"
    place.mkdir(exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(dir=place, suffix=".zip", delete=False) as file,
        zipfile.ZipFile(file, "w") as bundle,
    ):
        for name, of in PARTS.items():
            bundle.writestr(name, canonical_json(of(stored)))
    return Path(file.name)
