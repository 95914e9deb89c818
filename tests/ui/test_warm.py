"""Warming up: everything that pages are made of is there, and what fails fails where it is needed."""

from __future__ import annotations

import pytest

from climbdc_ui import _render, _warm


def test_all_templates_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_warm, "LATER", ("climbdc.report",))
    _render._environment.cache_clear()
    _warm.warm_up()
    cache = _render._environment().cache
    assert cache is not None
    assert len(cache) == len(_render._environment().list_templates(["html"])) > 10


def test_what_fails_stops_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_warm, "LATER", ("climbdc.no_such_module",))
    _warm.warm_up()
