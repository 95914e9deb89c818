"""The style of the pages that stand alone, put into each of them."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["STYLE"]

STYLE = files("climbdc_ui").joinpath("css/people.css").read_text("utf-8")
