"""The clinical knowledge pack, ready to be asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from climbdc.errors import InputError
from climbdc.knowledge._later import LaterHint, known_at
from climbdc.knowledge._lexicon import Lexicon, token_form
from climbdc.knowledge._load import PACK, Pack, load_pack
from climbdc.knowledge._match import Match, Matcher
from climbdc.knowledge._roles import RoleHint, role_hints
from climbdc.knowledge._text import compact
from climbdc.knowledge._units import Units
from climbdc.knowledge._variable import Variable

__all__ = ["Knowledge", "knowledge"]


class Knowledge:
    """What is known of clinical columns in general: variables, units, missing-value tokens, words of time.

    >>> pack = knowledge()
    >>> pack.match("ser_creat_mgdl", values=[0.8, 1.1, 4.2]).variable.id
    'creatinine'
    >>> pack.known_at("x", "length of stay in days").kind
    'outcome'
    """

    def __init__(self, pack: Pack) -> None:
        self.variables: Mapping[str, Variable] = MappingProxyType(pack.variables)
        self.lexicon: Lexicon = pack.lexicon
        self.families: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType(pack.families)
        self._groups = _groups(pack.families)
        try:
            self.units = Units(pack.lexicon.units, pack.lexicon.unit_suffix_exceptions)
        except ValueError as error:
            raise InputError(f"The clinical knowledge cannot be used: {error}.", code="bad-knowledge") from error
        self._matcher = Matcher(pack.variables.values(), pack.lexicon, self.units)
        _refuse_clashes(self._matcher)

    @classmethod
    def load(cls, *extra: Path) -> Knowledge:
        """The package's own pack, then the given folders, which override it by id.

        Raises:
            InputError: A file is not of the right form, or two variables of overlapping range claim one spelling.
        """
        return cls(load_pack([PACK, *extra]))

    @property
    def numeric_sentinels(self) -> tuple[float, ...]:
        """Numbers that may stand for missing where they are impossible or far from all others."""
        return self.lexicon.numeric_sentinels

    def match(
        self, name: str, *, meaning: str = "", unit: str = "", values: Sequence[float] | None = None
    ) -> Match | None:
        """The clinical variable a column is, or None when it is not clear.

        Args:
            name: The column's name.
            meaning: What a dictionary or label says of it.
            unit: Its unit where the file says so.
            values: Its numbers, or a sample of rows (not of distinct values). Empty when it has none, so that a
                quantity is never recognised in a column of words; None when nobody looked.
        """
        return self._matcher.match(name, meaning, unit, values)

    def known_at(self, name: str, meaning: str = "") -> LaterHint | None:
        """When a column is known, told from its words; None when they do not say."""
        return known_at(self.lexicon, name, meaning)

    def role_hints(self, name: str, meaning: str = "") -> tuple[RoleHint, ...]:
        """Roles that the name suggests, strong ones first."""
        return role_hints(self.lexicon, name, meaning)

    def is_missing_token(self, text: str) -> Literal["certain", "likely"] | None:
        """Whether a cell's text stands for a missing value.

        >>> pack = knowledge()
        >>> pack.is_missing_token(" N/A "), pack.is_missing_token("?"), pack.is_missing_token("no")
        ('certain', 'likely', None)
        """
        return self.lexicon.missing_tokens.get(token_form(text))

    def synonym_group(self, text: str) -> str | None:
        """The canonical spelling of a category, or None when it has no known synonyms.

        >>> knowledge().synonym_group("Weiblich"), knowledge().synonym_group("Ja")
        ('female', 'yes')
        """
        return self._groups.get(_category(text), (None, None))[1]

    def synonym_family(self, text: str) -> str | None:
        """The family a category belongs to, such as sex or answer: one column's categories share it.

        >>> knowledge().synonym_family("M")
        'sex'
        """
        return self._groups.get(_category(text), (None, None))[0]


FOLDER_VARIABLE = "CLIMBDC_KNOWLEDGE_DIR"


@cache
def knowledge(*folders: Path) -> Knowledge:
    """The pack with a hospital's folders on top, loaded once; CLIMBDC_KNOWLEDGE_DIR names one where none is given."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    return Knowledge.load(*(folders or ((Path(named),) if named else ())))


def _category(text: str) -> str:
    return compact(text) or text.strip()


def _groups(families: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, tuple[str, str]]:
    groups: dict[str, tuple[str, str]] = {}
    for family, categories in families.items():
        for canonical, spellings in categories.items():
            for spelling in (canonical, *spellings):
                known = groups.setdefault(_category(spelling), (family, canonical))
                if known != (family, canonical):
                    raise InputError(
                        f"The category {spelling!r} is listed under {known[1]!r} and under {canonical!r}.",
                        fix="Take it out of one of them in synonyms.yaml.",
                        code="bad-knowledge",
                    )
    return groups


def _refuse_clashes(matcher: Matcher) -> None:
    clashes = [f"{key!r} ({one.id} and {other.id})" for key, one, other in matcher.clashes()]
    if clashes:
        raise InputError(
            f"Two variables of overlapping range claim one name: {', '.join(clashes)}.",
            fix="Take the name out of one of them.",
            code="bad-knowledge",
        )
