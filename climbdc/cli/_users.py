"""`users`: accounts of a page for several people."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from climbdc.cli import _options as o
from climbdc.cli._app import app, console, messages

if TYPE_CHECKING:
    from climbdc.store import Account, Accounts, Store

users = typer.Typer(help="Accounts for `climbdc ui --multi-user`.", no_args_is_help=True)
app.add_typer(users, name="users")


class RoleName(StrEnum):
    """What an account may do."""

    clinician = "clinician"
    admin = "admin"


Name = Annotated[str, typer.Argument(help="Name of the account: letters, digits and ._@-")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="File whose first line is the password; without it you are asked twice.")
]


def _store(data_dir: Path | None) -> Store:
    from climbdc.settings import Settings
    from climbdc.store import Store

    settings = Settings()
    return Store(data_dir or settings.data_dir, settings.database_url)


def _accounts(data_dir: Path | None) -> Accounts:
    from climbdc.store import Accounts

    return Accounts(_store(data_dir).engine)


def _password(name: str, file: Path | None) -> str:
    """The password from a file or the terminal; never from the command line, which other users can see."""
    from climbdc.errors import InputError
    from climbdc.store import check_password

    if file is not None:
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The password cannot be read from {file.name}.", fix="Name a text file.") from error
        password = lines[0] if lines else ""
    elif not sys.stdin.isatty():
        raise InputError("There is no terminal to ask for the password on.", fix="Name a --password-file.")
    else:
        password = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
    check_password(password, name)
    return password


@users.command("list")
def list_users(data_dir: o.DataDir = None, as_json: o.Json = False) -> None:
    """All accounts."""
    found = _accounts(data_dir).all()
    if as_json:
        typer.echo(json.dumps([_told(account) for account in found], indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Name", "Role", "State", "Since"):
        table.add_column(heading)
    for account in found:
        table.add_row(*_told(account).values())
    console.print(table if found else "There is no account yet.")


@users.command()
def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="May manage accounts.")] = False,
    password_file: PasswordFile = None,
    data_dir: o.DataDir = None,
) -> None:
    """A new account.

    Examples:
        climbdc users add anna --admin
        climbdc users add ben --password-file secret.txt
    """
    _accounts(data_dir).add(name, _password(name, password_file), "admin" if admin else "clinician")
    _say(f"There is an account {name} now.")


@users.command()
def passwd(name: Name, password_file: PasswordFile = None, data_dir: o.DataDir = None) -> None:
    """Another password for an account; logs the person out everywhere."""
    accounts = _accounts(data_dir)
    name = accounts.get(name).name
    accounts.set_password(name, _password(name, password_file))
    _say(f"{name} has a new password and is logged out everywhere.")


@users.command()
def disable(name: Name, data_dir: o.DataDir = None) -> None:
    """Lock an account: no login, and those there are end. Its sessions stay."""
    _accounts(data_dir).set_disabled(name, True)
    _say(f"{name} can no longer log in.")


@users.command()
def enable(name: Name, data_dir: o.DataDir = None) -> None:
    """Unlock an account."""
    _accounts(data_dir).set_disabled(name, False)
    _say(f"{name} can log in again.")


@users.command()
def remove(
    name: Name,
    give_to: Annotated[str, typer.Option(help="Account that gets its sessions; else they wait for `give`.")] = "",
    data_dir: o.DataDir = None,
) -> None:
    """Remove an account; its sessions are kept."""
    _accounts(data_dir).remove(name, give_to)
    _say(f"The account {name} is removed.")


@users.command()
def role(
    name: Name, role: Annotated[RoleName, typer.Argument(help="What it may do.")], data_dir: o.DataDir = None
) -> None:
    """Make somebody a clinician or an admin, who manages accounts and sees no more data for it."""
    _accounts(data_dir).set_role(name, role.value)
    _say(f"{name} has the role {role.value} now.")


@users.command()
def give(
    session: Annotated[str, typer.Argument(help="The session's id; its start is enough.")],
    name: Name,
    data_dir: o.DataDir = None,
) -> None:
    """Make a session somebody's, such as one that was started on the command line.

    Examples:
        climbdc users give 3f2a anna
    """
    from climbdc.store import Access

    store = _store(data_dir)
    found = store.session(session).id
    Access(store.engine).own(name, found)
    _say(f"Session {found} is {name}'s now.")


def _told(account: Account) -> dict[str, str]:
    state = "locked" if account.disabled else "password to be changed" if account.temporary else "open"
    return {"name": account.name, "role": account.role, "state": state, "since": account.created_at[:10]}


def _say(words: str) -> None:
    messages.print(words, markup=False, highlight=False)
