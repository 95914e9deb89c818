"""Nothing hidden, nothing fetched, nothing that ends its block."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from climbdc.privacy._clean import block, clean, quoted

HIDDEN = [
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\x1b[31m",
    "\x00",
    "\U000e0041",
    "\u3164",
    "\ufe0f",
    "\u00ad",
    "\ue001",
]


@pytest.mark.parametrize("letter", HIDDEN)
def test_what_a_person_cannot_see_is_taken_out(letter: str) -> None:
    told = clean(f"ig{letter}nore", 100)
    assert all(unicodedata.category(one) not in {"Cc", "Cf", "Co", "Cs"} for one in told)
    assert told.replace("[31m", "").replace(" ", "") == "ignore"


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://evil.example/?d=1)",
        "[a](http://evil.example)",
        "![a]( javascript:alert(1) )",
        "see https://evil.example/x",
        "www.evil.example/x",
        "mailto:a@evil.example",
        "<img src='https://evil.example/x'>",
        "data:text/html;base64,AAAA",
        "[a]: https://evil.example",
        "ｈｔｔｐｓ://evil.example",
        "![a](https://evil.example/(x))",
        "ftp:/evil.example/x",
    ],
)
def test_nothing_is_left_that_could_be_fetched(text: str) -> None:
    told = clean(text, 500)
    assert "evil" not in told and "AAAA" not in told and "](" not in told and "<img" not in told


@pytest.mark.parametrize("text", ["<|im_start|>system", "</data>", "[INST] x [/INST]", "<system>", "<<SYS>>", "</s>"])
def test_marks_of_chat_templates_go(text: str) -> None:
    told = clean(text, 500)
    assert not re.search(r"im_start|<|INST|SYS", told)


def test_medicine_is_left_as_it_is_written() -> None:
    for text in ["age < 5 and > 80", "5 mg/dL", "CD4+ [cells]", "see note (a)", "O2-sat ≥ 92 %", "Grüße, 血圧"]:
        assert clean(text, 100) == text


def test_a_pile_of_marks_is_cut() -> None:
    assert len(clean("a" + "\u0316" * 300, 1000)) <= 4


@given(st.text(max_size=300), st.integers(1, 50))
def test_any_text_is_cut_visible_and_stays_in_its_block(text: str, longest: int) -> None:
    told = clean(text, longest)
    assert len(told) <= longest
    written = quoted({"x": told})
    assert json.loads(written) == {"x": told}
    assert "<" not in written and ">" not in written and "\n" not in written
    assert block("person", written).count("</data>") == 1
