"""Every tool has a name for people who do not know it."""

from __future__ import annotations

from climbdc.registry import built_in, doing, title
from climbdc.registry._titles import _titles


def test_every_built_in_tool_has_a_title_and_words_for_while_it_runs() -> None:
    assert set(built_in()) <= set(_titles())
    for name in built_in():
        for said in (title(name), doing(name)):
            assert said and "_" not in said and said[0].isupper()
