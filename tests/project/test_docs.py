"""Every tool has a page, a test and a challenge; every link of the pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import climbdc_taxonomy
from climbdc_tools import tools

NAMES = [tool.spec.name for tool in tools()]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", NAMES)
def test_a_tool_has_a_page_and_a_test(name: str, root: Path) -> None:
    page = root / "docs" / "tools" / f"{name}.md"
    assert page.is_file() and len(page.read_text(encoding="utf-8")) > 200
    assert (root / "tests" / "climbdc_tools" / f"test_{name}.py").is_file()


def test_no_page_is_about_a_tool_that_is_not_there(root: Path) -> None:
    assert {page.stem for page in (root / "docs" / "tools").glob("*.md")} - {"index"} == set(NAMES)


def test_tools_and_challenges_know_each_other() -> None:
    taxonomy = climbdc_taxonomy.load()
    known = {challenge.id: {*challenge.screen, *challenge.treat, *challenge.verify} for challenge in taxonomy}
    for tool in tools():
        assert tool.spec.addresses and set(tool.spec.addresses) <= set(known), tool.spec.name
        assert any(tool.spec.name in known[challenge] for challenge in tool.spec.addresses), tool.spec.name


def test_every_link_leads_to_a_file(root: Path, tracked: list[str]) -> None:
    broken = []
    for path in (root / page for page in tracked if page.endswith(".md")):
        for link in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
            file = link.partition("#")[0]
            if file and ":" not in link and not (path.parent / file).exists():
                broken.append(f"{path.relative_to(root)}: {link}")
    assert broken == []


def test_the_index_names_every_page(root: Path) -> None:
    index = (root / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [page.name for page in (root / "docs").glob("*.md")]
    decisions = [f"decisions/{page.name}" for page in (root / "docs" / "decisions").glob("*.md")]
    found = [*pages, *decisions, *(f"tools/{name}.md" for name in NAMES)]
    assert [page for page in found if page != "index.md" and f"({page})" not in index] == []
