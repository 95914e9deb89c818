"""Names and sentences in one plain form, so that `serBilir`, `ser_bilir` and `Ser. Bilir` are the same."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["compact", "plain", "split_camel", "unaccented", "words"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")


def split_camel(text: str) -> str:
    """Put a space where a new word begins inside a name.

    >>> split_camel("serBilir"), split_camel("BloodPressure"), split_camel("HDL")
    ('ser Bilir', 'Blood Pressure', 'HDL')
    """
    return _CAMEL.sub(" ", text)


def unaccented(text: str) -> str:
    """Small letters without accents, signs kept.

    >>> unaccented("Donnée?")
    'donnee?'
    """
    letters = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(mark for mark in letters if not unicodedata.combining(mark))


def plain(text: str) -> str:
    """Small letters without accents, every run of signs one space.

    >>> plain("Größe (cm)"), plain("Do-not-resuscitate"), plain("d.time")
    ('grosse cm', 'do not resuscitate', 'd time')
    """
    return _SIGNS.sub(" ", unaccented(text).replace("μ", "u")).strip()


def words(text: str) -> tuple[str, ...]:
    """The words of a text in plain form.

    >>> words("heart-rate (max)")
    ('heart', 'rate', 'max')
    """
    return tuple(plain(text).split())


def compact(text: str) -> str:
    """The plain form without spaces; what names are looked up by.

    >>> compact("ser_bilir") == compact("serBilir")
    True
    """
    return plain(text).replace(" ", "")
