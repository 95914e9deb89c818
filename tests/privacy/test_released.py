"""Nothing but the gate makes what may be sent: seen by a type checker, at run time, and in the source."""

from __future__ import annotations

import ast
import copy
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import climbdc
from climbdc.models import Message
from climbdc.privacy import PrivacyError, Released
from climbdc.privacy._released import release

ROOT = Path(climbdc.__file__).parent
SOURCES = [ROOT, ROOT.parent / "tools", ROOT.parent / "ui", ROOT.parent / "taxonomy"]
RIGHT = """
from climbdc.models import Message
from climbdc.privacy import Gate

def ask(gate: Gate) -> Message:
    return Message("user", (gate.words("hello", of="person"),))
"""
WRONG = {
    "text in a message": 'from climbdc.models import Message\nMessage("user", ("secret",))\n',
    "text in a prompt": 'from climbdc.privacy import Gate\ndef f(g: Gate) -> None:\n    g.own("a", part="secret")\n',
    "made by hand": 'from climbdc.privacy import Released\nReleased("secret", object())\n',
    "changed later": 'from climbdc.privacy import Released\ndef f(r: Released) -> None:\n    r.text = "secret"\n',
    "a class of one's own": "from climbdc.privacy import Released\nclass Mine(Released):\n    pass\n",
}


def checked(folder: Path, code: str) -> tuple[int, str]:
    """What mypy says of some code."""
    (folder / "snippet.py").write_text(code, "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT.parent / "pyproject.toml"),
        str(folder / "snippet.py"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent)
    return done.returncode, done.stdout + done.stderr


def test_a_type_checker_stops_text_that_was_not_released(tmp_path: Path) -> None:
    code, said = checked(tmp_path, RIGHT)
    assert code == 0, said
    for what, wrong in WRONG.items():
        code, said = checked(tmp_path, wrong)
        assert code == 1 and "error:" in said, (what, said)


def test_text_is_stopped_at_run_time_too() -> None:
    with pytest.raises(PrivacyError):
        Released("secret")
    with pytest.raises(PrivacyError):
        Released("secret", object())  # type: ignore[arg-type]
    with pytest.raises(PrivacyError):
        Message("user", ("secret",))  # type: ignore[arg-type]
    with pytest.raises(PrivacyError):
        Message("user", (type("Released", (), {"text": "secret"})(),))


def test_what_was_released_stays_as_it_is() -> None:
    one = release("told")
    for change in (lambda: setattr(one, "text", "x"), lambda: setattr(one, "_text", "x"), lambda: one.__dict__):
        with pytest.raises(AttributeError):
            change()
    for make in (lambda: copy.copy(one), lambda: pickle.loads(pickle.dumps(one))):
        with pytest.raises((PrivacyError, AttributeError, TypeError)):
            make()
    assert "told" not in repr(one)


def test_only_the_gate_can_release() -> None:
    """Who takes anything from the module that holds the seal, anywhere in the source."""
    takers: dict[str, set[str]] = {}
    for folder in SOURCES:
        for path in sorted(folder.rglob("*.py")):
            taken = set(_taken(ast.parse(path.read_text("utf-8"))))
            if taken and path.name != "_released.py":
                takers[str(path.relative_to(ROOT.parent))] = taken
    assert takers == {
        "climbdc/privacy/__init__.py": {"PrivacyError", "Released"},
        "climbdc/privacy/_gate.py": {"PrivacyError", "Released", "release"},
        "climbdc/privacy/_prompt.py": {"PrivacyError", "Released"},
    }


def _taken(tree: ast.AST) -> Iterator[str]:
    """What a source takes from the module of the seal, by any way of naming it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("_released"):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.name for alias in node.names if "_released" in alias.name or "_SEAL" in alias.name)
        elif isinstance(node, ast.Attribute) and node.attr in {"_released", "_SEAL", "_Seal"}:
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "privacy._released" in node.value:
            yield node.value
