"""Values of a column are shown to a model after a person's yes alone, and no more once that is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import InputError, Stopped
from climbdc.sdk import Goal
from climbdc.settings import Settings

from ..models.hostile.server import Call, ModelServer, Reply

WANTED = ("ward", "id", "no_such_column", "ward")


class Asked(AutoExpert):
    """Decides by rule but for consent; stops at the first change."""

    def __init__(self, consent: str) -> None:
        self.consent = consent
        self.seen: list[tuple[str, Checkpoint]] = []

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """As wanted."""
        if checkpoint.kind == "change" and checkpoint.detail["step"]["tool"] != "split_data":
            raise Stopped("Far enough.")
        if checkpoint.kind == "reveal":
            self.seen.append((name, checkpoint))
            return Answer(choice=self.consent)
        return super().answer(checkpoint, name)


def wants_values(call: Call) -> Reply:
    """Asks for values in every turn, by names that are offered and by others."""
    return Reply(call.answer({"reveal": [{"column": name, "why": "To see\nthe spellings."} for name in WANTED]}))


def start(folder: Path, server: ModelServer, disclosure: Any = "values") -> Session:
    wards = ["ICU", "Ward 3", "Ward 4", "ward 3", "outpatients"]
    rows = [f"{n},{wards[n % 5]},{0 if n % 8 == 0 else 90 + n % 60},{n % 2}" for n in range(240)]
    (folder / "t.csv").write_text("\n".join(["id,ward,sbp,died", *rows]), "utf-8")
    copilot = Copilot(Settings(data_dir=folder / "data", model="m", base_url=server.url, disclosure=disclosure))
    return copilot.start([folder / "t.csv"], Goal(target="died", id="id"), policy="llm")


def run(session: Session, expert: Asked) -> None:
    with pytest.raises(Stopped):
        for _ in session.run(expert):
            pass


def revealed(session: Session) -> frozenset[str]:
    with session.mind() as opened:
        assert opened is not None
        return opened[1].revealed


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_consent_is_asked_once_and_can_be_taken_back(tmp_path: Path, answer: str) -> None:
    with ModelServer(wants_values) as server:
        session, expert = start(tmp_path, server), Asked(answer)
        run(session, expert)
        assert [name for name, _ in expert.seen] == ["reveal:ward"], "the patient's number is never asked for"
        card = expert.seen[0][1]
        assert card.default == "no" and card.detail["reason"] == "To see the spellings."
        assert "this machine" in card.text and card.detail["asked_by"] == "model"
        assert revealed(session) == (frozenset({"ward"}) if answer == "yes" else frozenset())
        if answer == "yes":
            assert "no more is sent" not in session.change("revoke", column="ward")
            assert revealed(session) == frozenset()
            with pytest.raises(InputError, match="may not see"):
                session.want("revoke", column="ward")
        else:
            session.change("reveal", column="ward")
            assert revealed(session) == {"ward"}, "the person may show it unasked"
        run(session, expert)
        assert len(expert.seen) == 1, "nobody is asked twice"


def test_without_the_level_nothing_is_asked_or_shown(tmp_path: Path) -> None:
    with ModelServer(wants_values) as server:
        session, expert = start(tmp_path, server, "aggregates"), Asked("yes")
        run(session, expert)
        assert expert.seen == [] and revealed(session) == frozenset()
        with pytest.raises(InputError, match="no model is shown any values"):
            session.want("reveal", column="ward")


def test_an_edit_about_nothing_is_refused(tmp_path: Path) -> None:
    with ModelServer(wants_values) as server:
        session = start(tmp_path, server)
        run(session, Asked("no"))
        for column in ("nope", "id"):
            with pytest.raises(InputError):
                session.want("reveal", column=column)
        with pytest.raises(InputError, match="cannot be read"):
            session.want("reveal")
