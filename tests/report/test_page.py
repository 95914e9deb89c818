"""The report says what the facts say, to anyone, offline, and the same way every time."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, get_args

import pytest

from climbdc.report._figures import LARGEST, Pictures
from climbdc.report._page import CONTENTS, render_report
from climbdc.sdk import Figure

from .facts import EVIL, FACTS, Page, facts, minimal


@pytest.fixture(scope="module")
def html() -> str:
    return render_report(FACTS)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_section_is_there_and_headings_are_in_order(page: Page) -> None:
    ids = page.ids()
    assert [name for name in ids if name in dict(CONTENTS)] == [name for name, _ in CONTENTS]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_tags_are_balanced_ids_unique_and_links_lead_somewhere(page: Page) -> None:
    ids = page.ids()
    assert page.open == []
    assert len(ids) == len(set(ids))
    inside = [str(a["href"])[1:] for _, a in page.tags if str(a.get("href") or "").startswith("#")]
    assert inside and set(inside) <= set(ids)


def test_every_finding_and_step_is_on_the_page(page: Page) -> None:
    wanted = [f"finding-{f['id']}" for f in FACTS["findings"]]
    wanted += [f"step-{s['id']}" for s in FACTS["steps"] + FACTS["not_done"]]
    assert set(wanted) <= set(page.ids())
    for finding in FACTS["findings"]:
        assert finding["sentence"] in page.text


def test_nothing_is_requested_from_outside(html: str, page: Page) -> None:
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            address = attributes.get(name)
            if address is not None and not address.startswith(("#", "data:")):
                assert tag == "a" and address.startswith("https://doi.org/")
        assert tag not in {"script", "link", "iframe", "object", "embed", "base"}
    assert not re.search(r"@import|url\((?!#)", html)


def test_same_facts_same_bytes(html: str) -> None:
    assert render_report(facts()) == html


def test_pictures_have_titles_and_tables_captions(html: str, page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table")
    assert html.count('<svg role="img"') == tags.count("figure") > 5
    assert len(re.findall(r'<svg role="img"[^>]*><title>[^<]+</title>', html)) == tags.count("figure")


def test_numbers_are_those_of_the_facts(page: Page) -> None:
    assert "920 rows" in page.text
    assert "0.881 (0.857 to 0.905)" in page.text
    assert "+0.014 (+0.004 to +0.025)" in page.text
    assert "1,350 cells were changed" in page.text  # 138 + 9 + 1203
    assert "184 rows were sealed for the test" in page.text


def test_inflated_scores_are_called_so(page: Page) -> None:
    warning = "Scores with the leaks in are not a fair start."
    assert warning in page.text
    metrics = {**FACTS["metrics"], "before_without_leaks": FACTS["metrics"]["before"]}
    assert warning not in Page(render_report(facts(metrics=metrics))).text


def test_a_leaks_removal_is_not_called_a_loss(page: Page) -> None:
    assert "lower, as it must be without the leak" in page.text


def test_flow_splits_where_rows_add_up(html: str) -> None:
    assert html.count('class="box sealed"') == 1
    assert "− 2 rows" in html
    assert "− 184 rows" not in html and "− 550 rows" not in html


def swap(value: Any) -> Any:
    """Every text of the facts replaced, keys of mappings by column too; what the page must know stays."""
    fixed = {"kind", "severity", "screening", "dimension", "better", "status", "verdict", "type", "known_at"}
    if isinstance(value, dict):
        named = {"low", "high", "before", "after", "edges", "labels", "values", "counts", "columns", "rows", "series"}
        return {key: each if key in fixed else swap(each) for key, each in value.items()} | (
            {}
            if named & set(value) or not value
            else {EVIL: 1}
            if all(isinstance(v, int) for v in value.values())
            else {}
        )
    if isinstance(value, list):
        return [swap(each) for each in value]
    return EVIL if isinstance(value, str) and not re.fullmatch(r"[01]+", value) else value


def test_no_text_of_the_data_becomes_markup() -> None:
    html = render_report(swap(FACTS))
    page = Page(html)
    assert "<script" not in html.lower()
    assert EVIL in page.text
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_odd_characters_do_not_break_the_page() -> None:
    odd = facts(title="nul\x00\x1b 数据 \u202e")
    odd["missing"] = {"before": {"\x00λ": 0.5, "数据": 1.0}, "after": {}}
    odd["distributions"] = [
        {"column": "数据\x0b", "before": {"labels": ["\x00é", "$"], "values": [1, None]}, "after": {}}
    ]
    html = render_report(odd)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", html)
    assert "数据" in html
    assert Page(html).open == []


@pytest.mark.parametrize("kind", ["none", "binary", "multiclass", "numeric", "survival"])
def test_empty_facts_make_a_whole_page(kind: str) -> None:
    page = Page(render_report(minimal(kind)))
    assert {name for name, _ in CONTENTS} <= set(page.ids())
    assert page.open == []
    assert "None" not in page.text.replace("None of the tools", "").replace("None.", "")


def test_survival_names_time_and_event() -> None:
    goal = {"target": "died", "kind": "survival", "duration": "years", "event": "died"}
    text = Page(render_report(facts(goal=goal))).text
    assert "time until died (follow-up: years)" in text
    assert "follow-up time years" in text


def test_nothing_to_predict_is_said() -> None:
    goal = {"target": None, "kind": "none", "duration": None, "event": None}
    empty: dict[str, Any] = {
        "before": [],
        "before_without_leaks": [],
        "after": [],
        "differences": [],
        "test": None,
        "trials": [],
    }
    text = Page(render_report(facts(goal=goal, metrics=empty))).text
    assert "makes the values right and nothing else" in text
    assert "Without an outcome there is no model to compare." in text


def test_no_row_values_of_the_evidence_are_shown() -> None:
    told = facts()
    told["findings"][0]["evidence"] = {"examples": ["Jane Roe, 1950"], "rows": [{"name": "Jane Roe"}], "share": 0.25}
    text = Page(render_report(told)).text
    assert "Jane Roe" not in text
    assert "0.25" in text


def test_the_unsafe_and_the_unattended_are_told() -> None:
    text = Page(render_report(facts(expert="auto", sandbox={"backend": "none", "unsafe": True}))).text
    assert "No sandbox." in text and "No person was asked." in text
    assert "No person was asked." not in Page(render_report(facts())).text


def test_only_a_persons_decision_carries_its_time(page: Page) -> None:
    assert "2026-01-01T09:30:00" in page.text
    assert "2026-01-01T00:00:00" not in page.text


def test_a_wide_table_stays_small() -> None:
    names = [f"column_with_a_long_name_{n:03}" for n in range(50)]
    told = facts(missing={"before": dict.fromkeys(names, 0.3), "after": dict.fromkeys(names, 0.0)})
    histogram = {"edges": list(range(41)), "counts": list(range(40))}
    told["distributions"] = [{"column": name, "before": histogram, "after": histogram} for name in names]
    one = {"kind": "histogram", "title": "values", "data": histogram}
    told["findings"] = [{**FACTS["findings"][2], "id": f"F{n}", "figures": [one]} for n in range(50)]
    html = render_report(told)
    assert len(html.encode()) < 3_000_000
    assert "pictures left out of this page" in html


BIG = [f"c{n}" for n in range(60)]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("bars", {"labels": BIG, "values": list(range(60))}),
        ("rank", {"labels": ["a", "$x_{", "<b>"], "values": [0.9, None, 0.1], "threshold": 0.8}),
        ("histogram", {"edges": list(range(201)), "counts": [1] * 200}),
        ("compare", {"edges": [0, 1, 2], "series": {"_hidden": [1, 2], "after & before": [0, 3]}}),
        ("line", {"x": list(range(5000)), "series": {"loss": list(range(5000))}}),
        ("heatmap", {"labels": BIG, "values": [[0.1] * 60] * 60}),
        ("missingness", {"columns": BIG, "rows": ["01" * 30] * 500}),
        ("bars", {"labels": ["a", "b"], "values": [0.2, 0.1], "low": [0.1, 0.0], "high": [0.3, None]}),
        (
            "steps",
            {
                "x": list(range(900)),
                "series": {"$a_b$": [1] * 900, "b": [0.5] * 900},
                "low": {"b": [0.4] * 900},
                "high": {"b": [0.6] * 900},
            },
        ),
        (
            "calibration",
            {
                "predicted": [0.1, 0.9],
                "observed": [0.2, 0.8],
                "low": [0.1, 0.7],
                "high": [0.3, 0.9],
                "counts": [50, 60],
                "x_label": "<says>",
            },
        ),
    ],
)
def test_each_kind_of_picture_is_drawn_small_and_alike(kind: Any, data: dict[str, Any]) -> None:
    figure = Figure(kind=kind, title="A <title>", data=data)
    first, second = Pictures().of("p", figure), Pictures().of("p", figure)
    assert first is not None and second is not None
    assert first.svg == second.svg
    assert len(first.svg) < LARGEST
    assert "<title>A &lt;title&gt;" in first.svg
    assert not re.search(r"#0102|https?:", first.svg)


@pytest.mark.parametrize("kind", get_args(Figure.model_fields["kind"].annotation))
def test_a_picture_of_nothing_is_left_out(kind: Any) -> None:
    pictures = Pictures()
    empty: dict[str, Any] = {"labels": [], "values": [], "edges": [], "counts": [], "series": {}, "x": [], "rows": []}
    empty |= {"predicted": [], "observed": [], "low": [], "high": []}
    assert pictures.of("a", Figure(kind=kind, title="nothing", data={**empty, "columns": []})) is None
    assert pictures.of("b", Figure(kind=kind, title="nothing", data={})) is None
    assert pictures.left_out == 2


def test_a_table_of_a_finding_is_a_table() -> None:
    data = {"columns": ["group", "rows", "share"], "rows": [[EVIL, 1234, 0.25], ["men", 7, None]]}
    told = facts()
    told["findings"][0]["figures"] = [{"kind": "table", "title": "By <sex>", "data": data}]
    html = render_report(told)
    page = Page(html)
    assert page.open == [] and "<script" not in html
    assert f"By <sex> group rows share {EVIL} 1,234 0.25 men 7 –" in page.text
    ragged = Figure(kind="table", title="t", data={"columns": ["a"], "rows": [[1, 2]]})
    assert Pictures().of("t", ragged) is None
    long = Pictures().of(
        "t", Figure(kind="table", title="t", data={"columns": ["a"], "rows": [[n] for n in range(99)]})
    )
    assert long is not None and len(long.rows) == 40 and long.note == "The first 40 of 99 rows are shown."


def test_checks_that_did_not_apply_are_not_counted_as_having_looked() -> None:
    screened = {"tools": ["a_tool", "b_tool", "c_tool"], "not_applicable": {"b_tool": "no"}, "failed": {"c_tool": "x"}}
    text = Page(render_report(facts(screened=screened))).text
    assert "1 check looked" in text
    assert "Checks that failed (1)" in text


def test_jobs_that_failed_are_named_with_the_limit_they_hit() -> None:
    limits = [{"wall_seconds": 900.0, "memory_mb": 4096, "output_mb": 2048}]
    failed = [
        {"verb": "look", "tool": EVIL, "outcome": "limit-hit", "limit": "memory"},
        {"verb": "fit", "tool": "impute", "outcome": "tool-failed", "limit": ""},
    ]
    ran = {"backend": "docker", "unsafe": False, "jobs": 1234, "limits": limits, "failed": failed}
    text = Page(render_report(facts(sandbox=ran))).text
    allowed = "1,234; each allowed 900 seconds, 4,096 MiB of memory, 2,048 MiB of answer"
    assert f"Jobs run there {allowed} Jobs that failed 2: " in text
    assert "(limit hit: memory); impute (tool failed)" in text and EVIL in text
    many = {**ran, "failed": failed * 20}
    assert "and more" in Page(render_report(facts(sandbox=many))).text
    assert "Jobs that failed none" in Page(render_report(facts(sandbox={**ran, "failed": []}))).text
    assert "Jobs run there" not in Page(render_report(minimal())).text


def test_a_session_without_a_model_says_so() -> None:
    page = Page(render_report(facts()))
    assert (
        "No language model was asked, and nothing left the computer." in page.text
        and "model_ledger.jsonl" not in page.text
    )


def test_the_total_of_a_model_is_told() -> None:
    purposes = [{"purpose": "assess", "counts": [5, 9000, 400]}, {"purpose": EVIL, "counts": [2, 100, 7]}]
    asked = {
        "models": ["small", EVIL], "disclosure": "aggregates", "calls": 7, "failed": 2, "tokens_in": 9100,
        "tokens_out": 407, "estimated": 1, "cost": 0.0123, "purposes": purposes,
    }  # fmt: skip
    html = render_report(facts(model=asked))
    text = Page(html).text
    for part in (
        "7, 2 of them without a usable answer", "9,100 sent, 407 received; estimated for 1 call",
        "0.0123, in the currency", "never a row", "assess 5 9,000 400",
    ):  # fmt: skip
        assert part in text
    assert "<script" not in html
    assert "no price was set" in Page(render_report(facts(model={**asked, "cost": 0.0}))).text
