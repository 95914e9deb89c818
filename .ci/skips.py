"""Fail when a test was skipped that the list does not allow: a skipped test proves nothing.

Run as `python skips.py RESULTS.xml ALLOWED.txt`, with the results that pytest wrote with `--junitxml`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree


def skipped(results: Path) -> list[str]:
    """Give each skipped test as `module::test: reason`; an expected failure is not a skip."""
    return [
        f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}"
        for case in ElementTree.parse(results).iter("testcase")
        for skip in case.iter("skipped")
        if skip.get("type") != "pytest.xfail"
    ]


def allowed(listed: Path) -> list[re.Pattern[str]]:
    """Give the patterns of the list; lines with # are remarks."""
    lines = (line.strip() for line in listed.read_text(encoding="utf-8").splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def main(results: str, listed: str) -> int:
    """Print what was skipped, and give 1 if something was that must not be."""
    found, patterns = skipped(Path(results)), allowed(Path(listed))
    wrong = [test for test in found if not any(pattern.search(test) for pattern in patterns)]
    print(f"{len(found)} skipped, {len(wrong)} of them not allowed.")
    print("\n".join(f"  not allowed: {test}" for test in wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
