"""Limits by themselves."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from climbdc_ui.people import Claims, Files, Limits, TooMuch
from climbdc_ui.people._limits import Rate


def test_a_bucket_fills_again_and_each_has_its_own() -> None:
    at = [0.0]
    rate = Rate(60, lambda: at[0])
    assert [rate.take("a") for _ in range(60)] == [0] * 60 and rate.take("a") == 1 and rate.take("b") == 0
    at[0] += 2
    assert [rate.take("a") for _ in range(3)] == [0, 0, 1]
    for number in range(10_050):
        rate.take(str(number))
    at[0] += 61
    rate.take("c")
    assert len(rate._buckets) < 10, "those who have not asked for long are forgotten"


def test_uploads_at_once_are_few(tmp_path: Path) -> None:
    limits = Limits(tmp_path)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(limits.upload("anna", "10"))
        with pytest.raises(TooMuch) as much, limits.upload("anna", "10"):
            pass
        assert much.value.status == 429 and "on their way already" in much.value.words
        for person in "bcdefgh":
            held.enter_context(limits.upload(person, "10"))
            with ExitStack() as more:
                for _ in range(2):
                    try:
                        more.enter_context(limits.upload(person, "10"))
                    except TooMuch as busy:
                        assert "Many files" in busy.words
    with limits.upload("anna", "10"):
        pass


@pytest.mark.parametrize("length", ["", "-1", "1e3", "0x10", "x", " 1"])
def test_an_upload_says_its_size(tmp_path: Path, length: str) -> None:
    with pytest.raises(TooMuch) as much, Limits(tmp_path).upload("a", length):
        pass
    assert much.value.status == 411


def test_pages_open_at_once_are_bounded(tmp_path: Path) -> None:
    limits = Limits(tmp_path)
    with ExitStack() as held:
        for _ in range(64):
            held.enter_context(limits.at_once("anna"))
        with pytest.raises(TooMuch), limits.at_once("anna"):
            pass
        with limits.at_once("ben"):
            pass
    with limits.at_once("anna"):
        pass


def test_names_are_first_come_first_served() -> None:
    claims = Claims()
    assert claims.take("x", "anna") and claims.take("x", "anna") and not claims.take("x", "ben")


def test_old_uploads_are_swept_away(tmp_path: Path) -> None:
    files, old, new = Files(tmp_path), tmp_path / "a" / "old.csv", tmp_path / "new.csv"
    old.parent.mkdir()
    for path in (old, new):
        path.write_text("a")
    os.utime(old, (1, 1))
    assert files.sweep() == 1 and new.exists() and not old.exists()
