"""Imports go one way, and asking for help loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("cleanlab", "gradio", "lifelines", "matplotlib", "missingno", "openai", "sklearn")
HELP = f"""
import sys
from climbdc.cli import main
try:
    main(["--help"])
except SystemExit as ended:
    assert not ended.code, ended.code
print("loaded:", sorted(set({HEAVY!r}) & set(sys.modules)))
"""


def test_the_contract_of_imports_holds(root: Path) -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(command), "--no-cache"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0 and "1 kept, 0 broken" in done.stdout, done.stdout + done.stderr


def test_help_is_light() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded: []"
