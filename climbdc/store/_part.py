"""What every part of a session's store knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from climbdc.store._objects import Objects

__all__ = ["Part"]


class Part:
    """A session in the store, on one of its branches."""

    engine: Engine
    objects: Objects
    id: str
    branch: str

    def _here(self, table: Any) -> tuple[Any, Any]:
        return table.session_id == self.id, table.branch == self.branch
