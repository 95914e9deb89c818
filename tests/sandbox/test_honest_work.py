"""What the sandbox must not break: the libraries that tools use, inside a job of every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from climbdc.jobs import PRELOAD
from climbdc.sandbox import Job, JobLimits, LimitHit, Ok, Sandbox, open_sandbox

LIMITS = JobLimits(wall_seconds=60, memory_mb=1024)
PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def workshop(backend: str) -> Iterator[Sandbox]:
    folder = Path(__file__).parent
    with open_sandbox(backend, handler="honest_handlers:handle", preload=PRELOAD, readable=[folder]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("work", "found"),
    [
        ("kmeans", 2),
        ("tsne", [200, 2]),
        ("boosting", True),
        ("forest_of_two_workers", True),
        ("searched_with_two_workers", True),
        ("joblib_with_two_workers", [1, 2, 3]),
        ("cox", True),
        ("event_loop", [2, 4]),
        ("database", 200),
        ("time_zones", "6"),
        ("parquet", 200),
        ("threads_of_libraries", True),
        ("refused_politely", ["OSError"] * 3),
    ],
)
def test_a_library_works(workshop: Sandbox, work: str, found: Any) -> None:
    outcome = workshop.run(Job(work, {}, limits=LIMITS))
    assert isinstance(outcome, Ok), outcome
    assert outcome.payload == {"found": found}


@pytest.mark.parametrize("work", ["picture", "picture_of_gaps"])
def test_a_picture_is_drawn(workshop: Sandbox, work: str) -> None:
    outcome = workshop.run(Job(work, {}, limits=LIMITS))
    assert isinstance(outcome, Ok), outcome
    if outcome.payload == {"found": "not here"}:
        assert workshop.name == "docker", "only the image may be without missingno"
        return
    assert outcome.blobs["picture"].startswith(PNG) and len(outcome.blobs["picture"]) > 1000


def test_a_library_that_wants_processes_is_told_of(workshop: Sandbox) -> None:
    outcome = workshop.run(Job("label_issues_in_processes", {}, limits=LIMITS))
    assert isinstance(outcome, LimitHit) and outcome.limit == "processes", outcome
    assert "n_jobs=1" in outcome.detail
