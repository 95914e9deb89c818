"""Plug-ins are found and described without a line of theirs running here; what is broken is named and passed over."""

from __future__ import annotations

import logging
import re
import socket
import sys
from pathlib import Path

import pytest

from climbdc.plugins import Source, code_of_file, describe_all, describe_code, sources
from climbdc.registry import BrokenPlugin, built_in, forget, registry, usable
from climbdc.sandbox import Sandbox, SandboxUnavailable

HOSTILE = {
    "not_python": ("def (", "not Python.*line 1"),
    "lacks_module": ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
    "holds_nothing": ("x = 1", "no tool in"),
    "leaves": ("raise SystemExit(0)", "cannot be imported"),
    "kills_itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "sandbox failed|more|ended"),
    "eats_memory": ("x = bytearray(8 << 30)", "memory"),
    "tells_all": ("tools = lambda: [1, 2]", "no tool in"),
    "eats_disk": ("open('/tmp/x', 'w').write('x')", "cannot be imported"),
}  # fmt: skip


def described(sandbox: Sandbox, folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    return describe_code(sandbox, code_of_file(path)).reason


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_broken_plug_in_is_told_with_its_reason(name: str, landlock: Sandbox, tmp_path: Path) -> None:
    text, why = HOSTILE[name]
    reason = described(landlock, tmp_path, name, text)
    assert re.search(why, reason) and len(reason) < 500 and "\n" not in reason


def test_a_tool_that_is_declared_as_another_kind_is_told(landlock: Sandbox, tmp_path: Path, good: str) -> None:
    text = good.replace("Inspection[", "Transform[").replace(" Inspection,", " Transform,")
    assert "declared with @inspect and is no Inspection" in described(landlock, tmp_path, "liar", text)


def test_a_plug_in_that_says_too_much_is_told(landlock: Sandbox, tmp_path: Path, good: str) -> None:
    text = good.replace('"""Say how many rows there are."""', '__doc__ = "x" * 30_000_000')
    assert "far too much of itself" in described(landlock, tmp_path, "huge", text)


def test_a_plug_in_that_never_ends_is_told(landlock: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from climbdc.plugins import _describing

    monkeypatch.setattr(_describing, "LIMITS", _describing.LIMITS.model_copy(update={"wall_seconds": 1.5}))
    assert "takes more than 2 seconds" in described(landlock, tmp_path, "hangs", "while True: pass")


def plug_in(folder: Path, module: str, text: str, *, entry: str = "") -> None:
    """A package as pip leaves it."""
    (folder / module).mkdir(parents=True)
    (folder / module / "__init__.py").write_text(text, "utf-8")
    info = folder / f"{module}_of_a_stranger-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}-of-a-stranger\nVersion: 1.2\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[climbdc.tools]\n{module} = {entry or module}\n", "utf-8")


def test_a_package_is_described_and_never_imported_here(
    tmp_path: Path, added: Path, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its import writes a file, calls a server and reads a secret: none of that happens."""
    monkeypatch.setenv("MY_SECRET", "hunter2")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        spy = (
            "import contextlib, os, socket\n"
            f"with contextlib.suppress(OSError):\n    open({str(tmp_path / 'was-here')!r}, 'w').write('x')\n"
            f"with contextlib.suppress(OSError):\n    socket.create_connection({server.getsockname()!r})\n"
            "seen = os.environ.get('MY_SECRET', 'nothing')\n"
        )
        text = spy + good.replace('"""Say how many rows there are."""', '__doc__ = "It read " + seen + "."')
        plug_in(tmp_path / "site", "spying_tool", text)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        tool = registry()["count_rows"]
        with pytest.raises(TimeoutError):
            server.accept()
    assert tool.spec.doc == "It read nothing." and tool.cls is None
    assert (tool.origin, tool.source) == ("package", "spying_tool-of-a-stranger 1.2")
    assert not (tmp_path / "was-here").exists() and "spying_tool" not in sys.modules
    assert tool.code_hash and tool.code_hash == tool.code.sha256 if tool.code else False


def test_what_is_broken_does_not_stop_the_rest(
    added: Path, good: str, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (added / "fine.py").write_text(good, "utf-8")
    (added / "broken.py").write_text("def (", "utf-8")
    (added / "twin.py").write_text(good, "utf-8")
    (added / "false_name.py").write_text(good.replace("CountRows", "Impute"), "utf-8")
    (added / "far.py").write_text(good.replace("CountRows", "Far").replace("outliers", "nowhere"), "utf-8")
    (added / "json.py").write_text(good, "utf-8")
    plug_in(tmp_path / "site", "gone_tool", good, entry="not_there_at_all:tools")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with caplog.at_level(logging.WARNING):
        tools = registry()
    assert set(tools) - set(built_in()) == {"count_rows"} and tools["count_rows"].source == "fine.py"
    assert tools["impute"].origin == "built-in" and tools["impute"].cls is not None
    reasons = {item.name: item.reason for item in tools.broken}
    assert reasons.keys() == {"broken", "count_rows", "impute", "far", "json", "gone_tool"}
    assert "not Python" in reasons["broken"] and "fine.py" in reasons["count_rows"]
    assert "built-in tool" in reasons["impute"] and "plausibility/nowhere" in reasons["far"]
    assert "is not installed" in reasons["gone_tool"] and "already" in reasons["json"]
    assert all(str(item) in caplog.text for item in tools.broken)


def test_the_sandbox_is_asked_once_for_the_same_code(tmp_path: Path, landlock: Sandbox, good: str) -> None:
    for name, text in {"fine": good, "broken": "def ("}.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    found = [Source(n, "file", f"{n}.py", code_of_file(tmp_path / f"{n}.py")) for n in ("fine", "broken")]
    first = describe_all(found, tmp_path / "cache", lambda: Lent(landlock))

    def never() -> Sandbox:
        raise AssertionError("it was asked again")

    assert describe_all(found, tmp_path / "cache", never) == first
    assert [bool(item.reason) for item in first] == [False, True]
    (tmp_path / "fine.py").write_text(good + "\n", "utf-8")
    changed = [Source("fine", "file", "fine.py", code_of_file(tmp_path / "fine.py"))]
    with pytest.raises(AssertionError, match="again"):
        describe_all(changed, tmp_path / "cache", never)


def test_a_spoilt_memory_is_not_believed(tmp_path: Path, landlock: Sandbox, good: str) -> None:
    (tmp_path / "fine.py").write_text(good, "utf-8")
    found = [Source("fine", "file", "fine.py", code_of_file(tmp_path / "fine.py"))]
    describe_all(found, tmp_path / "cache", lambda: Lent(landlock))
    (kept,) = (tmp_path / "cache").glob("*.json")
    for spoilt in ("{", "[]", '{"reason": "", "tools": [{"name": "x"}]}'):
        kept.write_text(spoilt, "utf-8")
        assert not describe_all(found, tmp_path / "cache", lambda: Lent(landlock))[0].reason


def test_without_a_sandbox_no_plug_in_is_used(tmp_path: Path, good: str) -> None:
    (tmp_path / "fine.py").write_text(good, "utf-8")
    found = [Source("fine", "file", "fine.py", code_of_file(tmp_path / "fine.py"))]

    def none() -> Sandbox:
        raise SandboxUnavailable("This system cannot run a sandbox by itself.")

    (told,) = describe_all(found, tmp_path / "cache", none)
    assert "No sandbox holds here" in told.reason and not told.tools and not (tmp_path / "cache").exists()


def test_unsafe_leaves_plug_ins_out_and_says_so(added: Path, good: str, caplog: pytest.LogCaptureFixture) -> None:
    (added / "fine.py").write_text(good, "utf-8")
    assert "count_rows" in usable(unsafe=False)
    with caplog.at_level(logging.WARNING):
        assert usable(unsafe=True) is built_in()
    assert "count_rows left out" in caplog.text


def test_nothing_is_looked_for_twice_in_a_process(added: Path, good: str) -> None:
    assert registry() is built_in() and sources() == []
    (added / "fine.py").write_text(good, "utf-8")
    assert "count_rows" not in registry()
    forget()
    assert "count_rows" in registry()


def test_a_broken_plug_in_is_said_in_one_sentence() -> None:
    told = str(BrokenPlugin("x", "file", "x.py", "It is not Python."))
    assert told == "The plug-in 'x' (x.py) is not used. It is not Python."


class Lent:
    """A sandbox that others still need."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.name = sandbox.name
        self.run = sandbox.run

    def close(self) -> None:
        """Nothing."""

    def __enter__(self) -> Lent:
        """Lend."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take back."""
