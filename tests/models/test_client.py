"""The client against a real server on this machine: what it sends, keeps and never sends twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from climbdc.models import Message
from climbdc.privacy import PrivacyError
from climbdc.privacy._released import release
from climbdc.store import Ledger, SessionStore, Store

from .asking import KEY, Verdict, ask, client, messages, says
from .hostile.server import ModelServer, Reply, well_behaved

CHILD = """
import sys
from pathlib import Path
from climbdc.store import Store
sys.path.insert(0, sys.argv[4])
from models.asking import ask, client
store = Store(Path(sys.argv[1]))
with client(store.session(sys.argv[2]), sys.argv[3]) as model:
    print(ask(model), flush=True)
sys.stdin.read()
"""


def test_the_ledger_has_the_very_bytes(store: Store, session: SessionStore, server: ModelServer) -> None:
    told: list[str] = []
    with client(session, server.url) as model:
        answer = model.ask("assess", messages(), Verdict, on_text=told.append)
        model.ask("talk", messages("Again."), Verdict)
    assert answer == Verdict(observations=[]) and told[-1] == '{"observations": [], "told": ""}'
    ledger = Ledger(session)
    assert [ledger.request(number) for number in (1, 2)] == [call.body for call in server.calls]
    assert (
        ledger.reply(1).startswith(b"data: {") and b"[DONE]" in ledger.reply(1) and "体重".encode() in ledger.request(1)
    )
    first, second = ledger.entries()
    assert (first.status, first.purpose, first.model, first.facts["mode"]) == ("ok", "assess", "small", "schema")
    assert (second.purpose, second.facts["mode"], second.facts["server"]) == ("talk", "schema", server.url)
    assert {"temperature": 0, "seed": 0, "attempt": 1, "http": 200, "finish": "stop"}.items() <= first.facts.items()
    assert len(first.facts["prompts"]) == 12


def test_no_key_and_nothing_of_this_computer_is_kept_or_sent(store: Store, session: SessionStore) -> None:
    """Azure's way: the version in the query, the key under a name of its own."""
    got: list[httpx2.Request] = []

    told = {"choices": [{"delta": {"content": '{"observations": ["Yes."]}'}, "finish_reason": "stop"}]}

    def handle(request: httpx2.Request) -> httpx2.Response:
        got.append(request)
        return httpx2.Response(200, content=f"data: {json.dumps(told)}\n\n".encode())

    url = "https://us.openai.azure.com/openai/deployments/small?api-version=2024-10-21"
    with client(session, url, transport=httpx2.MockTransport(handle)) as model:
        assert ask(model).observations == ["Yes."]
    (request,) = got
    assert str(request.url) == url.replace("small?", "small/chat/completions?")
    assert {name.lower() for name in request.headers} == {
        "host", "connection", "authorization", "api-key", "accept", "content-type", "user-agent", "content-length",
        "accept-encoding",
    }  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {KEY}" and request.headers["api-key"] == KEY
    store.close()
    kept = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert b"Judge the steps" in kept and KEY.encode() not in kept


def test_tokens_and_cost_are_counted(session: SessionStore, server: ModelServer) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    server.play(says('{"observations": [], "told": ""}', usage=usage))
    with client(session, server.url, prices=(2.0, 8.0)) as model:
        ask(model)
        server.play(says('{"observations": ["' + "x" * 350 + '"], "told": ""}', usage={}))
        ask(model, "Again.")
    first, second = Ledger(session).entries()
    assert (first.tokens_in, first.tokens_out, first.facts["estimated"]) == (1000, 500, False)
    assert first.cost == pytest.approx(0.006)
    assert second.facts["estimated"] and 105 <= second.tokens_out <= 115 and second.tokens_in > 50


@pytest.mark.parametrize("prompt_tokens", [0, -5, 10**21, "many", None, True, 2.5])
def test_a_count_that_cannot_be_is_estimated(prompt_tokens: Any, session: SessionStore, server: ModelServer) -> None:
    server.play(lambda call: Reply(call.answer(), usage={"prompt_tokens": prompt_tokens, "completion_tokens": 9}))
    with client(session, server.url) as model:
        ask(model, "word " * 100)
    (entry,) = Ledger(session).entries()
    assert entry.facts["estimated"] and 150 < entry.tokens_in < 400


def test_the_same_bytes_are_not_sent_twice(session: SessionStore, server: ModelServer) -> None:
    told: list[str] = []
    for _ in range(2):
        with client(session, server.url) as model:
            model.ask("assess", messages(), Verdict, on_text=told.append)
    assert len(server.calls) == 1 and len(Ledger(session).entries()) == 1 and told[0] == told[-1] != ""
    with client(session, server.url, seed=1) as model:
        ask(model)
    assert len(server.calls) == 2


def test_after_a_kill_the_answer_that_came_is_used(tmp_path: Path, session: SessionStore, server: ModelServer) -> None:
    child = start(tmp_path, session, server)
    assert child.stdout is not None and "observations" in child.stdout.readline()
    end(child)
    server.play(says("never"))
    with client(session, server.url) as model:
        assert ask(model) == Verdict(observations=[])
    assert len(server.calls) == 1 and Ledger(session).total().calls == 1


def test_after_a_kill_in_the_middle_of_a_reply_it_is_asked_again(
    tmp_path: Path, session: SessionStore, server: ModelServer
) -> None:
    server.play(lambda call: Reply(call.answer(), stall=1))
    child = start(tmp_path, session, server)
    until(lambda: bool(server.calls))
    end(child)
    server.play(well_behaved)
    with client(session, server.url) as model:
        ask(model)
    first, second = Ledger(session).entries()
    assert (first.status, second.status) == ("sent", "ok") and first.request_hash == second.request_hash
    assert first.tokens_in > 20 and len(server.calls) == 2


def start(tmp_path: Path, session: SessionStore, server: ModelServer) -> subprocess.Popen[str]:
    """Another process that asks."""
    words = [sys.executable, "-c", CHILD, str(tmp_path / "store"), session.id, server.url]
    words.append(str(Path(__file__).parents[1]))
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def end(child: subprocess.Popen[str]) -> None:
    """Kill it."""
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)


def until(met: Callable[[], bool]) -> None:
    """Wait for something."""
    for _ in range(3000):
        if met():
            return
        time.sleep(0.01)
    pytest.fail("it never came")


def test_what_a_listener_raises_comes_through(session: SessionStore, server: ModelServer) -> None:
    def full(text: str) -> None:
        raise OSError("the disk is full")

    with client(session, server.url) as model, pytest.raises(OSError, match="disk is full"):
        model.ask("assess", messages(), Verdict, on_text=full)
    assert Ledger(session).entries()[0].status == "cancelled"


def test_threads_are_answered_in_turn(session: SessionStore, server: ModelServer) -> None:
    server.play(lambda call: Reply(call.answer({"observations": [call.prompt[-1]]}), piece=5, pause=0.002))
    answers: dict[str, Verdict] = {}
    with client(session, server.url) as model:
        threads = [threading.Thread(target=lambda n=n: answers.update({n: ask(model, n)})) for n in "0123"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {name: answer.observations for name, answer in answers.items()} == {name: [name] for name in "0123"}


def test_text_that_streams_is_clean(session: SessionStore, server: ModelServer) -> None:
    told: list[str] = []
    server.play(says('<think>hm</think>{"observations": [], "told": "Ready\u202edaeR"}\x00\x1b', piece=4))
    with client(session, server.url) as model:
        model.ask("talk", messages(), Verdict, on_text=told.append)
    assert told[-1].endswith('"told": "ReadydaeR"}')
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))
    assert not any("\x1b" in text or "\u202e" in text for text in told)


def test_the_proxy_of_the_environment_is_used_but_not_for_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    from climbdc.models._client_wire import _proxy

    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    found = [_proxy(f"{url}/v1") for url in ("https://api.example", "https://a.inside.example", "http://127.0.0.1:1")]
    assert found == ["http://proxy.example:3128", None, None]


class Lookalike:
    """Has what a message has, and was never released."""

    role, text = "user", "Jane Roe, born 3 May 1950"


class Disguised(Message):
    """A message whose text is another than its parts."""

    @property
    def text(self) -> str:
        """Not what was released."""
        return Lookalike.text


@pytest.mark.parametrize("message", [Lookalike(), Disguised("user", (release("x"),)), {"role": "user", "content": "x"}])
def test_only_released_messages_are_sent(message: Any, session: SessionStore, server: ModelServer) -> None:
    with client(session, server.url) as model:
        with pytest.raises(PrivacyError, match="was to be sent to a model"):
            model.ask("talk", [message], Verdict)
    assert server.calls == [] and Ledger(session).entries() == []
