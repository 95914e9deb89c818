"""What `identifiers.yaml` says, compiled, and names of columns in the form in which it compares them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import yaml

from climbdc.privacy._scrub_checks import CHECKS
from climbdc.privacy._scrub_persons import folded

__all__ = ["Action", "KindRule", "NumberRule", "PersonKind", "Rules", "rules"]

PersonKind = Literal[
    "name", "email", "phone", "address", "url", "ip", "id", "national_id", "birth_date", "date", "age", "postcode",
    "place", "text",
]  # fmt: skip
"""What a column tells of a person."""
Action = Literal["drop", "year", "age_cap", "postcode3", "scrub", "none"]
"""What to do about it: leave the column out, keep the year, top-code at 90, keep three places, take names out."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")
_SIGNS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class KindRule:
    """One kind: what it is called, whether it names a person by itself, and what to do about it."""

    told: str
    direct: bool
    action: Action


@dataclass(frozen=True)
class NumberRule:
    """A national number: its form, and its checksum where it has one."""

    told: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None

    def fits(self, cell: str) -> bool:
        """Whether a cell is such a number."""
        return self.pattern.fullmatch(cell) is not None and (self.check is None or self.check(cell))


@dataclass(frozen=True)
class Rules:
    """Everything of `identifiers.yaml`."""

    kinds: Mapping[PersonKind, KindRule]
    names: Mapping[str, Mapping[str, tuple[re.Pattern[str], ...]]]
    shapes: Mapping[str, re.Pattern[str]]
    numbers: tuple[NumberRule, ...]
    organisations: frozenset[str]

    def hint(self, kind: PersonKind, *texts: str) -> Literal["strong", "weak", ""]:
        """Whether a name or a meaning suggests a kind.

        >>> rules().hint("birth_date", "DOB"), rules().hint("name", "brewery_name"), rules().hint("email", "wbc")
        ('strong', 'weak', '')
        """
        forms = {form for text in texts if text for form in (_plain(text), _plain(_CAMEL.sub(" ", text)))}
        strengths: tuple[Literal["strong", "weak"], ...] = ("strong", "weak")
        for strength in strengths:
            patterns = self.names.get(kind, {}).get(strength, ())
            if any(pattern.search(form) for pattern in patterns for form in forms):
                return strength
        return ""


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", folded(text)).strip()


@cache
def rules() -> Rules:
    """The rules, read once."""
    with Path(__file__).with_name("identifiers.yaml").open(encoding="utf-8") as file:
        read: dict[str, Any] = yaml.load(file, Loader=_LOADER)
    assert set(read["kinds"]) == set(get_args(PersonKind))
    return Rules(
        kinds={kind: KindRule(**rule) for kind, rule in read["kinds"].items()},
        names={
            kind: {strength: tuple(map(re.compile, patterns)) for strength, patterns in each.items()}
            for kind, each in read["names"].items()
        },
        shapes={name: re.compile(pattern) for name, pattern in read["shapes"].items()},
        numbers=tuple(
            NumberRule(each["told"], re.compile(each["pattern"]), CHECKS[each["check"]] if "check" in each else None)
            for each in read["numbers"]
        ),
        organisations=frozenset(read["organisations"]),
    )
