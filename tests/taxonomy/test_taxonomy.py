"""The shipped taxonomy: what it holds, how it orders, how it prints."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from pydantic import ValidationError

from climbdc_taxonomy import DIMENSIONS, Challenge, TaxonomyError, UnknownChallengeError, load

TAXONOMY = load()

COUNTS = {
    "structure": 8,
    "completeness": 5,
    "plausibility": 5,
    "labels": 4,
    "leakage": 5,
    "privacy": 1,
    "features": 4,
    "representation": 6,
    "evaluation": 6,
}

LEAKS = [challenge.id for challenge in TAXONOMY if challenge.dimension in ("leakage", "privacy")]


def ids(dimension: str) -> list[str]:
    return [challenge.id for challenge in TAXONOMY if challenge.dimension == dimension]


def test_it_holds_9_dimensions_and_44_challenges() -> None:
    assert len(TAXONOMY) == 44
    assert Counter(challenge.dimension for challenge in TAXONOMY) == COUNTS


def test_it_goes_through_the_dimensions_in_their_order() -> None:
    assert tuple(dict.fromkeys(challenge.dimension for challenge in TAXONOMY)) == DIMENSIONS


def test_only_mixture_and_ordering_are_reported_only() -> None:
    assert [c.id for c in TAXONOMY if c.report_only] == ["representation/mixture", "representation/ordering"]


@pytest.mark.parametrize("challenge", TAXONOMY, ids=lambda challenge: challenge.id)
def test_why_names_one_of_the_references(challenge: Challenge) -> None:
    sources = []
    for reference in challenge.references:
        author = re.match(r"(.+?) [A-Z]{1,4}[,.]", reference)
        year = re.search(r"\b(?:19|20)\d\d\b", reference)
        assert year, f"no year: {reference}"
        sources += [(author[1], year[0])] if author else []
    assert any(author.lower() in challenge.why.lower() and year in challenge.why for author, year in sources)


@pytest.mark.parametrize("challenge", TAXONOMY, ids=lambda challenge: challenge.id)
def test_each_challenge_can_be_verified(challenge: Challenge) -> None:
    assert challenge.verify
    assert challenge.default_option.value == challenge.default


def test_a_missing_answer_never_relabels_or_drops_patients_that_may_be_true() -> None:
    assert TAXONOMY["labels/label-noise"].default == "leave"
    assert TAXONOMY["plausibility/outliers"].default == "keep"
    assert TAXONOMY["plausibility/duplicates"].default == "drop_exact"
    assert TAXONOMY["completeness/missing-target"].default == "drop"


def test_one_reference_is_written_in_one_way() -> None:
    by_doi: dict[str, set[str]] = {}
    for reference in (reference for challenge in TAXONOMY for reference in challenge.references):
        if found := re.search(r"doi:(\S+)", reference):
            by_doi.setdefault(found[1], set()).add(reference)
    assert [texts for texts in by_doi.values() if len(texts) > 1] == []


def test_order_holds_each_challenge_once_and_after_what_it_must_follow() -> None:
    place = {challenge: at for at, challenge in enumerate(TAXONOMY.order)}
    assert sorted(place) == sorted(challenge.id for challenge in TAXONOMY)
    for challenge in TAXONOMY:
        assert all(place[earlier] < place[challenge.id] for earlier in challenge.after)


def test_order_starts_by_reading_and_ends_with_evaluation() -> None:
    assert TAXONOMY.order[:2] == ("structure/unreadable-file", "structure/multiple-files")
    evaluation = [challenge for challenge in ids("evaluation") if challenge != "evaluation/split"]
    assert list(TAXONOMY.order[-len(evaluation) :]) == evaluation


def test_ties_fall_in_the_order_of_the_files() -> None:
    place = TAXONOMY.order.index
    assert not TAXONOMY.must_follow("completeness/disguised-missing", "structure/inconsistent-values")
    assert place("structure/inconsistent-values") < place("completeness/disguised-missing")


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("structure/column-meaning", "structure/unreadable-file"),
        ("structure/wrong-type", "structure/column-meaning"),
        ("structure/inconsistent-values", "structure/wrong-type"),
        ("completeness/disguised-missing", "structure/wrong-type"),
        ("plausibility/impossible-values", "completeness/disguised-missing"),
        ("plausibility/impossible-values", "structure/mixed-units"),
        ("structure/repeated-measures", "structure/free-text"),
        ("evaluation/split", "structure/repeated-measures"),
        ("evaluation/split", "plausibility/duplicates"),
        ("evaluation/split", "completeness/missing-target"),
        ("completeness/missing-values", "completeness/informative-missingness"),
        ("completeness/missing-values", "completeness/sparse-columns"),
        ("features/high-cardinality", "completeness/missing-values"),
        ("features/selection", "completeness/missing-values"),
        ("leakage/identifiers", "structure/repeated-measures"),
        ("privacy/personal-data", "structure/wrong-type"),
    ],
)
def test_clinical_order(later: str, earlier: str) -> None:
    assert TAXONOMY.must_follow(later, earlier)
    assert not TAXONOMY.must_follow(earlier, later)


@pytest.mark.parametrize("later", [*LEAKS, *ids("labels"), *ids("features"), *ids("representation")])
def test_what_looks_at_the_target_follows_the_split(later: str) -> None:
    assert TAXONOMY.must_follow(later, "evaluation/split")


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("later", ["completeness/missing-values", "labels/label-noise", "features/selection"])
def test_leaks_are_settled_before_anything_is_learnt(later: str, leak: str) -> None:
    assert TAXONOMY.must_follow(later, leak)


def test_evaluation_comes_last() -> None:
    judged = [c for c in ids("evaluation") if c != "evaluation/split"]
    others = [c.id for c in TAXONOMY if c.dimension != "evaluation"]
    assert [(j, o) for j in judged for o in others if not TAXONOMY.must_follow(j, o)] == []


def test_nothing_follows_itself() -> None:
    assert not any(TAXONOMY.must_follow(challenge.id, challenge.id) for challenge in TAXONOMY)


def test_by_tool_gives_every_challenge_that_names_the_tool() -> None:
    assert [c.id for c in TAXONOMY.by_tool("find_identifiers")] == ["leakage/identifiers"]
    assert "completeness/missing-values" in {c.id for c in TAXONOMY.by_tool("impute")}
    assert TAXONOMY.by_tool("no_such_tool") == ()


def test_json_has_the_keys_of_the_contract_in_their_order() -> None:
    entries = json.loads(json.dumps(TAXONOMY.as_json()))
    assert len(entries) == 44
    for entry in entries:
        assert list(entry) == ("id dimension title kahn after screen treat verify report_only question default".split())
        assert list(entry["question"]) == ["ask", "options"]
        assert all(list(option) == ["value", "label", "consequence"] for option in entry["question"]["options"])


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownChallengeError, match=r"'leakage/known-late'.*Did you mean 'leakage/known-later'\?"):
        TAXONOMY["leakage/known-late"]
    with pytest.raises(KeyError, match="climbdc taxonomy"):
        TAXONOMY["§"]
    with pytest.raises(TaxonomyError):
        TAXONOMY.must_follow("leakage/known-later", "nothing")


def test_get_and_contains() -> None:
    assert TAXONOMY.get("nothing") is None
    assert "leakage/known-later" in TAXONOMY
    assert "nothing" not in TAXONOMY


def test_entries_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TAXONOMY["labels/imbalance"].title = "Something else"


def test_it_is_read_once() -> None:
    assert load() is TAXONOMY
