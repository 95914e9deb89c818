"""The page on models: each command of ours has the options it is given, and the numbers are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from climbdc.cli import app
from climbdc.models.serve import CONTEXT, weights_table
from climbdc.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("models.md", "benchmarks-agents.md")


def commands() -> list[str]:
    """All lines of the pages that begin with our command."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```bash\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL):
            found += [line.split(" #")[0].strip() for line in block.splitlines() if line.startswith("climbdc ")]
    return found


@pytest.mark.parametrize("command", commands())
def test_a_command_can_be_given_as_it_stands(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "benchmarks-agents.md").touch()
    words = shlex.split(command)[1:]
    node, context = typer.main.get_command(app), None
    while words:
        context = node.make_context(node.name, list(words), parent=context, resilient_parsing=False)
        if not hasattr(node, "commands"):
            break
        node, words = node.commands[context._protected_args[0]], [*context._protected_args[1:], *context.args]
    assert not hasattr(node, "commands"), f"{command} names no command"


def test_the_pages_have_commands() -> None:
    assert len(commands()) >= 12 and "climbdc model serve --size 0.5b" in commands()


def test_numbers_of_the_page() -> None:
    text = (DOCS / "models.md").read_text("utf-8")
    for size, weights in weights_table().items():
        assert f"| `{size}` | {weights.name} ({weights.licence}) | {weights.megabytes:,} MB |" in text
    assert f"{CONTEXT:,} tokens" in text
    assert f"| {Settings.model_fields['model_tokens'].default:,} |" in text
    assert f"| `CLIMBDC_MODEL_TIMEOUT` | {Settings.model_fields['model_timeout'].default} |" in text
