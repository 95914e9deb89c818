"""Versions: the state of the data after a prefix of the recipe."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from climbdc.agents._apart import with_apart
from climbdc.recipe import StepSpec, canonical_json
from climbdc.sdk import Dictionary, Roles
from climbdc.store import SessionStore

__all__ = ["Version", "add_version", "dropped_by", "head", "load_version", "raw_rows", "set_head"]


@dataclass(frozen=True)
class Version:
    """One version: which step made it from which parent, and what it holds."""

    id: str
    parent: str | None
    step: StepSpec | None
    state: dict[str, Any]
    state_tables: dict[str, str]
    """Name -> object."""
    blobs: dict[str, str]
    frame: str
    dictionary: Dictionary
    roles: Roles
    lineage: str | None
    path: Path
    """Arrow file of the frame."""
    objects: Any
    plugin: dict[str, str] | None = None
    """Of a step of a plug-in, what is kept of its code."""

    def load(self) -> pd.DataFrame:
        """The rows that may be learnt from."""
        frame: pd.DataFrame = self.objects.frame(self.frame)
        return frame

    @property
    def context(self) -> dict[str, Any]:
        """Roles and dictionary as a job wants them."""
        return {"roles": self.roles.model_dump(mode="json"), "dictionary": self.dictionary.to_json()}


def version_id(parent: str | None, step: StepSpec | None, body: dict[str, Any]) -> str:
    """The hash of parent, step and fitted state: the same work on the same data has the same id."""
    text = canonical_json([parent, step.model_dump(mode="json") if step else None, body])
    return hashlib.sha256(text.encode()).hexdigest()


def add_version(session: SessionStore, parent: str | None, step: StepSpec | None, body: dict[str, Any]) -> str:
    """Store a version; `body` has state, state_tables, blobs, frame, dictionary, roles and lineage."""
    name = version_id(parent, step, body)
    session.put_version(
        name, parent, {**body, "parent": parent, "step": step.model_dump(mode="json") if step else None}
    )
    return name


def load_version(session: SessionStore, name: str) -> Version:
    """A stored version."""
    body = session.version(name)
    return Version(
        id=name,
        parent=body["parent"],
        step=StepSpec.model_validate(body["step"]) if body["step"] else None,
        state=body["state"],
        state_tables=body["state_tables"],
        blobs=body["blobs"],
        frame=body["frame"],
        dictionary=Dictionary.from_json(body["dictionary"]),
        roles=with_apart(session, Roles.model_validate(body["roles"])),
        lineage=body["lineage"],
        path=session.objects.path(body["frame"]),
        objects=session.objects,
        plugin=body.get("plugin"),
    )


def head(session: SessionStore) -> Version:
    """The branch's newest version."""
    return load_version(session, session.need("head")["version"])


def set_head(session: SessionStore, name: str) -> None:
    """Move the branch to a version, forward or back."""
    session.put("head", {"version": name})


def raw_rows(session: SessionStore, name: str, rows: pd.Index[Any]) -> pd.Index[Any]:
    """The rows of the file that made these rows of a version: several for one where visits were merged."""
    for _, body in reversed(session.lineage(name)):
        if body["lineage"] is not None:
            merged = session.objects.table(body["lineage"]).to_pandas()
            sources = pd.Index(merged.loc[merged["_row"].isin(rows), "source_row"])
            rows = sources.union(rows.difference(pd.Index(merged["_row"])))
    return rows


def dropped_by(step: dict[str, Any] | None) -> list[str]:
    """The columns that a step was to take away."""
    if step is None or step["tool"] not in {"drop_columns", "deidentify"}:
        return []
    columns: Any = step["params"].get("columns") or []
    return [str(name) for name in columns if step["tool"] == "drop_columns" or columns[name] == "drop"]
