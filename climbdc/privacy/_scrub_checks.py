"""Check digits of national numbers and cards, and whether digits make a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["CHECKS"]

_SIGNS: Final = re.compile(r"[^0-9A-Za-z]")
_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_DIHEDRAL: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def _bare(text: str) -> str:
    return _SIGNS.sub("", text).upper()


def _luhn(text: str) -> bool:
    """Cards, the Canadian SIN, Swedish personnummer: ISO/IEC 7812-1, annex B.

    >>> _luhn("4539 5787 6362 1486"), _luhn("4539 5787 6362 1487")
    (True, False)
    """
    digits = [int(sign) for sign in _bare(text) if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) > 1 and any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _nhs(text: str) -> bool:
    """The NHS number of England, modulus 11 (NHS Data Dictionary).

    >>> _nhs("943 476 5919"), _nhs("943 476 5918")
    (True, False)
    """
    digits = [int(sign) for sign in _bare(text) if sign.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check % 11 == digits[9] and check != 10


def _iban(text: str) -> bool:
    """Account numbers: ISO 13616, modulus 97.

    >>> _iban("GB82 WEST 1234 5698 7654 32"), _iban("GB83 WEST 1234 5698 7654 32")
    (True, False)
    """
    bare = _bare(text)
    if not (15 <= len(bare) <= 34 and bare[:2].isalpha() and bare.isascii()):
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _verhoeff(text: str) -> bool:
    """The Aadhaar number of India (Verhoeff, Error detecting decimal codes, 1969).

    >>> _verhoeff("2363"), _verhoeff("2364")
    (True, False)
    """
    state = 0
    for place, sign in enumerate(reversed(_bare(text))):
        state = int(_DIHEDRAL[state][int(_PERMUTED[place % 8][int(sign)])])
    return state == 0


def _dni(text: str) -> bool:
    """The DNI and NIE of Spain: the letter is the number modulo 23.

    >>> _dni("12345678Z"), _dni("12345678A")
    (True, False)
    """
    bare = _bare(text)
    number = {"X": "0", "Y": "1", "Z": "2"}.get(bare[0], bare[0]) + bare[1:-1]
    return number.isdigit() and _DNI[int(number) % 23] == bare[-1]


def _bsn(text: str) -> bool:
    """The citizen service number of the Netherlands, modulus 11.

    >>> _bsn("111222333"), _bsn("111222334")
    (True, False)
    """
    digits = [int(sign) for sign in _bare(text) if sign.isdigit()]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(digits) == 9 and any(digits) and sum(map(int.__mul__, digits, weights)) % 11 == 0


def _nir(text: str) -> bool:
    """The social security number of France with its key: 97 less the number modulo 97.

    >>> _nir("1 84 12 76 451 089 46"), _nir("1 84 12 76 451 089 47")
    (True, False)
    """
    bare = _bare(text).replace("2A", "19").replace("2B", "18")
    return len(bare) == 15 and bare.isdigit() and 97 - int(bare[:13]) % 97 == int(bare[13:])


def _cpf(text: str) -> bool:
    """The CPF of Brazil: two digits, each modulus 11.

    >>> _cpf("529.982.247-25"), _cpf("529.982.247-26")
    (True, False)
    """
    digits = [int(sign) for sign in _bare(text) if sign.isdigit()]
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for size in (9, 10):
        rest = sum(digit * (size + 1 - place) for place, digit in enumerate(digits[:size])) * 10 % 11 % 10
        if rest != digits[size]:
            return False
    return True


def _date(text: str) -> bool:
    """Whether three numbers can be day, month and year in some order.

    >>> _date("31.12.1980"), _date("12/31/80"), _date("41/13/1980")
    (True, True, False)
    """
    day = re.match(r"\s*(\d{1,4})\D(\d{1,2})(?:\D(\d{1,4}))?", text)
    if day is None:
        return False
    numbers = [int(number) for number in day.groups(default="1")]
    first = numbers[1:] if len(day[1]) == 4 else numbers[:2]
    return min(first) >= 1 and min(first) <= 12 and max(first) <= 31


def _label(text: str) -> bool:
    """Whether what follows a label is a number that names somebody and not a date or a decimal.

    >>> _label("KH-20931"), _label("12.5"), _label("2019")
    (True, False, False)
    """
    return not re.fullmatch(r"\d+\.\d+|(?:19|20)\d{2}(?:[-/.]\d{1,2}){0,2}", text)


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "luhn": _luhn, "nhs": _nhs, "iban": _iban, "verhoeff": _verhoeff, "dni": _dni, "bsn": _bsn, "nir": _nir,
        "cpf": _cpf, "date": _date, "label": _label,
    }
)  # fmt: skip
"""Name as in the YAML files -> whether a text agrees."""
