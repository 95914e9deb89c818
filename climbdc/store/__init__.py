"""The store: sessions, versions, findings, plans, decisions, events."""

from climbdc.store._database import open_database
from climbdc.store._objects import Objects
from climbdc.store._session import SessionStore
from climbdc.store._store import Store

__all__ = ["Objects", "SessionStore", "Store", "open_database"]
