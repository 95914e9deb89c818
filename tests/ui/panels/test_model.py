"""What a language model saw, and which tools ran where."""

from __future__ import annotations

from collections.abc import Callable

from climbdc.copilot import Session
from climbdc_ui._acts import Seat
from climbdc_ui.panels._model import MODEL, account

At = Callable[..., Seat]


def test_before_anything_ran(made: Callable[..., Seat]) -> None:
    assert "No tool has run yet." in MODEL.show(made(), {})


def test_no_language_model_was_used(done_seat: Seat) -> None:
    html = MODEL.show(done_seat, {})
    assert "No language model was used, and nothing left this computer." in html
    assert "Looked for problems" in html and "All of them ended well." in html


def test_limits_that_were_hit_are_told() -> None:
    limits = {"wall_seconds": 900.0, "memory_mb": 4096, "output_mb": 2048}
    run = {"verb": "look", "tool": "label_noise", "backend": "landlock", "outcome": "ok", "limits": limits, "wall": 2.0}
    told = account(
        [run, {**run, "outcome": "limit-hit", "limit": "memory", "peak_mb": 4096.0}, {**run, "outcome": "tool-failed"}]
    )
    assert told.sentence == "Tools ran 3 times, for 6 seconds in all. 2 runs did not end well, 1 of them at a limit."
    assert told.limits == "One run may take 15 minutes and 4,096 MB of memory at most."
    assert [how for _, how in told.troubles] == ["stopped at a limit (memory)", "did not work"]
    assert told.rows == (("Looked for problems", told.troubles[0][0], "3", "6.0", "4,096"),)
    assert "landlock" in told.places[0]


def test_a_run_without_protection_is_said_plainly() -> None:
    run = {"verb": "strange", "tool": "impute and 2 more", "backend": "none", "outcome": "ok"}
    told = account([run])
    assert (
        "not closed off" in told.places[0] and told.rows[0][0] == "Strange" and told.rows[0][1].endswith("and 2 more")
    )
    assert told.limits == ""


def test_data_are_never_markup(hostile_done: Session, at: At) -> None:
    html = MODEL.show(at(hostile_done), {"page": "<b>"})
    assert "<script" not in html and "<img" not in html
