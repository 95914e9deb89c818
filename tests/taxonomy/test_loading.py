"""Each rule on a taxonomy file, broken on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from climbdc_taxonomy import Taxonomy, TaxonomyError, load

Entry = dict[str, Any]


def entry(**changes: object) -> Entry:
    options = [{"value": v, "label": v.capitalize(), "consequence": "Something follows."} for v in ("keep", "drop")]
    good: Entry = {
        "id": "labels/first",
        "dimension": "labels",
        "title": "A title",
        "what": "What it is.",
        "why": "Why it matters.",
        "kahn": "none",
        "symptoms": ["A sign."],
        "question": {"ask": "Keep it?", "options": options},
        "screen": ["look"],
        "treat": ["act"],
        "verify": ["look"],
        "report_only": False,
        "after": [],
        "default": "keep",
        "references": ["A book, 2020"],
    }
    return good | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, *entries: Entry, name: str = "labels.yaml") -> Taxonomy:
    (folder / name).write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return load(folder)


def test_a_sound_entry_is_read(folder: Path) -> None:
    taxonomy = read(folder, entry(), entry(id="labels/second", after=["labels/first"]))
    assert taxonomy.order == ("labels/first", "labels/second")


def test_order_breaks_ties_by_place_and_not_by_name(folder: Path) -> None:
    taxonomy = read(folder, entry(id="labels/z"), entry(id="labels/m", after=["labels/a"]), entry(id="labels/a"))
    assert taxonomy.order == ("labels/z", "labels/a", "labels/m")


def test_report_only_needs_no_treatment(folder: Path) -> None:
    assert read(folder, entry(treat=[], report_only=True))["labels/first"].treat == ()


QUESTION = entry()["question"]
BROKEN = {
    "no option is the default": (entry(default="other"), r"default 'other'.*\['keep', 'drop'\].*Name one"),
    "screen is empty": (entry(screen=[]), "screen is empty"),
    "treat is empty": (entry(treat=[]), "treat is empty.*report_only: true"),
    "no references": (entry(references=[]), "references"),
    "a blank reference": (entry(references=["  "]), r"references\.0"),
    "a blank text": (entry(what=" "), "what"),
    "no symptoms": (entry(symptoms=[]), "symptoms"),
    "an unknown field": (entry(tresat=["act"]), "tresat"),
    "an unknown Kahn category": (entry(kahn="tidiness"), "kahn"),
    "a yes that YAML made a truth value": (entry(title=True), "title"),
    "a tool with hyphens": (entry(screen=["look-here"]), r"screen\.0"),
    "one option alone": (entry(question=QUESTION | {"options": QUESTION["options"][:1]}), r"question\.options"),
    "an option twice": (entry(question=QUESTION | {"options": QUESTION["options"] * 2}), r"\['drop', 'keep'\] occur"),
    "an unknown predecessor": (entry(after=["labels/nothing"]), "'labels/nothing', which is no challenge"),
    "itself as predecessor": (entry(after=["labels/first"]), "its own `after`"),
    "the dimension of another file": (entry(dimension="leakage"), "must begin with 'labels'"),
    "an unknown dimension": (entry(dimension="luck"), "dimension"),
}


@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_entry_is_named(folder: Path, broken: Entry, message: str) -> None:
    with pytest.raises(TaxonomyError, match=rf"^labels\.yaml, labels/first: .*{message}"):
        read(folder, broken)


@pytest.mark.parametrize("field", entry())
def test_no_field_may_be_left_out(folder: Path, field: str) -> None:
    broken = {key: value for key, value in entry().items() if key != field}
    name = "entry 1" if field == "id" else "labels/first"
    with pytest.raises(TaxonomyError, match=rf"^labels\.yaml, {name}: {field}: Field required"):
        read(folder, broken)


def test_an_id_of_another_dimension_is_refused(folder: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"^labels\.yaml, leakage/first: dimension and id must begin"):
        read(folder, entry(id="leakage/first"))


def test_an_id_occurs_once(folder: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"labels/first: the id occurs twice"):
        read(folder, entry(), entry())


def test_a_cycle_is_named(folder: Path) -> None:
    chain = [entry(id=f"labels/{a}", after=[f"labels/{b}"]) for a, b in ("ab", "bc", "ca")]
    with pytest.raises(TaxonomyError, match="wait for each other: ") as caught:
        read(folder, entry(), *chain)
    assert "labels/first" not in str(caught.value)
    assert all(f"labels/{name}" in str(caught.value) for name in "abc")


def test_a_cycle_over_two_files_is_found(folder: Path) -> None:
    leak = entry(id="leakage/x", dimension="leakage", after=["labels/first"])
    (folder / "leakage.yaml").write_text(yaml.safe_dump([leak]), encoding="utf-8")
    with pytest.raises(TaxonomyError, match="leakage/x"):
        read(folder, entry(after=["leakage/x"]))


def test_a_file_of_no_dimension_is_refused(folder: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"luck\.yaml: 'luck' is not a dimension.*structure, completeness"):
        read(folder, entry(), name="luck.yaml")


@pytest.mark.parametrize("text", ["", "just words", "labels: {}"])
def test_a_file_without_a_list_is_refused(folder: Path, text: str) -> None:
    (folder / "labels.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"labels\.yaml holds .*, not a list"):
        load(folder)


@pytest.mark.parametrize("content", [b"- {id: [", b"- \xff\xfe\x00"])
def test_a_file_that_is_not_yaml_is_refused(folder: Path, content: bytes) -> None:
    (folder / "labels.yaml").write_bytes(content)
    with pytest.raises(TaxonomyError, match=r"labels\.yaml is not YAML"):
        load(folder)


def test_an_entry_that_is_no_mapping_is_refused(folder: Path) -> None:
    (folder / "labels.yaml").write_text("- words", encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"labels\.yaml, entry 1: the entry"):
        load(folder)


def test_an_empty_folder_is_refused(folder: Path) -> None:
    with pytest.raises(TaxonomyError, match="holds no taxonomy"):
        load(folder)
