"""Each package's `__all__` is its public surface: complete, sorted and true."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("climbdc", "climbdc_taxonomy", "climbdc_tools", "climbdc_ui")


def packages() -> list[str]:
    """All packages that say what is public; migrations and the like are run, not imported."""
    found = []
    for name in PACKAGES:
        package = importlib.import_module(name)
        found.append(name)
        walked = pkgutil.walk_packages(package.__path__, f"{name}.")
        found += [module.name for module in walked if module.ispkg]
    return [name for name in found if "__all__" in source(name)]


def source(name: str) -> str:
    """The text of a package's `__init__.py`."""
    return Path(importlib.import_module(name).__file__ or "").read_text(encoding="utf-8")


def given_out(name: str) -> set[str]:
    """Public names that a package takes from its own private modules, or defines."""
    found: set[str] = set()
    for node in ast.parse(source(name)).body:
        if isinstance(node, ast.ImportFrom):
            if node.level or (node.module or "").startswith(f"{name}._"):
                found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return {entry for entry in found if not entry.startswith("_")}


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize("name", packages())
def test_all_is_complete_sorted_and_true(name: str) -> None:
    package = importlib.import_module(name)
    named = list(package.__all__)
    assert named == sorted(named, key=order) and len(named) == len(set(named))
    assert [entry for entry in named if not hasattr(package, entry)] == []
    assert given_out(name) - set(named) == set()


def test_most_packages_say_what_is_public() -> None:
    assert {"climbdc.sdk", "climbdc.data", "climbdc.report", "climbdc_tools"} <= set(packages())


def test_what_most_people_need_comes_from_the_top() -> None:
    from climbdc import Copilot, Goal

    assert Copilot.__module__ == "climbdc.copilot" and Goal(target="died").target == "died"
    with pytest.raises(ImportError):
        importlib.import_module("climbdc.no_such_thing")


def test_the_top_loads_nothing_by_itself() -> None:
    code = "import climbdc, sys; print([name for name in sys.modules if name.startswith(('climbdc.', 'pandas'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
