"""Every command that the pages show can be typed as it stands, and the Python example runs."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.main import get_command

from climbdc.cli import app, main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
QUICK = ("taxonomy", "tools list", "tools show", "--version")


def shown(program: str) -> list[str]:
    """Commands of that program in blocks of code and between backticks, without prompts and remarks."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```(?:sh|bash|console)?\n(.*?)```", text, re.DOTALL)
        candidates = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        candidates += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        for line in candidates:
            command = line.removeprefix("$ ").partition("  #")[0].strip()
            if command.startswith(f"{program} "):
                found.add(command)
    return sorted(found)


def parse(words: list[str]) -> None:
    """Read a command line as the program would, without doing anything; a bare name or `SUITE` just names a command."""
    command: Any = get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0].isupper():
            return
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    if words and not {"--help", "-h", "--version"} & set(words):
        command.make_context("climbdc", words)


@pytest.mark.parametrize("command", shown("climbdc"))
def test_a_command_can_be_typed(command: str) -> None:
    parse(shlex.split(command)[1:])


@pytest.mark.parametrize("command", [c for c in shown("climbdc") if c.removeprefix("climbdc ").startswith(QUICK)])
def test_a_quick_command_runs(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    assert not ended.value.code and capsys.readouterr().out


@pytest.mark.parametrize("command", shown("make"))
def test_a_target_exists(command: str) -> None:
    done = subprocess.run(["make", "--dry-run", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "wrong", ["climbdc wash file.csv", "climbdc run file.csv --targets died", "climbdc apply recipe.json"]
)
def test_a_wrong_command_is_seen(wrong: str) -> None:
    with pytest.raises(Exception, match=r"no command|No such option|Missing"):
        parse(shlex.split(wrong)[1:])


def test_the_first_screen_shows_the_two_commands() -> None:
    start = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25]
    assert any(line.startswith("git clone ") for line in start) and "make demo" in start


def test_the_python_example_runs(
    heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the patients of one hospital; `died` stands for any disease found."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    patients = pd.read_csv(heart).query("dataset == 'Cleveland'").drop(columns=["id", "dataset"])
    patients["died"] = (patients.pop("num") > 0).astype(int)
    patients.to_csv(tmp_path / "patients.csv", index=False)
    patients.drop(columns="died").tail(40).to_csv(tmp_path / "next_month.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), names)
    assert names["session"].status == "finished" and len(names["treated"]) == 40
    assert not names["treated"].isna().any().any()
    assert "Finished" in capsys.readouterr().out
