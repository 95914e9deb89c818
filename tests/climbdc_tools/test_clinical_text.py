"""Findings in free text, and what turns them into their contrary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from climbdc_tools.clinical_text import concepts, lexicon, read_text

NOTES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("note", NOTES, ids=[note["text"][:40] for note in NOTES])
def test_what_a_sentence_says_of_the_patient(note: dict[str, Any]) -> None:
    found = read_text(note["text"])
    assert (sorted(found.mentioned), sorted(found.denied)) == (sorted(note["has"]), sorted(note["denies"]))


def test_key_words_alone_would_have_been_wrong() -> None:
    """A third of the findings in these sentences are not the patient's."""
    has = sum(len(note["has"]) for note in NOTES)
    others = sum(len(note["denies"]) for note in NOTES)
    assert has > 30 and others > 20


def test_what_is_affirmed_once_is_the_patients() -> None:
    assert read_text("No cough on Monday. Cough since Tuesday.").mentioned == {"cough"}


@pytest.mark.parametrize(
    "text", ["", " ", "?", "no", "No no no.", "\n\n", "nicht krank, kein Fieber", "胸痛なし", "fever" * 500]
)
def test_odd_texts(text: str) -> None:
    assert read_text(text).denied == frozenset()


@given(st.text(alphabet="no feverbutcough.,;? \n", max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    found = read_text(text)
    assert not found.mentioned & found.denied


def test_each_phrase_stands_for_one_finding() -> None:
    phrases = [phrase for name in concepts() for phrase in lexicon()["concepts"][name]]
    assert len(phrases) == len(set(phrases)) and all(phrase == phrase.lower() for phrase in phrases)
    assert all(
        name in read_text(f"He has {phrase}.").mentioned
        for name in concepts()
        for phrase in lexicon()["concepts"][name][:1]
    )
