"""Who may see and change which session."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session as Db

from climbdc.errors import InputError, StoreError
from climbdc.store._models import SessionRow
from climbdc.store._people import AccountRow, GrantRow

__all__ = ["Access", "Right"]

Right = Literal["view", "edit", "own"]
_RIGHTS: Final[tuple[Right, ...]] = ("view", "edit", "own")


class Access:
    """Rights on the sessions of a store. An admin has none by being one.

    Args:
        engine: The store's database.
        most: Sessions that one person may own.
    """

    def __init__(self, engine: Engine, most: int = 200) -> None:
        self._engine = engine
        self._most = most

    def may(self, person: str | None, session_id: str, right: Right = "view") -> bool:
        """Whether a person may look at, change or own a session; never where there is no such session or person."""
        if person is None:
            return False
        held = self._rights(session_id).get(person)
        return held is not None and _RIGHTS.index(held) >= _RIGHTS.index(right)

    def visible(self, person: str | None) -> set[str]:
        """Ids of the sessions that a person may look at."""
        query = select(GrantRow.session_id).join(AccountRow, AccountRow.id == GrantRow.account_id)
        with Db(self._engine) as db:
            return set(db.scalars(query.where(AccountRow.name == person)))

    def owner(self, session_id: str) -> str | None:
        """Whose session it is."""
        return next((name for name, right in self._rights(session_id).items() if right == "own"), None)

    def shares(self, session_id: str) -> dict[str, Right]:
        """With whom it is shared, by name, and for what."""
        return {name: right for name, right in self._rights(session_id).items() if right != "own"}

    def own(self, person: str | None, session_id: str) -> None:
        """Make a session somebody's.

        Raises:
            StoreError: There is no such session or account.
        """
        with Db(self._engine) as db, db.begin():
            account = self._needed(db, session_id, person or "")
            mine = (GrantRow.may == "own") | (GrantRow.account_id == account.id)
            db.execute(delete(GrantRow).where(GrantRow.session_id == session_id, mine))
            db.add(GrantRow(session_id=session_id, account_id=account.id, may="own"))

    def share(self, session_id: str, name: str, right: Right) -> None:
        """Let somebody else look at a session, or change it too.

        Raises:
            InputError: It is the owner, or the right is neither `view` nor `edit`.
            StoreError: There is no such session or account.
        """
        if right not in ("view", "edit"):
            raise InputError(f"{right!r} is no way to share.", fix="Say `view` or `edit`.", code="bad-right")
        with Db(self._engine) as db, db.begin():
            account = self._needed(db, session_id, name)
            grant = db.get(GrantRow, (session_id, account.id))
            if grant is not None and grant.may == "own":
                raise InputError(f"{account.name} owns this session.", fix="Name somebody else.", code="is-owner")
            if grant is None:
                db.add(GrantRow(session_id=session_id, account_id=account.id, may=right))
            else:
                grant.may = right

    def unshare(self, session_id: str, name: str) -> None:
        """Take a share back; the owner stays."""
        with Db(self._engine) as db, db.begin():
            account = self._needed(db, session_id, name)
            shared = (GrantRow.account_id == account.id, GrantRow.may != "own")
            db.execute(delete(GrantRow).where(GrantRow.session_id == session_id, *shared))

    def room(self, person: str | None) -> None:
        """See that a person may start one more session.

        Raises:
            InputError: There are too many.
        """
        query = select(func.count()).select_from(GrantRow).join(AccountRow, AccountRow.id == GrantRow.account_id)
        with Db(self._engine) as db:
            count = db.scalar(query.where(AccountRow.name == person, GrantRow.may == "own")) or 0
        if count >= self._most:
            raise InputError(
                f"You have {count} sessions, and {self._most} is the most on this server.",
                fix="Ask who runs the server to remove old ones.",
                code="too-many-sessions",
            )

    def _rights(self, session_id: str) -> dict[str, Right]:
        query = select(AccountRow.name, GrantRow.may).join(AccountRow, AccountRow.id == GrantRow.account_id)
        with Db(self._engine) as db:
            found = db.execute(query.where(GrantRow.session_id == session_id).order_by(AccountRow.folded)).all()
        return {name: right for name, may in found for right in _RIGHTS if right == may}

    def _needed(self, db: Db, session_id: str, name: str) -> AccountRow:
        if db.get(SessionRow, session_id) is None:
            raise StoreError("There is no such session.", fix="Start a new one.", code="session-not-found")
        account = db.scalar(select(AccountRow).where(AccountRow.folded == name.casefold()))
        if account is None:
            raise StoreError(f"There is no account {name[:64]!r}.", fix="Ask for its exact name.", code="no-account")
        return account
