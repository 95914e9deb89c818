"""The door with accounts: who is logged in, and pages for those who are not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from climbdc.store import Account, Accounts, Logins, Passwords, Tries
from climbdc_ui.people._answers import plain, redirect
from climbdc_ui.people._door import Visitor, cookie_of
from climbdc_ui.people._pages import Pages
from climbdc_ui.people._routes import session_in
from climbdc_ui.people._site import header

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from climbdc.settings import Settings
    from climbdc.store import Store
    from climbdc_ui.people._site import Site

__all__ = ["People", "PersonVisitor"]

_TRUSTED: Final = 2.0
"""Seconds for which a login is believed without looking into the store again."""


@dataclass(frozen=True)
class PersonVisitor(Visitor):
    """A person who is logged in.

    Args:
        account: Theirs.
        token: Of their login.
    """

    account: Account | None = None
    token: str = ""


class People:
    """Lets in whoever logged in.

    Args:
        store: Where accounts are.
        site: Where the page is reached.
        settings: How long a login lasts.
        passwords: How passwords are kept.
    """

    def __init__(self, store: Store, site: Site, settings: Settings, passwords: Passwords | None = None) -> None:
        self._site = site
        self.accounts = Accounts(store.engine, passwords)
        self.logins = Logins(store.engine, settings.login_idle_minutes * 60, settings.login_hours * 3600)
        self._pages = Pages(self.accounts, self.logins, Tries(store.engine), site)
        self._seen: dict[str, tuple[float, Account]] = {}

    def first_address(self) -> str:
        """Where the first account is made, once; empty if there is one."""
        return "" if self.accounts.any() else f"{self._site.url}setup?key={self._pages.setup_key}"

    async def visitor(self, scope: Scope, *, listening: bool) -> PersonVisitor | None:
        """Who is logged in with this browser."""
        token = cookie_of(scope, self._site.cookie())
        account = await self._account(token, listening) if token else None
        return None if account is None else PersonVisitor(account.id, account.name, account, token)

    async def pages(self, visitor: Visitor | None, scope: Scope, receive: Receive, send: Send) -> bool:
        """Login, set-up, one's account and the list of accounts; everything else of strangers is refused."""
        person = visitor if isinstance(visitor, PersonVisitor) else None
        if self._pages.has(scope["path"]):
            self._seen.clear()
            await self._pages.serve(person, scope, receive, send)
            return True
        if person is not None and person.account is not None and person.account.temporary:
            await self._elsewhere(scope, send, "/account", "Choose a password of your own first.")
            return True
        if person is not None:
            return False
        session = session_in(scope["query_string"])
        await self._elsewhere(scope, send, f"/login{session and '?session=' + session}", "Log in first.")
        return True

    async def _account(self, token: str, listening: bool) -> Account | None:
        at = time.monotonic()
        seen = self._seen.get(token)
        if seen is not None and at - seen[0] < _TRUSTED:
            return seen[1]
        account = await to_thread.run_sync(lambda: self.logins.person(token, visit=not listening))
        if account is None:
            self._seen.pop(token, None)
        else:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[token] = (at, account)
        return account

    async def _elsewhere(self, scope: Scope, send: Send, place: str, words: str) -> None:
        """A browser that opens a page is sent on, everything else is refused."""
        opens = scope["method"] in {"GET", "HEAD"} and "text/html" in header(scope, b"accept")
        if opens:
            await redirect(send, place)
        else:
            await plain(send, 401, words)
