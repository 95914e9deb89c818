"""Accounts: who may log in."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from climbdc.errors import InputError, StoreError
from climbdc.store._passwords import Passwords, check_password
from climbdc.store._people import AccountRow, GrantRow, LoginRow

__all__ = ["Account", "Accounts", "Role"]

Role = Literal["clinician", "admin"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_TEMPORARY: Final = 7 * 86400
"""Seconds for which a password that somebody else has set may be used once."""


@dataclass(frozen=True)
class Account:
    """A person who may log in."""

    id: str
    name: str
    role: Role
    disabled: bool
    temporary: bool
    created_at: str

    @property
    def is_admin(self) -> bool:
        """Whether the person manages accounts; it gives no sight of others' data."""
        return self.role == "admin"


class Accounts:
    """The accounts of a store.

    Args:
        engine: The store's database.
        passwords: How passwords are kept.
        clock: Seconds since 1970.
    """

    def __init__(
        self, engine: Engine, passwords: Passwords | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._passwords = passwords or Passwords()
        self._clock = clock

    def add(
        self, name: str, password: str, role: Role = "clinician", *, temporary: bool = False, first: bool = False
    ) -> Account:
        """A new account.

        Args:
            name: Letters, digits and `._@-`; upper and lower case are one.
            password: At least 12 characters.
            role: `admin` manages accounts.
            temporary: It has to be changed at the first login.
            first: Only if there is no account yet.

        Raises:
            InputError: Name or password is unfit, or the name is taken.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:64]!r} cannot be an account's name.", fix="Up to 64 letters, digits, dots, dashes and @.",
                code="account-name",
            )  # fmt: skip
        check_password(password, name)
        row = AccountRow(
            id=secrets.token_hex(16), name=name, folded=name.casefold(), role=role, disabled=False,
            password=self._passwords.hash(password), temporary=temporary, changed_at=self._clock(),
        )  # fmt: skip
        try:
            with Db(self._engine, expire_on_commit=False) as db, db.begin():
                if first and db.scalar(select(func.count()).select_from(AccountRow)):
                    raise InputError("There is an account already.", fix="Log in.", code="not-first")
                db.add(row)
        except IntegrityError:
            raise InputError(f"There is an account {name!r} already.", fix="Take another name.", code="taken") from None
        return _account(row)

    def all(self) -> list[Account]:
        """All accounts by name."""
        with Db(self._engine) as db:
            return [_account(row) for row in db.scalars(select(AccountRow).order_by(AccountRow.folded))]

    def any(self) -> bool:
        """Whether there is an account."""
        with Db(self._engine) as db:
            return db.scalar(select(AccountRow.id).limit(1)) is not None

    def get(self, name: str) -> Account:
        """An account by its name.

        Raises:
            StoreError: There is none.
        """
        with Db(self._engine) as db:
            return _account(_needed(db, name))

    def check(self, name: str, password: str) -> Account | None:
        """The account, if that is its password and it may be used; takes as long for a name that nobody has."""
        with Db(self._engine) as db:
            row = db.scalar(select(AccountRow).where(AccountRow.folded == name.casefold()))
        same = self._passwords.same(row.password if row else None, password)
        if row is None or not same or row.disabled:
            return None
        if row.temporary and self._clock() - row.changed_at > _TEMPORARY:
            return None
        if self._passwords.stale(row.password):
            with Db(self._engine) as db, db.begin():
                db.get_one(AccountRow, row.id).password = self._passwords.hash(password)
        return _account(row)

    def set_password(self, name: str, password: str, *, temporary: bool = False) -> None:
        """Give an account another password, and log the person out everywhere.

        Raises:
            InputError: The password is unfit.
            StoreError: There is no such account.
        """
        check_password(password, name)
        hashed = self._passwords.hash(password)
        with Db(self._engine) as db, db.begin():
            row = _needed(db, name)
            row.password, row.temporary, row.changed_at = hashed, temporary, self._clock()
            db.execute(delete(LoginRow).where(LoginRow.account_id == row.id))

    def set_role(self, name: str, role: Role) -> None:
        """Make somebody a clinician or an admin.

        Raises:
            InputError: Nobody would be left to manage accounts.
        """
        with Db(self._engine) as db, db.begin():
            row = _needed(db, name)
            _keep_an_admin(db, row, stays=role == "admin")
            row.role = role

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Lock an account and log the person out, or open it again; its sessions stay as they are.

        Raises:
            InputError: Nobody would be left to manage accounts.
        """
        with Db(self._engine) as db, db.begin():
            row = _needed(db, name)
            _keep_an_admin(db, row, stays=not disabled)
            row.disabled = disabled
            if disabled:
                db.execute(delete(LoginRow).where(LoginRow.account_id == row.id))

    def remove(self, name: str, give_to: str = "") -> None:
        """Remove an account; its sessions go to another, or wait for `climbdc users give`.

        Raises:
            InputError: Nobody would be left to manage accounts.
            StoreError: There is no such account.
        """
        with Db(self._engine) as db, db.begin():
            row = _needed(db, name)
            _keep_an_admin(db, row, stays=False)
            heir = _needed(db, give_to) if give_to else None
            owned = list(db.scalars(select(GrantRow).where(GrantRow.account_id == row.id, GrantRow.may == "own")))
            sessions = [grant.session_id for grant in owned]
            db.execute(delete(GrantRow).where(GrantRow.account_id == row.id))
            db.execute(delete(LoginRow).where(LoginRow.account_id == row.id))
            if heir is not None:
                mine = GrantRow.account_id == heir.id
                db.execute(delete(GrantRow).where(GrantRow.session_id.in_(sessions), mine))
                db.add_all(GrantRow(session_id=session, account_id=heir.id, may="own") for session in sessions)
            db.flush()
            db.delete(row)


def _account(row: AccountRow) -> Account:
    role: Role = "admin" if row.role == "admin" else "clinician"
    return Account(row.id, row.name, role, row.disabled, row.temporary, row.created_at.isoformat(timespec="seconds"))


def _needed(db: Db, name: str) -> AccountRow:
    row = db.scalar(select(AccountRow).where(AccountRow.folded == name.casefold()))
    if row is None:
        raise StoreError(
            f"There is no account {name[:64]!r}.", fix="`climbdc users list` shows them.", code="no-account"
        )
    return row


def _keep_an_admin(db: Db, row: AccountRow, *, stays: bool) -> None:
    """See that somebody can still manage accounts when this one does not."""
    others = select(AccountRow.id).where(
        AccountRow.role == "admin", AccountRow.disabled.is_(False), AccountRow.id != row.id
    )
    if not stays and row.role == "admin" and db.scalar(others.limit(1)) is None:
        raise InputError(
            f"{row.name} is the only one who can manage accounts.", fix="Make somebody else an admin first.",
            code="last-admin",
        )  # fmt: skip
