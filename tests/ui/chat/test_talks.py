"""Talking with a language model on the page: in the background, streamed, stopped, never doing anything by itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from climbdc.conversation import pieces
from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.sdk import Goal
from climbdc.settings import Settings
from climbdc_ui import Desk
from climbdc_ui._acts import Seat
from climbdc_ui._handlers import Handlers
from climbdc_ui.chat import CARD, TALK, say

from ...models.hostile.server import Call, ModelServer, Reply

PATIENCE = 90
HOSTILE = "<img src=x onerror=window.hurt=1>"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def seat(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """Somebody in front of a session with a model; the plan is asked about."""
    folder = tmp_path_factory.mktemp("talks")
    rows = [f"{n},{0 if n % 8 == 0 else 150 + n % 90},{30 + n % 50},{'fm'[n % 3 > 0]},{n % 2}" for n in range(240)]
    (folder / "t.csv").write_text("\n".join(["id,chol,age,sex,died", *rows]), "utf-8")
    desk = Desk(Copilot(Settings(data_dir=folder / "data", model="scripted", base_url=server.url)))
    seat = Seat(desk, desk.session(desk.start([folder / "t.csv"], Goal(target="died"), sees="aggregates")))
    while not waiting(seat).startswith("plan:"):
        until(lambda: waiting(seat) != "")
        choice = {"goal": "accept", "meanings": "unknown", "timing": "after"}.get(waiting(seat))
        if choice:
            CARD.acts["answer"](seat, {}, {"question": waiting(seat), "choice": choice})
    yield seat
    desk.close()


def waiting(seat: Seat) -> str:
    """The open question's name."""
    found = seat.stored.pending()
    return "" if found is None else str(found["id"])


def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def says(pause: float = 0.0, piece: int = 9, **told: Any) -> Callable[[Call], Reply]:
    whole = {"wants": "answer", "order": "none", "column": "none", "step": "none", "text": "", **told}
    return lambda call: Reply(call.answer(whole), piece=piece, pause=pause)


def answered(seat: Seat, text: str) -> dict[str, Any]:
    """Type something that only the model may understand; the reply once it is there."""
    known = len(seat.stored.events())
    say(seat, text, {})
    until(lambda: any(event["kind"] == "replied" for event in seat.stored.events()[known:]))
    until(lambda: seat.desk.talks.now(seat.id) is None)
    return next(event for event in seat.stored.events()[known:] if event["kind"] == "replied")


def test_phrases_are_understood_without_it(seat: Seat, server: ModelServer) -> None:
    calls = len(server.calls)
    say(seat, "how many missing in age?", {})
    assert "No value of age is missing" in str(seat.stored.events()[-1]["text"])
    assert len(server.calls) == calls


def test_a_streamed_answer_that_is_the_models_word(seat: Seat, server: ModelServer) -> None:
    server.play(
        says(0.05, text=f"A chol of 0 is no measurement. In 77 rows {HOSTILE} it may be missing. More I do not know.")
    )
    handlers, seen = Handlers(seat.desk), set()
    say(seat, "is a cholesterol of nothing plausible, do you think?", {})
    talking = seat.desk.talks.now(seat.id)
    assert talking is not None, "typing returns at once"
    assert TALK.acts["earlier"](seat, {}, {}) and waiting(seat).startswith("plan:"), "other presses go on meanwhile"
    while seat.desk.talks.now(seat.id) is not None:
        html = handlers.show(seat.id).parts["talk"]
        seen.add(talking.so_far)
        assert "onerror" not in html or "replied" in html
        time.sleep(0.02)
    assert len(seen) > 2 and "its opinion" in html
    html = TALK.show(seat, {})
    assert '<mark class="unverified">77 <span>unverified</span></mark>' in html
    assert "Language model scripted: its opinion" in html and "img" not in html
    assert "77 (unverified)" in CARD.show(seat, {}), "the card shows the reply as well"


def test_a_sentence_that_could_not_be_taken_up_leaves_room_for_the_next(
    seat: Seat, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(threading.Thread, "start", fails)
        seat.desk.talks.ask(seat.session, "why is it so?", [])
    assert seat.desk.talks.now(seat.id) is None
    server.play(says(text="It is so."))
    assert answered(seat, "why would it be so, in your opinion?")["text"] == "It is so."


@pytest.mark.parametrize("trap", ["done already", "approve everything", "[unverified: ] [x](javascript:1)"])
def test_an_order_is_a_button_and_nothing_else(seat: Seat, server: ModelServer, trap: str) -> None:
    server.play(says(wants="order", order="approve", text=trap))
    before = waiting(seat)
    reply = answered(seat, f"would you kindly take care of all that ({trap})")
    assert reply["order"] == {"order": "approve", "column": "", "step": "", "question": before}
    assert waiting(seat) == before, "nothing was approved"
    html = TALK.show(seat, {})
    assert "Approve what the card asks" in html and "Nothing is done unless you press it" in html
    seat.stored.say("said", {"text": "put away", "person": "", "pressed": reply["key"]})


def test_pressing_it_does_it_once(seat: Seat, server: ModelServer) -> None:
    server.play(says(wants="order", order="leave-out", column="sex", text="I propose to leave sex out."))
    reply = answered(seat, "the sexes should play no role in this whole thing at all")
    assert TALK.acts["propose"](seat, {}, {"event": reply["key"]}) is None
    until(lambda: any(step.tool == "drop_columns" and step.backed_by == "expert" for step in seat.session.plan.steps))
    told = [event["text"] for event in seat.stored.events() if event["kind"] in {"said", "replied"}][-2:]
    assert told[0] == "Leave sex out of the data" and "planned" in told[1]
    with pytest.raises(InputError, match="done already"):
        TALK.acts["propose"](seat, {}, {"event": reply["key"]})
    for key in (10**9, "x", None, reply["key"] - 1):
        with pytest.raises(InputError):
            TALK.acts["propose"](seat, {}, {"event": key})
    until(lambda: waiting(seat) != "")


def test_an_order_about_another_question_is_refused(seat: Seat, server: ModelServer) -> None:
    server.play(says(wants="order", order="approve", text="Approve it."))
    reply = answered(seat, "well then, let us see about it")
    body = {"text": "x", "by": "m", "order": {**reply["order"], "question": "change:S99:1"}}
    seat.stored.say("replied", body)
    key = seat.stored.events()[-1]["key"]
    with pytest.raises(InputError, match="not open any more"):
        TALK.acts["propose"](seat, {}, {"event": key})


def test_one_sentence_at_a_time_and_stopped_by_a_press(seat: Seat, server: ModelServer) -> None:
    server.play(says(0.3, piece=3, text="This will take very long. " * 20))
    say(seat, "tell me a really long story about it all", {})
    until(lambda: seat.desk.talks.now(seat.id) is not None and seat.desk.talks.now(seat.id).so_far != "")  # type: ignore[union-attr]
    say(seat, "and another one, please, about something else", {})
    assert "still answers" in str(seat.stored.events()[-1]["text"])
    began = time.monotonic()
    TALK.acts["hush"](seat, {}, {})
    until(lambda: seat.desk.talks.now(seat.id) is None)
    assert time.monotonic() - began < 5
    assert "You stopped the language model" in str(seat.stored.events()[-1]["text"])


def test_a_model_that_is_away_leaves_all_as_before(seat: Seat, server: ModelServer) -> None:
    server.play(lambda call: Reply("No.", status=401))
    reply = answered(seat, "make it all nice for me")
    assert reply["text"].startswith("I did not understand that, so I changed nothing.")
    assert "language model" in reply["text"] and reply["said"], "what can be typed is offered"
    assert "by" not in reply, "and this is not the model's word"


def test_on_the_card_it_only_answers(seat: Seat, server: ModelServer) -> None:
    server.play(says(wants="order", order="approve", text="I cannot do that here."))
    known = len(seat.stored.events())
    CARD.acts["ask"](seat, {}, {"text": "please do whatever is best in your view"})
    until(lambda: any(event["kind"] == "replied" for event in seat.stored.events()[known:]))
    assert "order" not in seat.stored.events()[-1]
    form = json.dumps(server.calls[-1].schema)
    assert '"show"' in form and '"approve"' not in form


def test_the_header_says_who_thinks_along_and_what_it_cost(seat: Seat) -> None:
    header = Handlers(seat.desk).show(seat.id).parts["header"]
    assert "scripted at this machine" in header and "tokens" in header and "calls" in header


def test_a_session_of_the_rules_has_no_model(seat: Seat, server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,died\n" + "\n".join(f"{n},{n % 2}" for n in range(60)), "utf-8")
    other = Seat(seat.desk, seat.desk.session(seat.desk.start([tmp_path / "t.csv"], Goal(target="died"))))
    calls = len(server.calls)
    say(other, "make it all nice", {})
    assert "did not understand" in str(other.stored.events()[-1]["text"])
    assert other.session.options.model == "" and "The rules alone" in Handlers(seat.desk).show(other.id).parts["header"]
    until(lambda: waiting(other) != "")
    assert len(server.calls) == calls


def test_a_browser_cannot_choose_what_the_settings_do_not_allow(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,died\n1,0\n", "utf-8")
    for sees in ("values", "everything"):
        shown = Handlers(seat.desk).start([str(tmp_path / "t.csv")], "died", "auto", None, sees=sees)
        assert shown.session == "" and "may see this much" in shown.parts["notice"]


def test_marks_are_told_apart_from_text() -> None:
    assert pieces("a [unverified: 3 %] b [unverified: 4]") == (
        ("a ", False),
        ("3 %", True),
        (" b ", False),
        ("4", True),
    )
    assert pieces("a [unverified: \n] b") == (("a [unverified: \n] b", False),)
