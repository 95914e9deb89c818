"""What is removed at opening: folders of dead hosts of this user, and nothing that others put there by that name."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pytest

from climbdc.sandbox.backends._sweep import owner, sweep_folders

DEAD = f"climbdc-{owner().partition('-')[0]}-999999999-1-"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def swept() -> list[str]:
    """What a sweep removed; fails when it stands still."""
    removed: list[str] = []
    thread = threading.Thread(target=lambda: removed.extend(sweep_folders()), daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "the sweep waits for something"
    return removed


def test_a_pipe_inside_or_beside_stops_nothing(place: Path) -> None:
    os.mkfifo(place / f"{DEAD}pipe")
    (place / f"{DEAD}a").mkdir()
    os.mkfifo(place / f"{DEAD}a" / "inside")
    (place / f"climbdc-{owner()}-b").mkdir()
    assert swept() == [f"folder {DEAD}a"]
    assert {path.name for path in place.iterdir()} == {f"{DEAD}pipe", f"climbdc-{owner()}-b"}


def test_a_link_is_not_followed(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("kept") / "file"
    kept.touch()
    (place / f"{DEAD}link").symlink_to(kept.parent)
    (place / f"{DEAD}file").touch()
    (place / f"{DEAD}a").mkdir()
    (place / f"{DEAD}a" / "link").symlink_to(kept.parent)
    assert swept() == [f"folder {DEAD}a"]
    assert kept.exists() and (place / f"{DEAD}link").is_symlink() and (place / f"{DEAD}file").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of somebody else")
def test_a_folder_of_somebody_else_stays(place: Path) -> None:
    folder = place / f"{DEAD}theirs"
    folder.mkdir()
    os.chown(folder, 12_345, 12_345)
    assert swept() == []
    assert folder.is_dir()
