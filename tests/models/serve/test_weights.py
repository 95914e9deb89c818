"""The table of models, and what counts as the file wanted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from climbdc.errors import InputError
from climbdc.models.serve import DEFAULT_SIZE, is_whole, models_folder, weights_of, weights_table


def test_each_model_says_where_it_comes_from() -> None:
    table = weights_table()
    assert DEFAULT_SIZE in table and len({item.sha256 for item in table.values()}) == len(table)
    for item in table.values():
        assert item.file.endswith(".gguf") and item.licence == "Apache-2.0" and item.revision in item.page


def test_a_size_is_found_in_any_case_and_an_unknown_one_names_those_there_are() -> None:
    assert weights_of("0.5B") is weights_table()["0.5b"]
    with pytest.raises(InputError, match=r"0\.5b, 1\.5b") as caught:
        weights_of("70b")
    assert caught.value.code == "unknown-model"


def test_models_lie_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "climbdc" / "models"


def test_a_file_of_another_size_or_content_is_not_it(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF and more")
    wanted = weights_of("0.5b").model_copy(update={"bytes": 13, "sha256": hashlib.sha256(b"GGUF and more").hexdigest()})
    assert is_whole(file, wanted)
    assert not is_whole(file, wanted.model_copy(update={"bytes": 14}))
    file.write_bytes(b"GGUF and less")
    assert not is_whole(file, wanted) and not is_whole(tmp_path / "none.gguf", wanted)
