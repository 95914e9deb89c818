"""The table of all challenges names the tools that the taxonomy names, and tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import climbdc_taxonomy
from climbdc.registry import built_in

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| \[(?P<id>[a-z/-]+)\]\(")
LINKED = re.compile(r"\[([a-z_]+)\]\(tools/")


def rows() -> dict[str, list[str]]:
    lines = (ROOT / "docs" / "catalogue.md").read_text("utf-8").splitlines()
    return {found["id"]: line.strip("| ").split(" | ") for line in lines if (found := ROW.match(line))}


@pytest.mark.parametrize("challenge", climbdc_taxonomy.load(), ids=lambda challenge: challenge.id)
def test_a_challenge_has_its_tools_and_a_test(challenge: climbdc_taxonomy.Challenge) -> None:
    _, screen, treat, verify, data, tests = rows()[challenge.id]
    named = [tuple(LINKED.findall(part)) for part in (screen, treat, verify)]
    assert named == [challenge.screen, challenge.treat, challenge.verify]
    assert (treat == "report only") is challenge.report_only and data
    shown = re.findall(r"`([^`]+)::([^`]+)`", tests)
    assert shown
    for file, name in shown:
        defined = {
            node.name for node in ast.parse((ROOT / file).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
        }
        assert name in defined, f"{file} has no {name}"


@pytest.mark.parametrize("challenge", climbdc_taxonomy.load(), ids=lambda challenge: challenge.id)
def test_each_tool_it_names_exists(challenge: climbdc_taxonomy.Challenge) -> None:
    assert [name for name in (*challenge.screen, *challenge.treat, *challenge.verify) if name not in built_in()] == []
