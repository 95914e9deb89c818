"""A hospital's own challenges lie over the shipped ones, without a file of the installation being touched."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from climbdc.cli import main
from climbdc.settings import Settings
from climbdc_taxonomy import TaxonomyError, load

SHIPPED = load()["structure/wrong-type"].model_dump(mode="json")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the environment names."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CLIMBDC_TAXONOMY_DIR", str(folder))
    return folder


def write(folder: Path, **changes: object) -> None:
    (folder / "structure.yaml").write_text(yaml.safe_dump([{**SHIPPED, **changes}]), "utf-8")


def test_an_entry_of_ones_own_is_added_in_its_place(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(own, id="structure/merged-cells", after=["structure/unreadable-file"])
    together = load()
    ids = [challenge.id for challenge in together]
    assert "structure/merged-cells" in together
    assert ids.index("structure/merged-cells") < ids.index("completeness/disguised-missing")
    assert together.must_follow("structure/merged-cells", "structure/unreadable-file")
    monkeypatch.delenv("CLIMBDC_TAXONOMY_DIR")
    assert "structure/merged-cells" not in load() and len(load()) == len(together) - 1


def test_an_entry_of_a_known_id_replaces_it(own: Path) -> None:
    write(own, title="Another title")
    assert load()["structure/wrong-type"].title == "Another title"


def test_a_setting_names_the_folder_too(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIMBDC_TAXONOMY_DIR", "elsewhere")
    Settings(taxonomy_dir=own).export()
    write(own, title="Another title")
    assert load()["structure/wrong-type"].title == "Another title"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"after": ["structure/nowhere"]}, "structure/nowhere"),
        ({"default": "none_of_them"}, "none of the options"),
        ({"after": ["evaluation/baseline"], "id": "structure/unreadable-file"}, "wait for each other"),
    ],
)
def test_a_broken_entry_is_told_in_a_sentence(
    own: Path, changes: dict[str, object], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(own, **changes)
    with pytest.raises(TaxonomyError, match=why):
        load()
    with pytest.raises(SystemExit) as ended:
        main(["taxonomy"])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and why in told and "Traceback" not in told


def test_a_folder_without_a_file_is_told(own: Path) -> None:
    with pytest.raises(TaxonomyError, match="holds no taxonomy"):
        load()
