"""`climbdc tools new`: a package with a tool that works, its test and a README."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Literal

from climbdc.errors import InputError

__all__ = ["KINDS", "Kind", "write_package"]

Kind = Literal["inspect", "transform", "evaluate"]
KINDS: tuple[Kind, ...] = ("inspect", "transform", "evaluate")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z][a-z0-9]*)*")
_LONGEST = 50


def write_package(name: str, kind: Kind, out: Path, taken: frozenset[str] = frozenset()) -> Path:
    """Write a package for one tool.

    Args:
        name: Of the package, such as `digit-preference`; the tool's has underscores.
        kind: What the tool does.
        out: The folder in which the package's own is made.
        taken: Names of tools that there are.

    Returns:
        The package's folder.

    Raises:
        InputError: The name cannot be used, or something stands there already.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    _check_name(name, taken)
    tool = name.replace("-", "_")
    title = tool.replace("_", " ")
    words = {"name": name.replace("_", "-"), "tool": tool, "cls": title.title().replace(" ", ""), "kind": kind}
    folder = out / name
    _check_free(folder)
    templates = Environment(
        loader=PackageLoader("climbdc.plugins"), undefined=StrictUndefined, keep_trailing_newline=True,
        trim_blocks=True, autoescape=False,
    )  # fmt: skip
    places = {
        "pyproject.toml": "pyproject.toml.j2", "README.md": "README.md.j2",
        f"src/{tool}/__init__.py": f"{kind}.py.j2", f"tests/test_{tool}.py": "test.py.j2",
    }  # fmt: skip
    try:
        for place, template in places.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(templates.get_template(template).render(words, title=title), "utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.", fix="Choose another with --out.") from error
    return folder


def _check_name(name: str, taken: frozenset[str]) -> None:
    """Refuse what could not be a package, a module, a class and a tool at once.

    Raises:
        InputError: It could not.
    """
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        fix = f"Use words of small letters and digits joined by -, at most {_LONGEST} characters: digit-preference."
        raise InputError(f"{name!r} cannot be the name of a tool.", fix=fix, code="bad-name")
    if module in taken:
        raise InputError(f"There is a tool {module!r} already.", fix="Choose another name.", code="bad-name")
    if module in sys.stdlib_module_names or importlib.util.find_spec(module) is not None:
        raise InputError(f"There is a Python module {module!r} already.", fix="Choose another name.", code="bad-name")


def _check_free(folder: Path) -> None:
    """Write over nothing.

    Raises:
        InputError: There is something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already.", fix="Choose another name, or a folder with --out.", code="out")
