"""`climbdc sessions ledger`: what a model was sent and answered, on a terminal and in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.copilot import Copilot, Session
from climbdc.settings import Settings
from climbdc.store import Ledger

Shown = Callable[..., str]
HOSTILE = "[/b]\x1b]0;pwned\x07 [link=http://192.0.2.1]x[/link] \u202eevil"
SCHEMA = {"name": "Verdict", "strict": True, "schema": {"type": "object", "properties": {"keep": {"type": "boolean"}}}}


def request(text: str) -> bytes:
    """As it is sent."""
    body = {
        "messages": [{"role": "system", "content": "You are careful."}, {"role": "user", "content": text}],
        "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    }
    return json.dumps(body, ensure_ascii=False).encode()


def reply(text: str) -> bytes:
    """As it streams in."""
    choice = {"delta": {"content": text}, "finish_reason": "stop"}
    return f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session in which a model was asked four times."""
    session = Copilot(Settings(data_dir=tmp_path)).start(["any.csv"])
    ledger = Ledger(session.stored)
    known = {"tokens_in": 1200, "tokens_out": 30, "cost": 0.0125, "seconds": 1.5}
    facts = {"seed": 3, "mode": "schema", "estimated": False, "dialect": {"mode": "schema"}}
    ledger.add("assess", "small", request("Größe"), reply('{"keep": true}'), facts=facts, **known)  # type: ignore[arg-type]
    ledger.add("talk", "small", request(HOSTILE), reply(HOSTILE * 9))
    ledger.add("assess", "other", request("x"), b"<html>\xff", "unreachable", facts={"why": "It answered 502."})
    ledger.begin("assess", "small", request("last"), tokens_in=9)
    return session


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What a command shows."""

    def run(*words: str, code: int = 0) -> str:
        monkeypatch.setattr("climbdc.cli._app.console._width", 160)
        with pytest.raises(SystemExit) as ended:
            main(["sessions", *words, "--data-dir", str(tmp_path)])
        assert (ended.value.code or 0) == code
        captured = capsys.readouterr()
        return captured.out if not code else captured.err

    return run


def test_without_a_model_one_sentence_says_so(tmp_path: Path, shown: Shown) -> None:
    session = Copilot(Settings(data_dir=tmp_path)).start(["any.csv"])
    assert shown("ledger", session.id).strip() == "No language model was asked."
    assert json.loads(shown("ledger", session.id, "--json")) == []
    assert "No language model" not in shown("show", session.id) and "calls" not in shown("show", session.id)


def test_each_entry_is_a_line_and_the_total_the_last(session: Session, shown: Shown) -> None:
    head, first, second, third, fourth, total = shown("ledger", session.id).splitlines()
    assert head.split() == ["No", "When", "(UTC)", "Purpose", "Model", "Tokens", "Cost", "Status", "Answer"]
    assert first.split()[0] == "1" and first.split()[3:] == [
        "assess", "small", "1,200+30", "0.0125", "ok", '{"keep":', "true}",
    ]  # fmt: skip
    assert "[/b]" in second and second.rstrip().endswith("…") and "\x1b" not in second and "\u202e" not in second
    assert "unreachable  It answered 502." in third and fourth.split()[-1] == "sent"
    assert total.startswith("4 calls to other, small: 1,209 tokens sent, 30 received, cost 0.0125")
    assert total.endswith("(2 without a usable answer; tokens estimated for 3)")
    assert total in shown("show", session.id)
    assert json.loads(shown("show", session.id, "--json"))["model"]["tokens_in"] == 1209


def test_one_entry_is_shown_in_full(session: Session, shown: Shown) -> None:
    text = shown("ledger", session.id, "--full", "1")
    for part in (
        "assess, small, ok", "1,200 tokens sent, 30 received, cost 0.0125, 1.5 s", "seed 3, mode schema",
        "--- sent, system ---\nYou are careful.", "--- sent, user ---\nGröße", "--- form wanted: Verdict ---",
        '"keep"', '--- came ---\n{"keep": true}',
    ):  # fmt: skip
        assert part in text
    hostile = shown("ledger", session.id, "--full", "2")
    assert "\x1b" not in hostile and "\u202e" not in hostile and "[link=http://192.0.2.1]x[/link]" in hostile
    assert "Why: It answered 502." in (third := shown("ledger", session.id, "--full", "3")) and "<html>" in third
    assert "Nothing came." in shown("ledger", session.id, "--full", "4")
    assert "has no entry 9" in shown("ledger", session.id, "--full", "9", code=1)


def test_the_bytes_come_out_as_they_were(session: Session, shown: Shown, tmp_path: Path) -> None:
    shown("ledger", session.id, "--export", str(tmp_path / "ledger.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3, 4] and lines == json.loads(
        shown("ledger", session.id, "--json")
    )
    assert lines[1]["request"].encode() == request(HOSTILE) and lines[1]["reply"].encode() == reply(HOSTILE * 9)
    assert lines[2]["reply_base64"] == "PGh0bWw+/w==" and "reply" not in lines[2] and lines[3]["status"] == "sent"
    assert [line["number"] for line in json.loads(shown("ledger", session.id, "--json", "--full", "2"))] == [2]
    assert "cannot be written" in shown("ledger", session.id, "--export", str(tmp_path / "no" / "x"), code=2)


def test_at_80_columns_an_entry_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Copilot(Settings(data_dir=tmp_path)).start(["any.csv"])
    for number in range(12):
        Ledger(session.stored).add(
            "coordinator", "small", request("x"), reply(f'{{"observations": [{number}], "verdicts": []}}' * 9),
            tokens_in=12000, tokens_out=900,
        )  # fmt: skip
    monkeypatch.setattr("climbdc.cli._app.console._width", 80)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(SystemExit):
        main(["sessions", "ledger", session.id, "--data-dir", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 12 + 2 and max(map(len, lines[:13])) <= 80
    assert "Model" not in lines[0] and all('{"observations": [' in line and "…" in line for line in lines[1:13])
