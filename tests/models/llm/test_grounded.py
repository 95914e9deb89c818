"""What a model says in numbers is a fact only where the released context says so, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from climbdc.models.llm._grounded import Backing, ground, settled

CONTEXT = [
    '{"rows": 920, "columns": 16, "train": 736}',
    '{"column": "chol", "type": "number", "missing": 202, "missing_share": 0.2196, "median": 239.5, "p25": 197}',
    '{"column": "age", "type": "number", "missing": "fewer than 10", "mean": 53.51}',
    '{"column": "column_7", "type": "binary", "most frequent": "63.4 %"}',
    "F003 disguised missing: 0 stands for missing in chol (172 rows).",
    "S02 mark_missing: 172 cells of chol. auc 0.8123 before, 0.8099 after, change -0.0024.",
]
NAMES = ["chol", "age", "column_7", "S02", "F003", "pred_24h"]
BACKING = Backing(CONTEXT, NAMES)


def said(reply: str) -> str:
    return ground(reply, BACKING, {"column_7": "Müller 1950"}).text


@pytest.mark.parametrize(
    "reply",
    [
        "There are 920 rows and 16 columns.",
        "chol lacks 202 values, which is 22 % of them.",
        "chol lacks 21.96 % (202 of 920).",
        "In chol 202 of 920 (22.0 %) are missing.",
        "chol: a median of 239.5, or about 240.",
        "Two hundred and two values of chol are missing.",
        "Fewer than 10 values of age are missing; the mean is 53.5.",
        "The mean of age is roughly 54 years.",
        "S02 marks 172 cells; the AUC went from 0.812 to 0.810, a change of -0.002.",
        "More than 900 rows are there, under 1,000.",
        "About 63 % of column_7 have it, 63.4 per cent to be exact.",
        "More than a fifth of chol is missing, twenty-two percent.",
        "This one is a step of its own; no one knows which one of them can be wrong.",
        "1. Look at chol.\n2. Look at age.\n3. Decide.",
        "HbA1c, SpO2 and type 2 diabetes are known before; pred_24h may not be.",
        "I do not know.",
    ],
)
def test_what_the_context_says_stands(reply: str) -> None:
    assert "unverified" not in said(reply), said(reply)


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("There are 921 rows.", "921"),
        ("Of age, 202 values are missing.", "202"),
        ("10 values of age are missing.", "10"),
        ("age lacks fewer than 20 values.", "20"),
        ("chol lacks 23 % of its values.", "23 %"),
        ("chol lacks 202 % of its values.", "202 %"),
        ("202 of 920 (31 %) of chol are missing.", "31 %"),
        ("It helps forty-two patients.", "forty-two"),
        ("It helps twenty‑one patients.", "twenty‐one"),
        ("It helps two dozen patients.", "two dozen"),
        ("A third of the patients died.", "A third"),
        ("Half of them died.", "Half"),
        ("One in three died.", "One"),
        ("1 in 3 died.", "1 in 3"),
        ("Twice as many died.", "Twice as"),
        ("The risk is tenfold.", "tenfold"),
        ("Hundreds of patients died.", "Hundreds of"),
        ("The AUC is 0.9.", "0.9"),
        ("The AUC is .93", ".93"),
        ("The change is +0.0024.", "+0.0024"),
        ("p = 4.2e-5", "4.2e-5"),
        ("p = 4.2 × 10^-5", "4.2 × 10^-5"),
        ("p = 4.2 × 10⁻⁵", "4.2"),
        ("9.2k rows", "9.2k"),
        ("920 thousand rows", "920 thousand"),
        ("It was 2021-03-05.", "2021-03-05"),
        ("At 12:30 it was over.", "12:30"),
        ("It is 4\u200b2.", "42"),
        ("It is 4&#50;.", "42"),
        ("It is 4<b>2</b>.", "42"),
        ("It is **4**2.", "42"),
        ("It is ４２.", "42"),
        ("It is ٤٢.", "42"),
        ("It is 4\u03362\u0336.", "42"),
        ("It is 4️⃣2️⃣.", "42"),
        ("It is ½.", "1/2"),
        ("It is fоrty-two.", "fоrty-two"),
        ("It is 四十二.", "四十二"),
        ("It is 1 000 000.", "1 000 000"),
        ("It is 1\u202f000.", "1000"),
        ("Patient x42 died.", "x42"),
        ("Patient 42b died.", "42"),
        ("It is l32.", "l32"),
        ("COVID-42", "COVID-42"),
        ("Step S09 did it.", "S09"),
        ("42. This is not a list.", "42"),
        ("They are 10-20 %.", "10"),
        ("[unverified: 42] or rather [unverified 43", "42"),
        ("three point five of them", "three point five"),
        ("Of chol, 197 patients.", "197"),
        ("chol is 0 in 77 rows.", "77"),
        ("18 in 80 of chol are missing.", "18 in 80"),
    ],
)
def test_what_it_does_not_say_is_marked(reply: str, number: str) -> None:
    text = said(reply)
    marks = [part.split("]")[0] for part in text.split("[unverified: ")[1:]]
    folded = [mark.replace(" ", "").replace("⁄", "/").casefold() for mark in marks]
    assert any(number.replace(" ", "").casefold() in mark for mark in folded), text


def test_a_number_of_the_question_is_no_fact() -> None:
    """The person's words are not part of the backing: asked whether 400 died, a yes does not make it so."""
    assert said("Yes, 400 died.") == "Yes, [unverified: 400] died."


def test_links_pictures_and_markup_are_taken_out() -> None:
    reply = (
        "![x](https://evil.example/?q=chol) Go [here](javascript:alert(1)) or [there][1] or https://evil.example/a "
        "or www.evil.example or evil.example/path?chol or <img src=x onerror=alert(1)> <script>alert(1)</script>"
        "&lt;iframe src=//evil.example&gt; [a [nested](http://b.example)](http://c.example) 192.0.2.1/x\n[1]: http://d.example"
    )
    shown = ground(reply, BACKING)
    assert set(shown.taken_out) == {"image", "link", "markup"}
    for trace in ("http", "evil", "<", ">", "javascript", "192", "onerror", "](", "example"):
        assert trace not in shown.text, (trace, shown.text)
    assert "here" in shown.text and "there" in shown.text


def test_names_are_put_back_and_their_figures_are_no_claim() -> None:
    shown = ground("column_7 is a name; see Column_7x.", BACKING, {"column_7": "Müller 1950"})
    assert shown.text.startswith("Müller 1950 is a name") and "Müller 1950x" not in shown.text


def test_a_pronoun_keeps_the_topic() -> None:
    assert "unverified" in said("Look at age. It lacks 202 values.")
    assert "unverified" not in said("Look at chol. It lacks 202 values.")


@given(
    st.integers(min_value=0, max_value=10**9), st.sampled_from(["{}", "{:,}", "n={}.", "({} rows)", "{} %", "**{}**"])
)
@settings(max_examples=300, deadline=None)
def test_any_other_number_is_marked(number: int, how: str) -> None:
    known = {920, 16, 736, 202, 172, 0, 197, 240, 54}
    text = said(f"There are {how.format(number)} of them")
    if number not in known and "%" not in how:
        assert "unverified" in text, text
    if number in known - {0} and "%" not in how:
        assert "unverified" not in text, text


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_it_and_no_digit_stands_unmarked(text: str) -> None:
    """Over an empty context every digit is in a mark, or is the number of a list's line."""
    shown = ground(text, Backing([], [])).text
    outside = "".join(part.partition("]")[2] if at else part for at, part in enumerate(shown.split("[unverified: ")))
    assert not [line for line in outside.splitlines() if any(char.isdigit() for char in line.lstrip("0123456789.) "))]


@given(
    st.lists(
        st.sampled_from(["age ", "has ", "13", "2 ", "rows. ", "Two ", "hundred ", "<b>", "[x](y) ", "It ", "is. "])
    )
)
@settings(max_examples=300, deadline=None)
def test_what_is_shown_early_holds_no_number_that_is_marked_later(parts: list[str]) -> None:
    reply = ""
    for part in parts:
        reply += part
        early = ground(settled(reply), Backing([], [])).text
        assert not any(char.isdigit() for char in early.replace("[unverified: ", "").split("]")[-1]), early
