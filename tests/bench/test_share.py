"""Whose time it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.bench import share_of
from climbdc.store import Store


def _store(folder: Path, runs: list[dict[str, float]]) -> None:
    store = Store(folder)
    session = store.create("registry.csv", {})
    for body in runs:
        session.add_run("look", "missing_values", "landlock", "Ok", body)
    store.close()


def test_jobs_side_by_side_count_once(tmp_path: Path) -> None:
    _store(
        tmp_path,
        [
            {"start": 1.0, "wall": 2.0, "cpu": 1.5},
            {"start": 2.0, "wall": 2.0, "cpu": 2.0},
            {"start": 6.0, "wall": 1.0, "cpu": 1.0},
        ],
    )
    share = share_of(tmp_path, wall_seconds=10.0)
    assert share is not None
    assert share.tools_seconds == pytest.approx(4.0)
    assert share.jobs_seconds == pytest.approx(5.0)
    assert share.jobs_cpu_seconds == pytest.approx(4.5)
    assert share.ours == pytest.approx(0.6)


def test_jobs_that_were_not_timed_are_counted_but_take_no_time(tmp_path: Path) -> None:
    _store(tmp_path, [{"start": 0.0, "wall": 1.0, "cpu": 1.0}, {}])
    share = share_of(tmp_path, wall_seconds=2.0)
    assert share is not None
    assert (share.jobs, share.ours) == (2, 0.5)


def test_without_any_job_there_is_no_share(tmp_path: Path) -> None:
    _store(tmp_path, [])
    assert share_of(tmp_path, wall_seconds=2.0) is None
