"""What is kept names no machine, and leaves nothing half done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# `/opt/climbdc` is where climbdc lies in its own image.
MACHINE = re.compile(
    r"(?<![\w.])/(?!opt/climbdc\b)(?:home|Users|root|work|opt)/[\w.]+|(?<!\w)[A-Z]:\\\\?Users", re.ASCII
)
UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
ELSEWHERE = {"LICENSE", "tests/project/test_clean.py"}


def lines(root: Path, tracked: list[str]) -> list[tuple[str, str]]:
    """Each line of each text file, with its place."""
    found = []
    for path in set(tracked) - ELSEWHERE:
        body = (root / path).read_bytes()
        if b"\0" not in body:
            text = body.decode("utf-8", errors="replace").splitlines()
            found += [(f"{path}:{number}", line) for number, line in enumerate(text, start=1)]
    return found


@pytest.mark.parametrize("wrong", [MACHINE, UNDONE], ids=["paths", "undone"])
def test_no_line_has(wrong: re.Pattern[str], root: Path, tracked: list[str]) -> None:
    assert sorted(f"{place} {line.strip()}" for place, line in lines(root, tracked) if wrong.search(line)) == []


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("open('/home/" + "anna/data.csv')", True),
        ("/" + "root/.cache", True),
        ("/" + "opt/python/bin", True),
        ("/opt/climbdc/bin", False),
        ("a/home/page", False),
        ("https://example.org/work/of", False),
    ],
)
def test_the_pattern_of_paths(line: str, bad: bool) -> None:
    assert bool(MACHINE.search(line)) is bad
