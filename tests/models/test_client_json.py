"""Reading an answer: what is taken, what is not, and that no text at all does harm."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from climbdc.models import ModelError
from climbdc.models._client_json import clean, heeds, read_answer, read_text

GOOD = '{"step": "S01", "verdict": "keep", "weights": [1, 2.5]}'


class Judged(BaseModel):
    """A form."""

    model_config = ConfigDict(extra="forbid")

    step: str
    verdict: Literal["keep", "remove"] = "keep"
    weights: tuple[float, ...] = Field(default=(), max_length=3)


WANTED = Judged(step="S01", verdict="keep", weights=(1, 2.5))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\ufeff \n{GOOD}\n ",
        f"```json\n{GOOD}\n```",
        f"```\r\n{GOOD}```\nHope that helps!",
        f"Here you are:\n\n```JSON\n{GOOD}\n```\nand {{more}} prose",
        f"Sure! {GOOD} Tell me if {{that}} helps.",
        f"{GOOD}\n{GOOD}",
        f"<think>Perhaps {GOOD.replace('S01', 'S02')}?</think>\n{GOOD}",
        f"<thinking>{{</thinking>{GOOD}",
        f"First I look at {{x}}.</think>{GOOD}",
        GOOD.replace("2.5]", "2.5,]").replace("]}", "] , \n}"),
        f"Well: {GOOD[:-1]},}}",
        json.dumps(json.loads(GOOD), indent=4),
    ],
)
def test_what_is_taken(text: str) -> None:
    assert read_answer(text, Judged) == WANTED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not one complete JSON object"),
        ("No.", "not one complete JSON object"),
        (GOOD[:-1], "not one complete"),
        (f"Here: {GOOD[:-9]}", "not one complete"),
        ('{"plan": {"step": "S01", "verdict": "keep", "weights": []', "not one complete"),
        ('{"plan": [' + GOOD + ", ...", "not one complete"),
        (GOOD.replace('"', "'"), "not one complete"),
        (GOOD.replace('"step"', "step"), "not one complete"),
        (GOOD.replace("2.5", "NaN"), "not one complete"),
        (GOOD.replace("2.5", "1e999"), "not one complete"),
        (GOOD.replace("2.5", "9" * 5000), "not one complete"),
        (GOOD.replace("2.5", "2.5 // half"), "not one complete"),
        (f'{GOOD[:-1]}, "step": "S02"}}', "not one complete"),
        ("[" * 100_000, "not one complete"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "not one complete"),
        (f"<think>{GOOD}", "not one complete"),
        (f"{GOOD} or {GOOD.replace('keep', 'remove')}", "2 different answers"),
        (f"```\n{GOOD}\n```\n```\n{GOOD.replace('S01', 'S02')}\n```", "2 different answers"),
        ('{"verdict": "drop"}', "step: Field required; verdict: Input should be 'keep' or 'remove'"),
        (GOOD.replace("}", ', "approved": true}'), "approved: Extra inputs are not permitted"),
        (GOOD.replace("[1, 2.5]", '["x", 1]'), "weights.0: Input should be a valid number"),
        (GOOD.replace("[1, 2.5]", "[1, 2, 3, 4]"), "weights: Tuple should have at most 3 items"),
        ('"step"', "not one complete"),
        ("null", "not one complete"),
        ("__import__('os').system('true')", "not one complete"),
    ],
)
def test_what_is_not(text: str, said: str) -> None:
    with pytest.raises(ModelError) as raised:
        read_answer(text, Judged)
    assert said in raised.value.message and raised.value.code == "bad-answer" and len(raised.value.message) < 1100


def test_a_comma_inside_a_text_stays() -> None:
    text = '{"step": "a,} b,] \\", }", "verdict": "keep", "weights": [1,],}'
    assert read_answer(text, Judged).step == 'a,} b,] ", }'
    assert read_answer(f'5" tall: {text}', Judged).step == 'a,} b,] ", }'


def test_faults_are_told_without_what_came() -> None:
    with pytest.raises(ModelError) as raised:
        read_answer('{"step": ["a patient called Jane Roe"], "verdict": "Jane Roe"}', Judged)
    assert "Jane" not in raised.value.message and "step: Input should be a valid string" in raised.value.message


def test_what_is_not_to_be_seen_is_taken_out() -> None:
    text = json.dumps({"step": "S\u202e01\x00\u200b\u2066\U000e0041", "verdict": "keep", "weights": []})
    assert read_answer(text, Judged).step == "S01"
    assert read_answer('{"step": "\\ud83d"}', Judged).step == "\ufffd"
    assert clean("Größe 体重\t\n😀 क\u200dष") == "Größe 体重\t\n😀 क\u200dष"
    assert read_text("<think>x</think> Yes\x07 ") == "Yes"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_any_text_ends_in_an_answer_or_a_model_error(text: str) -> None:
    try:
        read_answer(text, Judged)
    except ModelError as error:
        assert error.code == "bad-answer"
    assert not [sign for sign in read_text(text) if unicodedata.category(sign) == "Cs"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_half_an_answer_is_never_an_answer(data: st.DataObject) -> None:
    """Whatever is lost at the end: nothing is read that was not said."""
    inner = st.text(alphabet='{}[]",:\\ SO1a', max_size=12)
    whole = json.dumps({"step": data.draw(inner), "verdict": "remove", "weights": [1]})
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ModelError):
        read_answer(data.draw(st.sampled_from(["", "So: ", "```json\n"])) + whole[:end], Judged)


def test_a_form_that_was_heeded_is_known() -> None:
    schema: dict[str, Any] = {"properties": {"step": {}, "verdict": {}, "weights": {}}}
    assert heeds(GOOD, schema) and heeds(GOOD.replace("keep", "other"), schema)
    assert not heeds(f"Well: {GOOD}", schema) and not heeds('{"step": 1}', schema) and not heeds("", schema)
