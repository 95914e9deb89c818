"""What can be said of the data and of words from what is stored: no row is read, no model asked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import climbdc_taxonomy
from climbdc.agents import Version, head, load_version
from climbdc.report import terms
from climbdc.sdk import Column, Dictionary
from climbdc_ui.chat._wording import count, words

if TYPE_CHECKING:
    from climbdc.store import SessionStore

__all__ = ["Named", "Table", "term"]

ALIKE = 0.8
OFFERED = 4


@dataclass(frozen=True)
class Named:
    """A column somebody named.

    Args:
        column: Its name; None where none is meant for sure.
        alike: Names that look like it.
        exact: Whether it was named as it is written, upper and lower case aside.
    """

    column: str | None
    alike: tuple[str, ...] = ()
    exact: bool = False


class Table:
    """The working copy, or the file as it was read where there is none yet.

    Args:
        stored: The session.
    """

    def __init__(self, stored: SessionStore) -> None:
        reading = stored.get("reading")
        self.stored = stored
        self.read: Mapping[str, Any] = reading or {"columns": [], "rows": 0, "dictionary": []}
        self.version: Version | None = head(stored) if stored.get("head") else None
        frame = self.version.frame if self.version else self.read.get("frame")
        self._table = stored.objects.table(frame) if frame else None
        self.columns = [name for name in self._table.schema.names if name != "_row"] if self._table else []
        self.original: list[str] = list(self.read["columns"])

    @property
    def rows(self) -> int:
        """How many rows there are now."""
        return 0 if self._table is None else int(self._table.num_rows)

    @property
    def example(self) -> str:
        """A column to speak of, one that is looked at if there is any."""
        features = self.version.roles.features(self.columns) if self.version else self.columns[1:]
        return next(iter([*features, *self.columns]), "")

    def named(self, text: str) -> Named:
        """The column that is meant by a text."""
        every = list(dict.fromkeys([*self.columns, *self.original]))
        if text in every:
            return Named(text, exact=True)
        folded: dict[str, list[str]] = {}
        for name in every:
            folded.setdefault(_folded(name), []).append(name)
        same = folded.get(_folded(text), [])
        if len(same) == 1:
            return Named(same[0], exact=True)
        near = difflib.get_close_matches(_folded(text), list(folded), n=OFFERED, cutoff=ALIKE)
        alike = tuple(name for each in near for name in folded[each])
        return Named(alike[0] if len(alike) == 1 else None, tuple(same) or alike)

    def about(self, name: str) -> str:
        """What is known of a column, in a few sentences."""
        column = self._entry(name)
        what = column.meaning or "Nobody has said yet what it means"
        kind = words()["types"].get(column.type, column.type)
        unit = f", in {column.unit}" if column.unit else ""
        told = [f"{name}: {what.rstrip('.')}. It holds {kind}{unit}."]
        if column.known_at != "unknown":
            told.append(f"It is {words()['known_at'][column.known_at]}.")
        told.append(self.gaps(name))
        return " ".join(told)

    def gaps(self, name: str) -> str:
        """How many values of a column are missing."""
        if self._table is None or name not in self.columns:
            return f"{name} is not in the working copy any more; your original file still has it."
        missing = int(self._table.column(name).null_count)
        share = f" ({100 * missing / self.rows:.1f} %)" if self.rows else ""
        return f"{missing:,} of {count(self.rows, 'row')} have no value in {name}{share}." if missing else (
            f"No value of {name} is missing in {count(self.rows, 'row')}."
        )  # fmt: skip

    def size(self) -> str:
        """Rows and columns, now and in the file."""
        now = f"The working copy has {count(self.rows, 'row')} and {count(len(self.columns), 'column')}."
        was = f"Your file has {count(self.read['rows'], 'row')} and {count(len(self.original), 'column')}."
        return f"{was} {now}" if self.version is not None else was

    def _entry(self, name: str) -> Column:
        """The column's entry in the newest dictionary that has it."""
        dictionaries = [Dictionary.from_json(self.read["dictionary"])]
        if self.version is not None:
            chain = self.stored.lineage(self.version.id)
            dictionaries = [self.version.dictionary, load_version(self.stored, chain[0][0]).dictionary, *dictionaries]
        return next((each[name] for each in dictionaries if name in each), Column(name=name))


def _folded(name: str) -> str:
    """A name as people type it: without case, and with spaces for what stands between words."""
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split()) or name.casefold()


def term(text: str) -> str:
    """What a word of the glossary or of the taxonomy means; empty where neither has it."""
    found = {_folded(each["term"]): f"{each['term']}: {each['means']}" for each in terms()["words"]}
    for challenge in climbdc_taxonomy.load():
        told = f"{challenge.title}: {challenge.what} {challenge.why}"
        found.setdefault(_folded(challenge.title), told)
        found.setdefault(_folded(challenge.id.partition("/")[2]), told)
    said = _folded(text)
    if said in found:
        return found[said]
    near = difflib.get_close_matches(said, list(found), n=1, cutoff=ALIKE)
    return found[near[0]] if near else ""
