"""Words explained, and the names of the measures."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from climbdc.report._wording import spoken

__all__ = ["metric_name", "terms"]


@cache
def terms() -> dict[str, Any]:
    """The glossary and the names of the measures, from `terms.yaml`."""
    loaded: dict[str, Any] = yaml.safe_load(files("climbdc.report").joinpath("terms.yaml").read_text("utf-8"))
    return loaded


def metric_name(name: str) -> str:
    """A measure as a person writes it.

    >>> metric_name("auc"), metric_name("log_loss"), metric_name("my_measure")
    ('AUC', 'Log loss', 'My measure')
    """
    return str(terms()["metrics"].get(name, spoken(name)))
