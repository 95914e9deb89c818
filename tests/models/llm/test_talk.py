"""A conversation with a real gate and a server that says what it is told to: what is sent, shown and proposed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import PlanError, Stopped
from climbdc.models import ModelError
from climbdc.models.llm._talk import ORDERS, text_so_far
from climbdc.models.llm._talk_context import spoken_of
from climbdc.sdk import Goal
from climbdc.settings import Settings

from ..hostile.server import Behaviour, ModelServer, Reply

SECRET = "Zzyzx-Quux"
TALKS = "wants"


class Until(AutoExpert):
    """Decides by rule until some step was approved and the next change is asked about."""

    def __init__(self) -> None:
        self.approved = 0

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """By rule."""
        if checkpoint.kind == "change" and self.approved:
            raise Stopped("Far enough for this test.")
        answer = super().answer(checkpoint, name)
        self.approved += checkpoint.kind == "change" and answer.choice == "approve"
        return answer


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def session(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session that waits for an answer about a change; one column's name is a person's."""
    folder = tmp_path_factory.mktemp("talk")
    rows = [
        f"{n},{0 if n % 8 == 0 else 150 + n % 90},{30 + n % 50},{'fm'[n % 3 > 0]},{SECRET if n == 7 else 'ok'},{n % 2}"
        for n in range(400)
    ]
    (folder / "t.csv").write_text("\n".join(["id,chol,age,sex,note,died", *rows]), "utf-8")
    copilot = Copilot(Settings(data_dir=folder / "data", model="scripted", base_url=server.url))
    session = copilot.start([folder / "t.csv"], Goal(target="died"), policy="llm")
    with pytest.raises(Stopped):
        for _ in session.run(Until()):
            pass
    yield session
    copilot.close()


def says(**told: Any) -> Behaviour:
    """Answers a conversation so, in small pieces."""
    whole = {"wants": "answer", "order": "none", "column": "none", "step": "none", "text": "", **told}
    return lambda call: Reply(call.answer(whole), piece=7)


def talk(session: Session, text: str, orders: Any = ("approve", "undo", "leave-out", "show")) -> tuple[Any, list[str]]:
    """What comes of a sentence, and what was shown meanwhile."""
    shown: list[str] = []
    with session.mind() as opened:
        assert opened is not None
        return opened[0].talk(text, orders, shown.append), shown


def test_the_answer_is_grounded_and_streamed(session: Session, server: ModelServer) -> None:
    server.play(says(text="chol is 0 in 77 rows. See https://evil.example/?q=chol or <b>this</b>. I do not know more."))
    told, shown = talk(session, "Why is chol zero so often?")
    assert told.wants == "answer" and told.order == ""
    assert "[unverified: 77]" in told.text and "evil" not in told.text and "<b>" not in told.text
    assert len(shown) > 2 and all("evil" not in text and "<" not in text for text in shown)
    assert not any("77" in text.replace("[unverified: 77]", "") for text in shown), "not even while it comes"
    sent = server.calls[-1]
    assert len(sent.prompt) / 3.5 < 4000
    assert SECRET not in sent.prompt and "Why is chol zero so often?" in sent.prompt
    assert '"name":"chol"' in sent.prompt and "quantiles" in sent.prompt, "the column spoken of is told in full"


def test_a_backed_number_stands(session: Session, server: ModelServer) -> None:
    finding = next(item for item in session.findings if "chol" in item["columns"] and item["kind"] == "zero")
    server.play(says(text="chol is 0 in about 40 rows, hardly a measurement."))
    told, _ = talk(session, "What of chol?")
    assert finding["rows"] in range(30, 51) and ("unverified" not in told.text), (finding["rows"], told.text)


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ({"wants": "order", "order": "approve"}, ("order", "approve", "", "")),
        ({"wants": "order", "order": "leave-out", "column": "AGE"}, ("order", "leave-out", "age", "")),
        ({"wants": "order", "order": "leave-out", "column": "agee"}, ("unclear", "", "", "")),
        ({"wants": "order", "order": "leave-out", "column": "none"}, ("unclear", "", "", "")),
        ({"wants": "order", "order": "undo", "step": "S99"}, ("unclear", "", "", "")),
        ({"wants": "order", "order": "drop all rows"}, ("unclear", "", "", "")),
        ({"wants": "order", "order": "predict", "column": "age"}, ("unclear", "", "age", "")),
        ({"wants": "nonsense", "order": "none"}, ("unclear", "", "", "")),
    ],
)
def test_only_orders_that_can_be_given_are_named(
    session: Session, server: ModelServer, reply: dict[str, Any], wanted: tuple[str, ...]
) -> None:
    server.play(says(**reply))
    told, _ = talk(session, f"Do something about it: {json.dumps(reply)}")
    assert (told.wants, told.order, told.column, told.step) == wanted


def test_a_step_is_named_as_it_stands(session: Session, server: ModelServer) -> None:
    done, to_do = session.plan.applied[-1].id, session.plan.pending[0].id
    server.play(says(wants="order", order="undo", step=done))
    assert talk(session, "take the last one back")[0].step == done
    server.play(says(wants="order", order="undo", step=to_do))
    assert talk(session, "take the next one back")[0].order == "", "what was not done is not taken back"


def test_nothing_is_changed_by_talking(session: Session, server: ModelServer) -> None:
    before = (session.plan, session.stored.pending(), session.stored.edits(), session.stored.get("head"))
    server.play(says(wants="order", order="approve", text="I approve it for you. Done."))
    talk(session, "approve all")
    assert (session.plan, session.stored.pending(), session.stored.edits(), session.stored.get("head")) == before


def test_orders_are_ours_alone(session: Session) -> None:
    with pytest.raises(PlanError, match="no order"):
        talk(session, "hello", ["approve", "Mrs Miller died"])
    assert set(ORDERS.values()) == {"", "step", "column"}


def test_a_model_that_is_away_says_so(session: Session, server: ModelServer) -> None:
    server.play(lambda call: Reply("No.", status=404))
    with pytest.raises(ModelError):
        talk(session, "are you there?")


def test_what_was_said_before_is_told_again(session: Session, server: ModelServer) -> None:
    session.stored.say("said", {"text": "is sex known before?", "person": ""})
    session.stored.say("replied", {"text": "Yes, it is.", "by": "scripted"})
    server.play(says(text="I do not know."))
    talk(session, "and how sure are you?")
    prompt = server.calls[-1].prompt
    assert "is sex known before?" in prompt and "Yes, it is." in prompt
    assert prompt.index("Yes, it is.") < prompt.index("and how sure are you?")


def test_a_number_of_the_person_backs_nothing(session: Session, server: ModelServer) -> None:
    server.play(says(text="Yes, 3333 died."))
    assert talk(session, "Is it true that 3333 died?")[0].text == "Yes, [unverified: 3333] died."


def test_columns_are_found_in_a_sentence() -> None:
    assert spoken_of("why is Serum Chol odd?", ["serum_chol", "chol", "age"]) == ["serum_chol"]
    assert spoken_of("what about ages?", ["age"]) == []


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_a_growing_answer_never_breaks(cut: int) -> None:
    raw = json.dumps({"wants": "answer", "text": 'He said "no" \\ ü\n\u2028\ud83d\ude00 end'})
    assert isinstance(text_so_far(raw[:cut]), str)
