"""A language model thinks along: chosen at the start, its opinions on the cards, a question answered as it comes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ...models.hostile.server import Call, ModelServer, Reply
from .test_tour import Tour

if TYPE_CHECKING:
    from tests.ui.browser.conftest import Server, Visitor

DOUBT = "Whether the vessels were counted may itself say how ill a patient was; ask the hospitals before it goes."
ANSWER = (
    "A cholesterol of 0 cannot be measured, so it stands for a value that nobody took. In 7777 rows that is so. "
    "![x](https://192.0.2.1/x.png) The hospital would know more than I do."
)
SEEN = "To see how the chest pain is written."
TOLD = {
    "mark_missing": "Zeros that no measurement can give become gaps, so that nothing is learnt from them.",
    "drop_columns": "Columns that are empty for most patients are left out.",
}


def scripted(call: Call) -> Reply:
    """Doubts that columns are left out, asks for values of one, and answers questions slowly."""
    form = (call.schema or {}).get("properties", {})
    if "wants" in form:
        said = {"wants": "order", "order": "show", "column": "chol", "step": "none", "text": ANSWER}
        return Reply(call.answer(said), piece=6, pause=0.08)
    if "verdicts" in form:
        doubted = re.findall(r'"id":"(S\d\d)","tool":"drop_columns"[^}]*"status":"pending"', call.prompt)
        judged = [step for step in doubted if step in json.dumps(call.schema)]
        verdicts = [{"step": step, "verdict": "remove", "reason": DOUBT, "new": None} for step in judged]
        return Reply(call.answer({"verdicts": verdicts, "reveal": [{"column": "cp", "why": SEEN}]}))
    told = next((text for tool, text in TOLD.items() if f'"tool":"{tool}"' in call.prompt), "")
    return Reply(call.answer({"told": told, "action": "run"} if "told" in form else None))


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(scripted) as running:
        yield running


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server], model: ModelServer) -> Server:
    """A page whose settings have a model that may ask for values."""
    told = {"CLIMBDC_MODEL": "scripted-7b", "CLIMBDC_BASE_URL": model.url, "CLIMBDC_DISCLOSURE": "values"}
    return make_server(before=f"import os; os.environ.update({told!r})")


def test_a_model_thinks_along(visit: Callable[..., Visitor], server: Server) -> None:
    visitor = visit(server, reduced_motion="reduce")
    page, tour = visitor.page, Tour(visitor)
    page.get_by_label("A language model: scripted-7b at this machine").check()
    page.get_by_label("Also values of columns that you show it, one by one").check()
    assert "decides nothing" in page.inner_text("#thinking")
    tour.moment("model-start")
    visitor.start_sample()
    visitor.asked("goal")
    assert "scripted-7b at this machine" in page.inner_text("#header")
    visitor.go_on("reveal")
    assert SEEN in page.inner_text("#card") and "Recommended" in page.inner_text("#card .way:first-child")
    tour.moment("model-reveal")
    visitor.answer("Show it values of cp")
    visitor.go_on("change:has(.opinion)")
    assert "may be wrong" in page.inner_text("#card .opinion")
    tour.moment("model-opinion")

    page.get_by_label("Say or ask something").fill("could a cholesterol of nothing be real, do you think?")
    page.get_by_role("button", name="Send").click()
    page.locator("#m-talking", has_text="cannot be measured").wait_for()
    assert page.locator("#m-talking").get_by_role("button", name="Stop it").count()
    page.locator("mark.unverified", has_text="7777").wait_for()
    talk = page.inner_text("#talk-log")
    assert "Language model scripted-7b: its opinion" in talk and "192.0.2.1" not in talk
    assert not page.locator("#talk-log img, #talk-log a").count()
    tour.moment("model-answer")
    page.get_by_role("button", name="Show chol").click()
    page.locator("[role=tab][aria-selected=true]", has_text="Data").wait_for()

    visitor.open("Model")
    page.get_by_role("button", name="Take back the values of cp").click()
    page.locator("#seen", has_text="None. You are asked before any is shown.").wait_for()
    page.locator("#tab-body table", has_text="Answer you").wait_for()
    tour.moment("model-panel")
    page.locator("#header .thinks", has_text="tokens").wait_for()
    assert not tour.wrong, "\n".join(tour.wrong)
