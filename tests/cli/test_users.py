"""`climbdc users`: accounts from the command line; a password never stands on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.settings import Settings
from climbdc.store import Access, Accounts, Store

Run = Callable[..., str]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with a password, as an editor leaves it."""
    path = tmp_path / "secret"
    path.write_text("a long enough phrase\n", "utf-8")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `climbdc users` and gives what was said."""

    def told(*words: object, status: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["users", *map(str, words)])
        said = capsys.readouterr()
        assert (ended.value.code or 0) == status, said
        return said.out + said.err

    return told


def test_accounts_from_the_first_to_the_last(run: Run, secret: Path) -> None:
    run("add", "anna", "--admin", "--password-file", secret)
    run("add", "ben", "--password-file", secret)
    assert "only one who can manage" in run("remove", "anna", status=2)
    run("role", "ben", "admin")
    run("disable", "anna")
    told = json.loads(run("list", "--json"))
    assert [(one["name"], one["role"], one["state"]) for one in told] == [
        ("anna", "admin", "locked"),
        ("ben", "admin", "open"),
    ]
    run("enable", "anna")
    secret.write_text("quite another phrase", "utf-8")
    run("passwd", "anna", "--password-file", secret)
    store = Store(Settings().data_dir)
    assert Accounts(store.engine).check("anna", "quite another phrase")
    session = store.create("a.csv", {}).id
    run("give", session[:6], "anna")
    assert Access(store.engine).owner(session) == "anna"
    run("remove", "anna", "--give-to", "ben")
    assert Access(store.engine).owner(session) == "ben"
    store.close()


def test_a_password_is_neither_an_argument_nor_weak(run: Run, secret: Path, tmp_path: Path) -> None:
    run("add", "anna", "a long enough phrase", status=2)
    run("add", "anna", "--password", "a long enough phrase", status=2)
    assert "no terminal" in run("add", "anna", status=2)
    assert "cannot be read" in run("add", "anna", "--password-file", tmp_path / "none", status=2)
    for weak in ("", "short", "password1234"):
        secret.write_text(weak, "utf-8")
        assert "password" in run("add", "anna", "--password-file", secret, status=2)
    assert "There is no account yet." in run("list")


def test_who_is_not_there_is_told(run: Run, secret: Path) -> None:
    for words in (("disable", "x"), ("enable", "x"), ("remove", "x"), ("role", "x", "admin"), ("passwd", "x")):
        assert "no account 'x'" in run(*words, status=1)
    assert "No session has an id" in run("give", "ffff", "x", status=1)
