"""Logins: which browser is whose, and how often one may try."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from climbdc.store._accounts import Account, _account
from climbdc.store._people import AccountRow, LoginRow, TryRow

__all__ = ["Logins", "Tries"]

_FRESH: Final = 30
"""Seconds within which being seen is not written down again."""


class Logins:
    """Browsers that are logged in. The token is known to the browser alone; the store has its hash.

    Args:
        engine: The store's database.
        idle: Seconds without a visit after which a login ends.
        longest: Seconds after which it ends in any case.
        clock: Seconds since 1970.
    """

    def __init__(
        self, engine: Engine, idle: float = 3600, longest: float = 12 * 3600, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._idle = idle
        self._longest = longest
        self._clock = clock

    def open(self, account: Account) -> str:
        """Log a browser in, and return its token."""
        token, at = secrets.token_urlsafe(32), self._clock()
        with Db(self._engine) as db, db.begin():
            ended = (LoginRow.seen_at < at - self._idle) | (LoginRow.created_at < at - self._longest)
            db.execute(delete(LoginRow).where(ended))
            db.add(LoginRow(token=_hash(token), account_id=account.id, created_at=at, seen_at=at))
        return token

    def person(self, token: str, *, visit: bool = True) -> Account | None:
        """Whose login this is, while it lasts.

        Args:
            token: What the browser's cookie holds.
            visit: Whether the person did something; what a page fetches by itself does not keep a login alive.
        """
        at = self._clock()
        with Db(self._engine) as db:
            query = select(LoginRow, AccountRow).join(AccountRow, AccountRow.id == LoginRow.account_id)
            found = db.execute(query.where(LoginRow.token == _hash(token))).one_or_none()
            if found is None:
                return None
            login, account = found
            if account.disabled or at - login.seen_at > self._idle or at - login.created_at > self._longest:
                return None
            if visit and at - login.seen_at > _FRESH:
                login.seen_at = at
                db.commit()
            return _account(account)

    def close(self, token: str) -> None:
        """Log a browser out."""
        with Db(self._engine) as db, db.begin():
            db.execute(delete(LoginRow).where(LoginRow.token == _hash(token)))

    def close_all(self, account: Account) -> None:
        """Log a person out everywhere."""
        with Db(self._engine) as db, db.begin():
            db.execute(delete(LoginRow).where(LoginRow.account_id == account.id))


@dataclass(frozen=True)
class _Rule:
    """After so many failures each further one doubles the wait, from a second to at most `longest` seconds."""

    free: int
    longest: int


_RULES: Final = {"both": _Rule(5, 900), "name": _Rule(30, 60), "address": _Rule(30, 900)}
"""A name alone is slowed down a little only, so that a stranger cannot lock somebody out."""
_FORGOTTEN: Final = 86400


class Tries:
    """Failed logins, by name and by address; they are stored, so that a restart forgives nothing.

    Args:
        engine: The store's database.
        clock: Seconds since 1970.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def wait(self, name: str, address: str) -> int:
        """Seconds until the next try is looked at; 0 for now."""
        keys = _keys(name, address)
        with Db(self._engine) as db:
            rows = {row.key: row for row in db.scalars(select(TryRow).where(TryRow.key.in_(keys.values())))}
        waits = [self._left(rows[key], _RULES[kind]) for kind, key in keys.items() if key in rows]
        return math.ceil(max([0.0, *waits]))

    def failed(self, name: str, address: str) -> None:
        """Write down that a try failed; of tries at the same moment none is lost."""
        at = self._clock()
        with Db(self._engine) as db, db.begin():
            db.execute(delete(TryRow).where(TryRow.last_at < at - _FORGOTTEN))
        for key in _keys(name, address).values():
            if not self._count(key, at):
                try:
                    with Db(self._engine) as db, db.begin():
                        db.add(TryRow(key=key, failures=1, last_at=at))
                except IntegrityError:
                    self._count(key, at)

    def _count(self, key: str, at: float) -> bool:
        """Count a failure where there are some already."""
        more = update(TryRow).where(TryRow.key == key).values(failures=TryRow.failures + 1, last_at=at)
        with Db(self._engine) as db, db.begin():
            return cast("CursorResult[Any]", db.execute(more)).rowcount > 0

    def succeeded(self, name: str, address: str) -> None:
        """Forget what that person got wrong, and the last failure of the address, which was noted ahead."""
        keys = _keys(name, address)
        with Db(self._engine) as db, db.begin():
            db.execute(delete(TryRow).where(TryRow.key.in_([keys["both"], keys["name"]])))
            one = update(TryRow).where(TryRow.key == keys["address"], TryRow.failures > 0)
            db.execute(one.values(failures=TryRow.failures - 1))

    def _left(self, row: TryRow, rule: _Rule) -> float:
        over = row.failures - rule.free
        if over < 0:
            return 0
        return row.last_at + min(float(rule.longest), 2.0 ** min(over, 20)) - self._clock()


def _keys(name: str, address: str) -> dict[str, str]:
    folded = name.casefold()[:64]
    return {
        "both": _hash(f"both\0{folded}\0{address}"),
        "name": _hash(f"name\0{folded}"),
        "address": _hash(f"address\0{address}"),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
