"""A reply of any bytes at all."""

from __future__ import annotations

import json

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from climbdc.models import ModelError
from climbdc.store import Ledger, Store

from .asking import ask, client


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_end_in_an_answer_or_an_error_and_are_kept(data: st.DataObject, store: Store) -> None:
    choice = {"delta": {"content": '{"observations": [], "told": "é"}'}, "finish_reason": "stop"}
    whole = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()
    start, end = sorted((data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))))
    content = whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:]
    status = data.draw(st.sampled_from([200, 200, 200, 204, 400, 418, 599]))
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, content=content))
    session = store.create("a.csv", {})
    with client(session, "http://127.0.0.1:1/v1", transport=transport, mode="schema") as model:
        try:
            ask(model)
            ended = "ok"
        except ModelError as error:
            ended = error.code
    ledger = Ledger(session)
    entries = ledger.entries()
    assert entries[-1].status == ended and all(entry.status != "sent" for entry in entries)
    assert all(content.startswith(ledger.reply(entry.number)) for entry in entries)
