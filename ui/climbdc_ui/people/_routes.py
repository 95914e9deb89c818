"""Which addresses lead to something; Gradio brings many that the page does not use."""

from __future__ import annotations

import re

__all__ = ["is_file_of_the_page", "is_known", "is_listening", "session_in"]

_OWN = re.compile(r"/(?:results|live|export|s|static|assets|health)(?:/.*)?")
_GRADIO = re.compile(
    r"/(?:config/?|theme\.css|favicon\.ico|manifest\.json|robots\.txt)?"
    r"|/gradio_api/(?:startup-events|info/?|app_id/?|theme\.css|queue/(?:join|data)|run/\w+/?|reset/?"
    r"|upload|upload_progress|heartbeat/\w+|file=.+)"
)
_STATIC = re.compile(r"/(?:static|assets)/.*|/theme\.css|/favicon\.ico|/gradio_api/theme\.css")
_SESSION = re.compile(r"session=([0-9a-f]{8})")
_LISTENING = re.compile(r"/live/.*|/gradio_api/(?:heartbeat/.*|queue/data|upload_progress)|/health")


def is_known(path: str) -> bool:
    """Whether the page uses it.

    >>> is_known("/"), is_known("/live/0123abcd"), is_known("/gradio_api/proxy=http://x"), is_known("/monitoring")
    (True, True, False, False)
    """
    return "\0" not in path and bool(_OWN.fullmatch(path) or _GRADIO.fullmatch(path))


def is_file_of_the_page(path: str) -> bool:
    """Whether it is a script, a style or the like: the same for everyone, and worth keeping."""
    return bool(_STATIC.fullmatch(path))


def is_listening(path: str) -> bool:
    """Whether a page asks this by itself, while nobody does anything."""
    return bool(_LISTENING.fullmatch(path))


def session_in(query: bytes) -> str:
    """The session that an address names; empty for anything else.

    >>> session_in(b"session=0123abcd"), session_in(b"session=//evil.example")
    ('0123abcd', '')
    """
    found = _SESSION.fullmatch(query.decode("latin-1"))
    return found[1] if found else ""
