"""`climbdc sandbox check`: its words, its JSON, its exit code and the page it renews."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import climbdc.sandbox
from climbdc.cli import main
from climbdc.sandbox import BackendStatus, attacks
from climbdc.sandbox.attacks import AttackResult, BackendReport, Latency, attack_names, page_attacks

HERE = [BackendStatus("docker", False, "No engine.", "Start it."), BackendStatus("landlock", True, "ABI 7")]
PAGE = (
    "# Security\n\n<!-- attacks: begin; renewed by `climbdc sandbox check --write docs/security.md` -->\n"
    "<!-- attacks: end -->\n\nEnd.\n"
)
Check = Callable[..., int]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run the command on a sandbox that fails at what is named."""

    def run(*arguments: str, failing: str = "", known: list[BackendStatus] = HERE) -> int:
        def found(backend: str) -> BackendReport:
            results = [AttackResult(name, True, name != failing, "as told") for name in attack_names()]
            return BackendReport(backend, results, Latency(0.5, 10.0, 20.0))

        monkeypatch.setattr(attacks, "attack_backend", found)
        monkeypatch.setattr(climbdc.sandbox, "available_backends", lambda: known)
        with pytest.raises(SystemExit) as ended:
            main(["sandbox", "check", *arguments])
        return int(ended.value.code or 0)

    return run


def test_all_contained_ends_with_0(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0
    said = capsys.readouterr()
    assert f"landlock: {len(attack_names())} of {len(attack_names())} contained." in said.out
    assert "docker: left out. No engine." in said.err


def test_a_failure_comes_first_in_plain_words_and_ends_with_1(
    check: Check, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert check("--backend", "landlock", failing="tcp_outside") == 1
    assert capsys.readouterr().out.startswith("landlock: NOT contained: connect to another address")


def test_json_has_the_agreed_form(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--json", failing="read_shadow") == 1
    [backend] = json.loads(capsys.readouterr().out)["backends"]
    assert backend["backend"] == "landlock"
    assert backend["attacks"][0] == {"name": "read_shadow", "tried": True, "contained": False, "detail": "as told"}
    assert backend["latency"] == {"open_s": 0.5, "empty_p50_ms": 10.0, "empty_p95_ms": 20.0}


def test_without_any_backend(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--json", known=HERE[:1]) == 1
    assert json.loads(capsys.readouterr().out) == {"backends": []}


@pytest.mark.parametrize("backend", ["none", "chroot"])
def test_what_does_not_protect_is_not_attacked(check: Check, backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--backend", backend) == 2
    assert "auto, docker, landlock" in capsys.readouterr().err


def test_the_page_is_renewed_and_keeps_what_was_not_attacked(check: Check, tmp_path: Path) -> None:
    page = tmp_path / "security.md"
    page.write_text(PAGE, encoding="utf-8")
    check("--backend", "docker", "--write", str(page), failing="devices")
    check("--backend", "landlock", "--write", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Security\n") and text.endswith("\n\nEnd.\n")
    shown = page_attacks(text)
    assert list(shown) == attack_names()
    assert shown["devices"] == {"docker": "NOT contained", "landlock": "contained"}
    assert shown["legit_work"] == {"docker": "works", "landlock": "works"}
    check("--backend", "landlock", "--write", str(page))
    assert page.read_text(encoding="utf-8") == text


def test_a_backend_that_does_not_open_is_told_of_once_and_keeps_its_column(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], check: Check, tmp_path: Path
) -> None:
    def shut(backend: str) -> BackendReport:
        told = "it did not open: No engine."
        return BackendReport(backend, [AttackResult(name, False, False, told) for name in attack_names()], None)

    page = tmp_path / "security.md"
    page.write_text(PAGE, encoding="utf-8")
    check("--backend", "docker", "--write", str(page))
    before = page.read_text(encoding="utf-8")
    capsys.readouterr()
    monkeypatch.setattr(attacks, "attack_backend", shut)
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "check", "--backend", "docker", "--write", str(page)])
    assert ended.value.code == 1
    assert page.read_text(encoding="utf-8") == before
    assert capsys.readouterr().out == "docker was not attacked: it did not open: No engine. Start it.\n"
