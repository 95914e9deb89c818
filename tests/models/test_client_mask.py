"""A server that says the key back: it is nowhere in what is kept, told or shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from climbdc.models import ModelError
from climbdc.models._client_mask import MARK, Mask
from climbdc.store import Ledger, SessionStore, Store

from .asking import KEY, Verdict, client, messages
from .hostile.server import Behaviour, Call, ModelServer, Reply

ODD = 'sk-läßt/sich"schwer+raten=='


def echoes(says: Callable[[str], Reply]) -> Behaviour:
    """It answers with the header that it was sent."""
    return lambda call: says(next(value for name, value in call.headers.items() if name.lower() == "authorization"))


def answer(told: str) -> str:
    return json.dumps({"observations": [told], "told": told})


WAYS: dict[str, Behaviour] = {
    "in the answer": echoes(lambda told: Reply(answer(told))),
    "letter by letter": echoes(lambda told: Reply(answer(told), piece=1)),
    "cut up anyhow": echoes(lambda told: Reply(answer(told), piece=7)),
    "and then lost": echoes(lambda told: Reply(answer(told), piece=5, cut=12)),
    "as a refusal": echoes(lambda told: Reply(message={"refusal": f"No, {told}!"})),
    "as an error": echoes(lambda told: Reply(f"{'x' * 190} {told} is wrong.", status=401)),
    "as an error in escapes": echoes(
        lambda told: Reply(status=400, body=('{"error": {"message": "' + escaped(told) + '"}}').encode())
    ),
    "as an error that comes again": echoes(lambda told: Reply(f"Who is {told}?", status=500)),
    "as a web page": echoes(lambda told: Reply(status=403, body=f"<html>{told}</html>".encode())),
    "under the status of a success": echoes(
        lambda told: Reply(body=json.dumps({"error": {"message": f"{'y' * 990} {told}"}}).encode())
    ),
    "in one piece": echoes(
        lambda told: Reply(
            body=json.dumps({"choices": [{"message": {"content": answer(told)}, "finish_reason": "stop"}]}).encode()
        )
    ),
    "in an event of its own": echoes(lambda told: Reply('{"observations": []}', events=(f": {told}",))),
    "as a name": echoes(lambda told: Reply(answer("x"), events=("data: " + json.dumps({told: [told]}),))),
}


def escaped(text: str) -> str:
    """Each character in the form that JSON has for all."""
    return "".join(f"\\u{ord(character):04x}" for character in text)


@pytest.mark.parametrize("way", WAYS)
def test_a_key_that_comes_back_is_kept_nowhere(
    way: str, store: Store, session: SessionStore, server: ModelServer
) -> None:
    shown: list[str] = []
    server.play(WAYS[way])
    with client(session, server.url) as model:
        try:
            shown.append(str(model.ask("talk", messages(), Verdict, on_text=shown.append)))
        except ModelError as error:
            shown += [str(error), error.said]
    assert any(KEY.encode() in call.raw for call in server.calls), "it was sent"
    ledger = Ledger(session)
    entries = ledger.entries()
    kept = [ledger.reply(entry.number).decode() for entry in entries] + [str(entry) for entry in entries]
    assert entries[-1].facts.get("masked") is True or way == "and then lost"
    texts = [*kept, *shown, *(joined(reply) for reply in kept)]
    assert not [text for text in texts if KEY in text or KEY[: len(KEY) // 2] in text]
    store.close()
    assert KEY.encode() not in b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())


def joined(reply: str) -> str:
    """The text of a stream, put together as anybody could."""
    told = ""
    for line in reply.splitlines():
        try:
            told += json.loads(line.removeprefix("data:"))["choices"][0]["delta"].get("content", "")
        except (ValueError, LookupError, TypeError):
            continue
    return told


def test_an_answer_that_held_the_key_is_found_again(session: SessionStore, server: ModelServer) -> None:
    server.play(WAYS["letter by letter"])
    with client(session, server.url) as model:
        first = model.ask("talk", messages(), Verdict)
    with client(session, server.url) as model:
        assert (
            model.ask("talk", messages(), Verdict)
            == first
            == Verdict(observations=[f"Bearer {MARK}"], told=f"Bearer {MARK}")
        )
    assert len(server.calls) == 1


def test_a_key_in_what_is_asked_is_sent_and_not_kept(session: SessionStore, server: ModelServer) -> None:
    for _ in range(2):
        with client(session, server.url) as model:
            model.ask("talk", messages(f"My key is {KEY}."), Verdict)
    (entry,) = Ledger(session).entries()
    assert entry.facts["masked"] and MARK.encode() in Ledger(session).request(1) and len(server.calls) == 1
    assert KEY.encode() not in Ledger(session).request(1) and KEY in server.calls[0].prompt


def test_a_header_that_holds_the_key_is_not_told(session: SessionStore) -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.RemoteProtocolError(f"illegal header line: {request.headers['authorization']}")

    with client(session, "http://127.0.0.1:1/v1", transport=httpx2.MockTransport(broken)) as model:
        with pytest.raises(ModelError) as raised:
            model.ask("talk", messages(), Verdict)
    assert MARK in str(raised.value) and KEY not in str(raised.value)
    assert KEY not in str(Ledger(session).entries())


def test_an_honest_reply_is_kept_byte_for_byte(session: SessionStore, server: ModelServer) -> None:
    def honest(call: Call) -> Reply:
        return Reply(json.dumps({"observations": ["sk-a-key", "sk-a-", "[DONE]"], "told": "Größe"}), piece=3)

    server.play(honest)
    with client(session, server.url) as model:
        model.ask("talk", messages(), Verdict)
    kept = Ledger(session).reply(1)
    assert "masked" not in Ledger(session).entries()[0].facts
    assert joined(kept.decode()) == honest(server.calls[0]).text and kept.count(b"\n\n") > 10


@given(
    st.binary(max_size=60), st.binary(max_size=60), st.lists(st.integers(1, 9), min_size=1), st.sampled_from([KEY, ODD])
)
def test_however_a_stream_is_cut_it_is_the_same_without_the_key(
    before: bytes, after: bytes, sizes: list[int], key: str
) -> None:
    pieces: list[bytes] = []
    content, at = before + key.encode() + after, 0
    while at < len(content):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(content[at : at + size])
        at += size
    assert b"".join(Mask(key).stream(pieces)) == before + MARK.encode() + after


@pytest.mark.parametrize("word", ["", "x", "EMPTY", "anything", "not-needed", "local", "1234567"])
def test_a_word_that_guards_nothing_is_not_masked(word: str) -> None:
    told = f'{{"told": "{word} is a word"}}'
    mask = Mask(word)
    assert mask(told) == told and mask.kept(told.encode()) == told.encode() and mask.growing(told) == told


@pytest.mark.parametrize("key", [KEY, ODD, "Ab3-Ef5-", "a" * 16])
def test_forms_of_a_key(key: str) -> None:
    mask = Mask(key)
    for told in (key, json.dumps(key), httpx2.URL(f"http://x/?key={key}").query.decode(), f"Bearer {key}"):
        assert key not in mask(told), told
    text = f"It is {key}."
    assert [mask.growing(text[:size]) for size in range(len(text) + 1)][-1] == f"It is {MARK}."
    assert all(key[:3] not in mask.growing(text[:size]) for size in range(len(text) + 1))
