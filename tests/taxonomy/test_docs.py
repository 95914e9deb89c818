"""The pages of the taxonomy are complete, linked and up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from climbdc_taxonomy import load
from climbdc_taxonomy.docs import main, page, pages

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "taxonomy"


def test_the_committed_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(COMMITTED), "--check"]) == 0, capsys.readouterr().err


def test_every_link_between_pages_leads_somewhere() -> None:
    for path, text in pages(load()).items():
        for target in re.findall(r"\]\(([^<)]+\.md)\)", text):
            assert (COMMITTED / path).parent.joinpath(target).resolve().is_file(), f"{path} -> {target}"


def test_a_page_says_all_that_the_entry_says() -> None:
    challenge = load()["leakage/known-later"]
    text = page(challenge)
    shown = [challenge.id, challenge.title, challenge.what, challenge.why, *challenge.symptoms, challenge.question.ask]
    shown += [part for option in challenge.question.options for part in (option.label, option.consequence)]
    shown += [f"`{tool}`" for tool in (*challenge.screen, *challenge.treat, *challenge.verify)]
    assert [part for part in shown if part not in text] == []
    assert "I am not sure (default)" in text
    assert "[doi:10.1145/2382577.2382579](<https://doi.org/10.1145/2382577.2382579>)" in text


def test_a_page_says_when_nothing_is_changed() -> None:
    assert "Reported only" in page(load()["representation/mixture"])
    assert "Treat: none" in page(load()["representation/mixture"])


def test_texts_do_not_break_the_tables() -> None:
    options = [option for challenge in load() for option in challenge.question.options]
    assert [option for option in options if "|" in option.label + option.consequence] == []


def test_writing_then_checking_agrees(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0
    assert len(list(tmp_path.rglob("*.md"))) == 45


def test_check_names_a_changed_a_missing_and_a_stray_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path)])
    (tmp_path / "labels" / "imbalance.md").write_text("old", encoding="utf-8")
    (tmp_path / "index.md").unlink()
    (tmp_path / "labels" / "gone.md").write_text("", encoding="utf-8")
    assert main([str(tmp_path), "--check"]) == 1
    message = capsys.readouterr().err
    assert "Out of date: index.md, labels/imbalance.md." in message
    assert "No challenge has these pages: labels/gone.md." in message
    assert (tmp_path / "labels" / "imbalance.md").read_text(encoding="utf-8") == "old"


def test_the_entry_of_the_guide_is_sound(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "adding-a-challenge.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.+?)```", guide, flags=re.DOTALL)
    assert block
    entry = block[1].replace("after: [structure/unreadable-file]", "after: []")
    (tmp_path / "structure.yaml").write_text(entry, encoding="utf-8")
    assert [challenge.id for challenge in load(tmp_path)] == ["structure/merged-cells"]
