"""What may be a password, and how it is kept.

The rules follow NIST SP 800-63B: length counts, nothing is said about kinds of characters, nothing expires; what is
guessed first, repeats itself, or names the person or the service is refused.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

import yaml

from climbdc.errors import InputError

__all__ = ["Passwords", "check_password", "new_password"]

SHORTEST, LONGEST = 12, 256
_REPEATED = 4
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@cache
def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = yaml.safe_load(files("climbdc.store").joinpath("passwords.yaml").read_text("utf-8"))
    return lists


def _same_form(password: str) -> str:
    """One form of what looks the same, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def _refusal(password: str, name: str) -> str:
    """Why it cannot be a password; empty if it can."""
    lists, low = _lists(), password.casefold()
    if len(password) < SHORTEST:
        return f"This password has {len(password)} characters, and at least {SHORTEST} are needed."
    if len(password) > LONGEST:
        return f"This password is longer than {LONGEST} characters."
    if name.casefold() in low and len(low) - len(name) < SHORTEST:
        return "This password is little more than the account's name."
    if any(word in low and len(low) - len(word) < SHORTEST - _REPEATED for word in lists["services"]):
        return "This password is little more than the name of this service."
    runs = any(low in line or low in line[::-1] for row in lists["rows"] for line in (row * 2,))
    repeats = any(low == (low[:size] * len(low))[: len(low)] for size in range(1, _REPEATED + 1))
    if runs or repeats or low in lists["commonest"]:
        return "This password is among the first that are guessed."
    return ""


def check_password(password: str, name: str) -> None:
    """See that a password is fit for that account.

    Raises:
        InputError: It is too short, too long or too easy to guess.
    """
    why = _refusal(_same_form(password), name)
    if why:
        raise InputError(why, fix="Three or four unrelated words are long and easy to keep in mind.", code="password")


def new_password() -> str:
    """A password by chance (80 bits), easy to read out: `k7ud-2mxq-...`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


class Passwords:
    """Argon2id hashes of passwords.

    The costs are those of RFC 9106 for little memory: 64 MiB, three passes. One lane, as a server has other work to do.

    Args:
        memory: KiB for each hash.
        passes: How often it is gone through.
    """

    def __init__(self, memory: int = 65536, passes: int = 3) -> None:
        from argon2 import PasswordHasher

        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(_same_form(password))

    def same(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where none is kept."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            same = self._hasher.verify(kept or self._nobody, _same_form(password[: 2 * LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return same and kept is not None

    def stale(self, kept: str) -> bool:
        """Whether it was hashed at other costs than today's."""
        return self._hasher.check_needs_rehash(kept)
