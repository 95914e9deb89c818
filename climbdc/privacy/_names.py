"""Names of columns as a model sees them."""

from __future__ import annotations

import re

from climbdc.privacy._clean import LONGEST_LABEL, clean
from climbdc.privacy._plain import plain_words
from climbdc.privacy._rare import Spared
from climbdc.privacy._scrub import looks_like_data
from climbdc.privacy._secrets import Secrets
from climbdc.store import SessionStore, Turns

__all__ = ["Names"]

_STORED = "disclosed/names"
_MARKUP = re.compile(r"[`{}\\]|\]\s*\(|\w+://|\[(?:link|tag)\]")
_MADE = re.compile(r"^(.+?)[=:](.+)$", re.DOTALL)
"""A column made of a category: `sex=f`."""
_WORDS = 14


class Names:
    """Shows a name as it is, or as `column_7` where it looks like data or like mark-up; the number stays the same."""

    def __init__(self, stored: SessionStore, secrets: Secrets, turns: Turns | None = None) -> None:
        self.stored = stored.on("main")
        self.turns = turns or stored.turns("gate")
        self.secrets = secrets
        self._shown: dict[str, str] = {}
        self._given: dict[str, int] | None = None

    def look_again(self) -> None:
        """Others may have given numbers to more names of the same session since."""
        self._given = None

    def shown(self, column: str) -> str:
        """The name as a model sees it."""
        if column not in self._shown:
            self._shown[column] = column if self._is_plain(column) else f"column_{self._number(column)}"
        return self._shown[column]

    def column_of(self, shown: str) -> str | None:
        """The column that a model means; exactly, or the only one that is spelt so in other letters."""
        known = [*self.secrets.columns, *self._shown]
        back = {self.shown(name): name for name in known}
        if shown in back:
            return back[shown]
        near = {name for text, name in back.items() if text.casefold() == shown.strip().casefold()}
        return near.pop() if len(near) == 1 else None

    def _is_plain(self, name: str) -> bool:
        if name != clean(name, LONGEST_LABEL) or len(name.split()) > _WORDS or _MARKUP.search(name):
            return False
        if re.fullmatch(r"column_\d+", name) or looks_like_data(name):
            return False
        return not self._tells(name)

    def _tells(self, name: str) -> bool:
        """Whether a name gives a cell away: it equals a rare one, or was made of a rare category."""
        plain = Spared(inside=plain_words(), alone=plain_words())
        if name in self.secrets.columns:
            return self.secrets.is_rare(name, plain)
        made = _MADE.match(name)
        if made and made[1] in self.secrets.columns:
            told = made[2]
            return self.secrets.carried(made[1], told) < self.secrets.k and self.secrets.rare().holds(told)
        return self.secrets.rare().holds(name, plain)

    def _number(self, name: str) -> int:
        if name in self.secrets.columns:
            return self.secrets.columns.index(name) + 1
        if name not in self._numbers():
            with self.turns.taken():  # another gate may have given the next number to another name just now
                self._given = None
                given = self._numbers()
                if name not in given:
                    given[name] = max([len(self.secrets.columns), *given.values()]) + 1
                    self.stored.put(_STORED, {"names": given})
        return self._numbers()[name]

    def _numbers(self) -> dict[str, int]:
        if self._given is None:
            self._given = dict((self.stored.get(_STORED) or {"names": {}})["names"])
        return self._given
