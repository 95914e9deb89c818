"""Write the page of licences from what is installed; with `--check`, fail when the page is out of date.

Run as `python licences.py [--check] docs/licences.md`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import files, metadata
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
OPEN = "License :: OSI Approved :: "
HEAD = """\
# Licences

climbdc is under the [Apache License 2.0](../LICENSE). It ships one data set of others, see [NOTICE](../NOTICE).
Below are the packages that it names itself, with the licence that each declares. `.ci/licences.py` writes this page
from what is installed, and `make check` compares the two.
"""


def licence(package: str) -> str:
    """Give what a package says of its licence: an expression, else a classifier, else the first line of a text."""
    told = metadata(package)
    expressions = told.get_all("License-Expression", [])
    classifiers = [line.split(" :: ")[-1] for line in told.get_all("Classifier", []) if line.startswith(OPEN)]
    texts = [text.strip().splitlines()[0] for text in told.get_all("License", []) if text.strip()]
    return ", ".join(expressions or classifiers or texts or _titles(package)) or "not declared"


def _titles(package: str) -> list[str]:
    """Give the first lines of the licence files that came with a package."""
    texts = (path.read_text("utf-8").strip() for path in files(package) or () if "LICENSE" in path.name.upper())
    return [text.splitlines()[0] for text in texts if text]


def table(requirements: Iterable[str]) -> str:
    """Give a Markdown table of packages and licences."""
    names = sorted({re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in requirements})
    return "\n".join(["| package | licence |", "|---|---|", *(f"| {name} | {licence(name)} |" for name in names)])


def page() -> str:
    """Give the whole page."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return "\n\n".join(
        [
            HEAD.rstrip(),
            "## At work\n\n" + table(project["dependencies"]),
            "## For a store in PostgreSQL\n\n" + table(project["optional-dependencies"]["postgres"]),
            "## For development only\n\n" + table(project["optional-dependencies"]["dev"]) + "\n",
        ]
    )


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    target, text = Path(arguments[-1]), page()
    if arguments[0] != "--check":
        target.write_text(text, encoding="utf-8")
        return 0
    same = target.exists() and target.read_text(encoding="utf-8") == text
    print(f"{target} is up to date." if same else f"{target} is out of date; write it: python .ci/licences.py {target}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
