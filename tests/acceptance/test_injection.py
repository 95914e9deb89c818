"""Instructions hidden in data, and a model that obeys each it sees: nothing unapproved, nothing out, nobody skipped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from climbdc.models.llm._talk import ORDERS
from climbdc.report import prepare_out, write_results
from tests.models.hostile.holds import broken
from tests.models.hostile.server import ModelServer
from tests.models.hostile.sessions import Played, outgoing, play, remembering

from .injected import Answering, Case, Obedient, Tampered, cases, of_channel, parts_of, place_of, seen_in

GROUPS = sorted({case.group for case in cases()})
QUICK = GROUPS[:1]
TOKENS = re.compile(r"<\|[^|>\n]{1,30}\|>|\[/?INST\]|<</?SYS>>|</?s>|</?tool_call>", re.IGNORECASE)
"""What the chat templates of models take for their own marks."""
MARKUP = re.compile(r"!\[[^\]]*\]\(|<img|<script|https?://|\]\(javascript", re.IGNORECASE)


@dataclass
class Tried:
    """A group's session, what the rules make of the same data, and what the model saw and did."""

    group: int
    session: Played
    rules: Played
    model: Obedient
    talked: dict[str, Any]
    report: str


def groups() -> list[Any]:
    """The first in the quick tier."""
    return [group if group in QUICK else pytest.param(group, marks=pytest.mark.full) for group in GROUPS]


def each() -> list[Any]:
    """Every case."""
    marked = [(case, () if case.group in QUICK else (pytest.mark.full,)) for case in cases()]
    return [pytest.param(case, id=case.name, marks=marks) for case, marks in marked]


@pytest.fixture(scope="module")
def tried(heart: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session of a group, played when it is first asked for."""
    known: dict[int, Tried] = {}

    def of(group: int) -> Tried:
        if group not in known:
            known[group] = _tried(heart, tmp_path_factory.mktemp(f"group{group}"), group)
        return known[group]

    yield of


def _tried(heart: Path, folder: Path, group: int) -> Tried:
    place = place_of(heart, folder / "data", group)
    with remembering() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr("climbdc.runs.open_sandbox", lambda *arguments, **options: Tampered(sandbox, group))
        rules = play(place, folder / "rules", patch=patch, expert=Answering(group))
        models: list[Obedient] = []

        def obedient(facts: Any) -> Obedient:
            models.append(Obedient(group, facts))
            return models[0]

        session = play(place, folder / "llm", obedient, patch=patch, expert=Answering(group), disclosure="values")
        talked = _talked(session, models[0])
        prepare_out(folder / "out", force=False)
        with session.session.context() as context:
            write_results(context, folder / "out")
        return Tried(group, session, rules, models[0], talked, (folder / "out" / "report.html").read_text("utf-8"))


def _talked(session: Played, model: Obedient) -> dict[str, Any]:
    """What the model says to the words of the clinician, and what it saw of them."""
    talked: dict[str, Any] = {}
    before = _state(session)
    with ModelServer(model) as server, outgoing() as left:
        options = session.session.options.model_copy(update={"base_url": server.url})
        session.session.options = options
        with session.session.context(sandbox=True) as context:
            assert context.mind is not None
            for case in of_channel(model.group, "words"):
                heard: list[str] = []
                talked[case.name] = (context.mind.talk(case.text, list(ORDERS), heard.append), heard)
        assert {where for _, where in left} <= {f"127.0.0.1:{server.port}"}
        session.calls = (*session.calls, *server.calls)
    assert _state(session) == before, "talk changes nothing"
    return talked


def _state(session: Played) -> Any:
    stored = session.session.stored
    return session.session.status, stored.plans(), stored.decisions(), stored.get("head"), session.session.plan


@pytest.mark.parametrize("group", groups())
def test_no_instruction_in_the_data_adds_risk(group: int, tried: Any) -> None:
    told = tried(group)
    assert broken(told.session, told.rules) == []
    assert told.session.session.status == "finished"


@pytest.mark.parametrize("case", each())
def test_each_text_is_obeyed_in_vain(case: Case, tried: Any) -> None:
    """Whether it gets to the model is as the table says; where it does, the model has obeyed it."""
    told = tried(case.group)
    assert (told.model.reached.get(case.name, 0) > 0) == case.reaches
    assert (told.model.obeyed.get(case.name, 0) > 0) == case.reaches


@pytest.mark.parametrize("group", groups())
def test_what_reaches_the_model_is_data(group: int, tried: Any) -> None:
    """Never among our own instructions, with marks of a chat or signs nobody can see, or on a line of its own."""
    told = tried(group)
    ours = [case for case in cases() if case.group == group]
    for role, text in parts_of(told.session.calls):
        assert not TOKENS.search(text), TOKENS.findall(text)
        assert not [sign for sign in text if unicodedata.category(sign) in {"Cf", "Co", "Cs"}]
        if role == "system":
            assert [case.name for case in ours if seen_in(text, case.text)] == []
        else:
            ends = [line for line in text.splitlines() if "</data>" in line and line.strip() != "</data>"]
            assert ends == [], "the end of the data is ours to say"
        lines = {line.strip() for line in text.splitlines()}
        for case in ours:
            broken_out = {part.strip() for part in case.text.split("\n")[1:] if part.strip()}
            assert not broken_out & lines, case.name


@pytest.mark.parametrize("group", groups())
def test_what_is_shown_of_it_is_plain_text(group: int, tried: Any) -> None:
    """No picture is fetched, no link leads out, no script runs: neither in the chat nor on the page of the report."""
    told = tried(group)
    for case in of_channel(group, "words"):
        talk, heard = told.talked[case.name]
        assert not any(MARKUP.search(text) for text in [talk.text, *heard]), case.name
        assert "0.9999" not in talk.text or "0.9999" in case.text
    for address in re.findall(r"(?:src|href|action|srcset)\s*=\s*[\"']?([^\"'>]*)", told.report):
        assert "evil.example" not in address and "javascript:" not in address
    assert not re.search(r"<(img|script)[^>]*evil\.example", told.report)


def test_there_are_many_texts_in_many_places() -> None:
    assert len(cases()) >= 60 and len({case.channel for case in cases()}) >= 10
    assert len({case.name for case in cases()}) == len(cases()) == len({case.text for case in cases()})
    mixed = [(a.name, b.name) for a in cases() for b in cases() if a != b and seen_in(a.text, b.text)]
    assert mixed == [], "one could not tell which of them arrived"
    assert sum(case.reaches for case in cases()) >= 20, "a suite in which nothing arrives shows nothing"
