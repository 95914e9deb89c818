"""The page about hostile models says what the tests see to."""

from __future__ import annotations

from .behaviours import load
from .tables import PAGE, behaviours_table, written


def test_the_page_has_the_tables_as_they_are() -> None:
    """`python -m tests.models.hostile.tables` writes them anew."""
    text = PAGE.read_text("utf-8")
    assert written(text) == text
    assert all(line in text for line in behaviours_table()) and len(load()) > 100
