"""Accounts, logins, throttling and rights on sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter

import pytest
from alembic import command
from sqlalchemy import text

from climbdc.errors import InputError, StoreError
from climbdc.store import Access, Accounts, Logins, Passwords, Store, Tries, check_password, new_password
from climbdc.store._database import _config

GOOD, OTHER = "a long enough phrase", "quite another phrase"
CHEAP = Passwords(memory=64, passes=1)


class Clock:
    """Seconds that go on when told."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    """Anna, an admin, and Ben."""
    accounts = Accounts(store.engine, CHEAP, clock)
    accounts.add("Anna", GOOD, "admin")
    accounts.add("ben", GOOD)
    return accounts


@pytest.fixture
def access(store: Store, accounts: Accounts) -> Access:
    """Rights among people."""
    return Access(store.engine, most=2)


def test_a_password_is_kept_as_a_hash_with_todays_costs(store: Store) -> None:
    Accounts(store.engine).add("anna", GOOD)
    with store.engine.connect() as connection:
        kept = connection.scalar(text("select password from accounts")) or ""
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$") and GOOD not in kept


def test_only_the_right_password_of_an_open_account_is_taken(accounts: Accounts) -> None:
    assert (found := accounts.check("ANNA", GOOD)) and found.name == "Anna" and found.is_admin
    for name, password in (("anna", OTHER), ("anna", ""), ("nobody", GOOD), ("", ""), ("anna", GOOD + "x" * 10_000)):
        assert accounts.check(name, password) is None
    accounts.set_disabled("ben", True)
    assert accounts.check("ben", GOOD) is None
    accounts.set_disabled("ben", False)
    assert accounts.check("ben", GOOD)


def test_one_password_may_be_typed_on_two_keyboards(accounts: Accounts) -> None:
    accounts.set_password("ben", "caf\u00e9 au lait, bitte")
    assert accounts.check("ben", "cafe\u0301 au lait, bitte")


def test_a_name_that_nobody_has_takes_as_long(store: Store) -> None:
    accounts = Accounts(store.engine)
    accounts.add("anna", GOOD)

    def seconds(name: str) -> float:
        begun = perf_counter()
        assert accounts.check(name, OTHER) is None
        return perf_counter() - begun

    known, unknown = zip(*[(seconds("anna"), seconds("nobody")) for _ in range(5)], strict=True)
    assert 0.5 < median(known) / median(unknown) < 2 and min(unknown) > 0.02


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "5 characters"),
        ("x" * 257, "longer than 256"),
        ("password1234", "first that are guessed"),
        ("PassWord1234", "first that are guessed"),
        ("abcabcabcabcabc", "first that are guessed"),
        ("zzzzzzzzzzzz", "first that are guessed"),
        ("567890123456", "first that are guessed"),
        ("poiuytrewqlk"[::-1], ""),
        ("qwertyuiopas", "first that are guessed"),
        ("annamaria2026", "account's name"),
        ("climbdc-2026!", "this service"),
        (GOOD, ""),
        ("\u5317\u4eac\u5927\u5b66\u533b\u9662\u7684\u75c5\u4eba\u6570\u636e\u5e93\u5bc6\u7801", ""),
    ],
)
def test_what_may_be_a_password(password: str, why: str) -> None:
    if not why:
        check_password(password, "annamaria")
        return
    with pytest.raises(InputError, match=why):
        check_password(password, "annamaria")


def test_a_password_by_chance_is_fit() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password, "anna")


@pytest.mark.parametrize("name", ["", "a b", "-a", "<b>", "x" * 65, "a\n", "..", "\u0430nna", "a/b", "a\0"])
def test_names_are_plain(accounts: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="cannot be an account's name"):
        accounts.add(name, GOOD)


def test_a_name_is_taken_once_whatever_its_case(accounts: Accounts) -> None:
    with pytest.raises(InputError, match="already"):
        accounts.add("anna", GOOD)
    with pytest.raises(InputError, match="already"):
        accounts.add("carl", GOOD, first=True)


def test_somebody_can_always_manage_accounts(accounts: Accounts) -> None:
    for change in (
        partial(accounts.remove, "anna"),
        partial(accounts.set_disabled, "anna", True),
        partial(accounts.set_role, "anna", "clinician"),
    ):
        with pytest.raises(InputError, match="only one who can manage"):
            change()
    accounts.set_role("ben", "admin")
    accounts.remove("anna")
    assert [account.name for account in accounts.all()] == ["ben"]
    with pytest.raises(StoreError, match="no account 'anna'"):
        accounts.get("anna")


def test_a_password_of_somebody_else_holds_a_week(accounts: Accounts, clock: Clock) -> None:
    accounts.set_password("ben", OTHER, temporary=True)
    assert (found := accounts.check("ben", OTHER)) and found.temporary
    clock.at += 8 * 86400
    assert accounts.check("ben", OTHER) is None


def test_a_login_ends_idle_after_its_time_and_by_hand(store: Store, accounts: Accounts, clock: Clock) -> None:
    logins = Logins(store.engine, idle=600, longest=3600, clock=clock)
    ben = accounts.get("ben")
    token = logins.open(ben)
    with store.engine.connect() as connection:
        assert token not in str(connection.execute(text("select * from logins")).all())
    for _ in range(6):
        clock.at += 599
        assert (found := logins.person(token)) and found.name == "ben"
    clock.at += 10
    assert logins.person(token) is None, "the longest time"

    token = logins.open(ben)
    clock.at += 400
    assert logins.person(token, visit=False)
    clock.at += 400
    assert logins.person(token) is None, "idle; what a page fetches by itself does not count"

    one, other = logins.open(ben), logins.open(ben)
    logins.close(one)
    assert logins.person(one) is None and logins.person(other)
    assert logins.person("") is None and logins.person(other + "x") is None


def test_a_new_password_and_a_lock_log_out(store: Store, accounts: Accounts, clock: Clock) -> None:
    logins = Logins(store.engine, clock=clock)
    for change in (
        partial(accounts.set_password, "ben", OTHER),
        partial(accounts.set_disabled, "ben", True),
        partial(accounts.remove, "ben"),
    ):
        accounts.set_disabled("ben", False)
        token = logins.open(accounts.get("ben"))
        assert logins.person(token)
        change()
        assert logins.person(token) is None


def test_guessing_becomes_slow_and_a_restart_forgives_nothing(store: Store, clock: Clock) -> None:
    tries = Tries(store.engine, clock)
    for _ in range(5):
        assert tries.wait("ben", "192.0.2.1") == 0
        tries.failed("ben", "192.0.2.1")
    waits = []
    for _ in range(12):
        waits.append(wait := Tries(store.engine, clock).wait("BEN", "192.0.2.1"))
        clock.at += wait
        tries.failed("ben", "192.0.2.1")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert tries.wait("ben", "192.0.2.9") == 0, "a stranger does not lock somebody out"
    tries.succeeded("ben", "192.0.2.1")
    assert tries.wait("ben", "192.0.2.1") == 0
    clock.at += 90_000
    tries.failed("x", "192.0.2.2")
    with store.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from tries")) == 3, "old ones are gone"


def test_failures_at_the_same_moment_are_all_counted(store: Store) -> None:
    tries = Tries(store.engine)
    with ThreadPoolExecutor(8) as pool:
        for told in [pool.submit(tries.failed, "ben", "192.0.2.1") for _ in range(24)]:
            told.result()
    assert tries.wait("ben", "192.0.2.1") > 300


def test_an_address_that_tries_many_names_becomes_slow(store: Store, clock: Clock) -> None:
    tries = Tries(store.engine, clock)
    for number in range(36):
        tries.failed(f"name{number}", "192.0.2.1")
    assert tries.wait("another", "192.0.2.1") > 30 and tries.wait("another", "192.0.2.2") == 0


def test_everyone_sees_their_own_and_what_is_shared(store: Store, access: Access) -> None:
    one, other, nobodys = (store.create(f"{name}.csv", {}).id for name in "abc")
    access.own("Anna", one)
    access.own("ben", other)
    assert access.visible("Anna") == {one} and access.visible("ben") == {other} and access.visible("carl") == set()
    assert access.owner(one) == "Anna" and access.owner(nobodys) is None
    for person, session, right, may in (
        ("Anna", one, "own", True), ("ben", one, "view", False), ("Anna", other, "view", False),
        ("Anna", nobodys, "view", False), (None, one, "view", False), ("", one, "view", False),
        ("ben", "ffffffff", "view", False), ("carl", one, "view", False), ("ann_", one, "view", False),
    ):  # fmt: skip
        assert access.may(person, session, right) is may, (person, session, right)  # type: ignore[arg-type]


def test_sharing_gives_no_more_than_it_says(store: Store, access: Access) -> None:
    session = store.create("a.csv", {}).id
    access.own("Anna", session)
    access.share(session, "BEN", "view")
    assert access.shares(session) == {"ben": "view"} and access.visible("ben") == {session}
    assert access.may("ben", session, "view") and not access.may("ben", session, "edit")
    access.share(session, "ben", "edit")
    assert access.may("ben", session, "edit") and not access.may("ben", session, "own")
    access.unshare(session, "ben")
    assert not access.may("ben", session) and access.owner(session) == "Anna"
    access.unshare(session, "Anna")
    assert access.owner(session) == "Anna", "an owner stays"
    with pytest.raises(InputError, match="owns"):
        access.share(session, "anna", "view")
    with pytest.raises(InputError, match="no way to share"):
        access.share(session, "ben", "own")
    with pytest.raises(StoreError, match="no account"):
        access.share(session, "carl", "view")
    with pytest.raises(StoreError, match="no such session"):
        access.share("ffffffff", "ben", "view")


def test_a_session_has_one_owner_and_goes_to_an_heir(store: Store, accounts: Accounts, access: Access) -> None:
    session = store.create("a.csv", {}).id
    access.own("Anna", session)
    access.share(session, "ben", "view")
    access.own("ben", session)
    assert access.owner(session) == "ben" and access.shares(session) == {} and not access.may("Anna", session)
    access.share(session, "Anna", "view")
    accounts.remove("ben", give_to="anna")
    assert access.owner(session) == "Anna"
    accounts.add("ben", GOOD)
    assert access.visible("ben") == set(), "a name that is used again inherits nothing"


def test_sessions_are_counted(store: Store, access: Access) -> None:
    for _ in range(2):
        access.room("ben")
        access.own("ben", store.create("a.csv", {}).id)
    with pytest.raises(InputError, match="You have 2 sessions"):
        access.room("ben")
    access.room("Anna")


def test_the_tables_of_people_can_be_taken_back(store: Store) -> None:
    config = _config()
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        command.upgrade(config, "head")
