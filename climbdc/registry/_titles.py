"""Names of tools in plain words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

__all__ = ["doing", "title"]


@cache
def _titles() -> dict[str, dict[str, str]]:
    text = (files("climbdc.registry") / "titles.yaml").read_text("utf-8")
    titles: dict[str, dict[str, str]] = yaml.safe_load(text)
    return titles


def title(tool: str) -> str:
    """What a tool does, for people who do not know its name; of a foreign tool its name with spaces.

    >>> title("mark_missing"), title("my_own_tool")
    ('Empty what only looks like a value', 'My own tool')
    """
    return _titles().get(tool, {}).get("title") or tool.replace("_", " ").capitalize()


def doing(tool: str) -> str:
    """What is said while a tool runs.

    >>> doing("find_duplicates"), doing("my_own_tool")
    ('Looking for repeated rows', 'My own tool')
    """
    return _titles().get(tool, {}).get("doing") or title(tool)
