"""Views as HTML; every value is escaped by the template engine, so that data can never be markup."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

__all__ = ["prepare_templates", "render", "trusted"]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("climbdc_ui"), autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )


def prepare_templates() -> None:
    """Compile all templates, so that no page waits for it."""
    for name in _environment().list_templates(["html"]):
        _environment().get_template(name)


def trusted(html: str) -> Markup:
    """HTML or SVG that `render` or the report's drawing made, to be put into a template as it is; never data."""
    return Markup(html)


def render(template: str, **values: Any) -> str:
    """A part of the page.

    >>> render("error", message="<b>", fix="")
    '<p class="error" role="alert"><strong>&lt;b&gt;</strong> </p>'
    """
    return _environment().get_template(f"{template}.html").render(**values).strip()
