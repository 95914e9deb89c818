"""People: who is let in, what each may ask for, and the pages of their accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from climbdc_ui.people._answers import HEADERS, plain, with_headers
from climbdc_ui.people._calls import again, body_of, uncompressed
from climbdc_ui.people._claims import Claims, Files
from climbdc_ui.people._door import Door, TokenDoor, Visitor, kept_secret
from climbdc_ui.people._limits import Limits, TooMuch
from climbdc_ui.people._people import People
from climbdc_ui.people._policy import numbered
from climbdc_ui.people._routes import is_file_of_the_page, is_known, is_listening
from climbdc_ui.people._site import Site, header, is_this_computer, tidy

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = [
    "HEADERS", "Claims", "Door", "Files", "Limits", "People", "Site", "TokenDoor", "TooMuch", "Visitor", "again",
    "body_of", "header", "is_file_of_the_page", "is_known", "is_listening", "is_this_computer", "kept_secret",
    "numbered", "person_of", "plain", "tidy", "uncompressed", "with_headers",
]  # fmt: skip


def person_of(request: Request | None) -> str | None:
    """Whose request it is, by the account's name; None where there are no accounts."""
    person: str | None = None if request is None else request.scope.get("climbdc.person")
    return person
