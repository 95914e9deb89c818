"""Long lists a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from climbdc_ui._acts import Seat, State, Values

__all__ = ["Page", "page_of", "turn_page"]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A part of a list.

    Args:
        items: What is on this page.
        number: Which page, from 1.
        pages: How many there are.
        total: How many items there are in all.
    """

    items: tuple[Item, ...]
    number: int
    pages: int
    total: int


def page_of(items: Sequence[Item], state: State, size: int) -> Page[Item]:
    """The page that the state names; the nearest where there is no such page.

    >>> page_of("abcde", {"page": 2}, 2), page_of("abcde", {"page": "x"}, 2).items, page_of("", {"page": 9}, 2).number
    (Page(items=('c', 'd'), number=2, pages=3, total=5), ('a', 'b'), 1)
    """
    pages = max(1, -(-len(items) // size))
    told = state.get("page")
    number = min(max(1, told), pages) if type(told) is int else 1
    return Page(tuple(items[(number - 1) * size : number * size]), number, pages, len(items))


def turn_page(seat: Seat, state: State, values: Values) -> State:
    """Go to another page."""
    to = values.get("to")
    return {**state, "page": to if type(to) is int else 1}
