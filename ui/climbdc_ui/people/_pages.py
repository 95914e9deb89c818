"""The pages of accounts: login, set-up, one's own account, and the list of all for an admin."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from anyio import CapacityLimiter, to_thread
from starlette.responses import RedirectResponse, Response

from climbdc.errors import ClimbdcError, InputError
from climbdc_ui.people._door import cookie_of
from climbdc_ui.people._forms import Form, Forms, page
from climbdc_ui.people._manage import manage
from climbdc_ui.people._routes import session_in

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from climbdc.store import Account, Accounts, Logins, Tries
    from climbdc_ui.people._people import PersonVisitor
    from climbdc_ui.people._site import Site

__all__ = ["Pages"]

_PATHS: Final = frozenset({"/login", "/setup", "/account", "/people"})
_HASHES_AT_ONCE: Final = 2
_WRONG: Final = "Name or password is not right."


class Pages:
    """Pages that are rendered here and need neither script nor Gradio.

    Args:
        accounts: All accounts.
        logins: Who is logged in.
        tries: Failed logins.
        site: Where the page is reached.
    """

    def __init__(self, accounts: Accounts, logins: Logins, tries: Tries, site: Site) -> None:
        self.accounts, self.logins, self.tries, self.site = accounts, logins, tries, site
        self.setup_key = secrets.token_urlsafe(24)
        self._forms = Forms()
        self._hashing = CapacityLimiter(_HASHES_AT_ONCE)
        self._form_cookie = site.cookie("climbdc-form")

    def has(self, path: str) -> bool:
        """Whether an address is one of these pages."""
        return path in _PATHS

    async def serve(self, visitor: PersonVisitor | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        response = await self._answer(visitor, scope, receive)
        await response(scope, receive, send)

    async def _answer(self, visitor: PersonVisitor | None, scope: Scope, receive: Receive) -> Response:
        path, account = scope["path"], visitor.account if visitor else None
        if path == "/setup" and (self.accounts.any() or not self._is_setup(scope)):
            return page("gone", 404)
        if path == "/people" and (account is None or not account.is_admin or account.temporary):
            return page("gone", 404)
        if path == "/account" and account is None:
            return _to("login")
        if path == "/login" and account is not None:
            return _to("./")
        cookie = visitor.token if visitor else cookie_of(scope, self._form_cookie)
        if scope["method"] in {"GET", "HEAD"}:
            return self._shown(scope, account, cookie or secrets.token_urlsafe(24), visitor is None)
        try:
            form = await self._forms.read(scope, receive, cookie)
            do: dict[str, Callable[..., Awaitable[Response]]] = {
                "/login": self._login, "/setup": self._setup, "/account": self._account, "/people": self._people,
            }  # fmt: skip
            return await do[path](scope, form, visitor)
        except ClimbdcError as error:
            fresh = cookie or secrets.token_urlsafe(24)
            return self._shown(scope, account, fresh, visitor is None, error=error, status=_status(error))

    def _shown(
        self, scope: Scope, account: Account | None, cookie: str, stranger: bool, *, status: int = 200, **more: Any
    ) -> Response:
        """The page of an address."""
        name = scope["path"][1:]
        values: dict[str, Any] = {"account": account, "session": session_in(scope["query_string"]), **more}
        if name == "people":
            values["accounts"] = self.accounts.all()
        if name == "setup":
            values["key"] = self.setup_key
        response = page(name, status, form=self._forms.token(cookie), **values)
        if stranger:
            response.raw_headers.append((b"set-cookie", self.site.set_cookie(self._form_cookie, cookie)))
        error = more.get("error")
        if isinstance(error, _Wait):
            response.headers["retry-after"] = str(error.seconds)
        return response

    async def _login(self, scope: Scope, form: Form, visitor: PersonVisitor | None) -> Response:
        account = await self._checked(scope, form.get("name", ""), form.get("password", ""))
        if account is None:
            raise InputError(_WRONG, fix="Capitals count in the password, not in the name.", code="login")
        session = session_in(scope["query_string"])
        return self._logged_in(account, "./account" if account.temporary else f"./{session and '?session=' + session}")

    async def _checked(self, scope: Scope, name: str, password: str) -> Account | None:
        """The account, if the password is right; each failure is written down before anything is looked at."""
        address = (scope.get("client") or ("",))[0]
        wait = await to_thread.run_sync(self.tries.wait, name, address)
        if wait:
            raise _Wait(wait)
        await to_thread.run_sync(self.tries.failed, name, address)
        account = await to_thread.run_sync(self.accounts.check, name, password, limiter=self._hashing)
        if account is not None:
            await to_thread.run_sync(self.tries.succeeded, name, address)
        return account

    async def _setup(self, scope: Scope, form: Form, visitor: PersonVisitor | None) -> Response:
        _twice(form)
        name = form.get("name", "").strip()
        account = await to_thread.run_sync(lambda: self.accounts.add(name, form["new"], "admin", first=True))
        self.setup_key = secrets.token_urlsafe(24)
        return self._logged_in(account, "./")

    async def _account(self, scope: Scope, form: Form, visitor: PersonVisitor | None) -> Response:
        assert visitor is not None and visitor.account is not None
        account, do = visitor.account, form.get("do")
        if do == "logout":
            self.logins.close(visitor.token)
            response = _to("login")
            response.raw_headers.append((b"set-cookie", self.site.set_cookie(self.site.cookie(), "", ends=True)))
            return response
        if do == "elsewhere":
            self.logins.close_all(account)
            return self._logged_in(account, "./account")
        _twice(form)
        if await self._checked(scope, account.name, form.get("password", "")) is None:
            raise InputError("The present password is not right.", fix="Nothing was changed.", code="login")
        if form["new"] == form.get("password"):
            raise InputError("That is the present password.", fix="Choose another.", code="password")
        await to_thread.run_sync(self.accounts.set_password, account.name, form["new"])
        return self._logged_in(account, "./account" if not account.temporary else "./")

    async def _people(self, scope: Scope, form: Form, visitor: PersonVisitor | None) -> Response:
        assert visitor is not None and visitor.account is not None
        told = await to_thread.run_sync(manage, self.accounts, visitor.account, form)
        if visitor.account.name.casefold() == form.get("name", "").casefold() and form.get("do") == "remove":
            return _to("login")
        return self._shown(scope, visitor.account, visitor.token, False, told=told)

    def _logged_in(self, account: Account, place: str) -> Response:
        response = _to(place)
        cookies = ((self.site.cookie(), self.logins.open(account), False), (self._form_cookie, "", True))
        for name, value, ends in cookies:
            response.raw_headers.append((b"set-cookie", self.site.set_cookie(name, value, ends=ends)))
        return response

    def _is_setup(self, scope: Scope) -> bool:
        name, _, told = scope["query_string"].decode("latin-1").partition("=")
        return name == "key" and hmac.compare_digest(told.encode(), self.setup_key.encode())


class _Wait(InputError):
    """Too many tries."""

    def __init__(self, seconds: int) -> None:
        shown = f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"
        super().__init__("There were too many failed tries.", fix=f"Wait {shown}, then try again.", code="wait")
        self.seconds = seconds


def _status(error: ClimbdcError) -> int:
    return 429 if isinstance(error, _Wait) else 401 if error.code == "login" else 400


def _twice(form: Form) -> None:
    if form.get("new", "") != form.get("again"):
        raise InputError("The two new passwords are not the same.", fix="Type them again.", code="password")


def _to(place: str) -> Response:
    return RedirectResponse(place, 303)
