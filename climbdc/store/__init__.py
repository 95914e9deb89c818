"""The store: sessions, versions, findings, plans, decisions, events; accounts and who may see what."""

from climbdc.store._access import Access, Right
from climbdc.store._accounts import Account, Accounts, Role
from climbdc.store._branches import Cut
from climbdc.store._checkpointer import open_checkpointer
from climbdc.store._database import open_database, where
from climbdc.store._ledger import Ledger, LedgerEntry, LedgerTotal
from climbdc.store._logins import Logins, Tries
from climbdc.store._objects import Objects
from climbdc.store._passwords import Passwords, check_password, new_password
from climbdc.store._pulse import pulse
from climbdc.store._session import SessionStore
from climbdc.store._store import Store
from climbdc.store._talk import STARTED
from climbdc.store._turns import Turns

__all__ = [
    "STARTED", "Access", "Account", "Accounts", "Cut", "Ledger", "LedgerEntry", "LedgerTotal", "Logins", "Objects",
    "Passwords", "Right", "Role", "SessionStore", "Store", "Tries", "Turns", "check_password", "new_password",
    "open_checkpointer", "open_database", "pulse", "where",
]  # fmt: skip
