"""Which model, on which server, with which key."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from climbdc.errors import InputError

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.options import RunOptions
    from climbdc.sandbox import Cancellation
    from climbdc.settings import Settings
    from climbdc.store import SessionStore

__all__ = ["OPENAI", "checked_url", "client_for", "key_for", "named_model", "prompts_version", "server_name"]

OPENAI = "https://api.openai.com/v1"
"""Where a model is asked when no other place was named."""


def client_for(
    settings: Settings, options: RunOptions, stored: SessionStore, cancel: Cancellation | None = None,
    waiting: Callable[[float], None] | None = None,
) -> ModelClient:  # fmt: skip
    """The client of a session; `cancel` and `waiting` are as `ModelClient` has them.

    Raises:
        InputError: No model is named, the URL cannot be used, or a key is needed and there is none.
    """
    from climbdc.models._client import ModelClient
    from climbdc.store import Ledger

    model, base_url, key = named_model(settings, options)
    return ModelClient(
        model=model, base_url=base_url, api_key=key, ledger=Ledger(stored),
        mode=settings.model_mode, seed=options.seed, timeout=settings.model_timeout, tokens=settings.model_tokens,
        prices=(settings.model_price_in, settings.model_price_out), cancel=cancel, waiting=waiting,
    )  # fmt: skip


def named_model(settings: Settings, options: RunOptions) -> tuple[str, str, str]:
    """Name, base URL and key of a session's model; nothing is asked of its server.

    Raises:
        InputError: No model is named, the URL cannot be used, or a key is needed and there is none.
    """
    model, base_url = options.model or settings.model, options.base_url or settings.base_url or OPENAI
    if not model:
        raise InputError(
            "No language model is named.",
            fix="Name one with --model or CLIMBDC_MODEL; `climbdc model serve` runs a small one on this computer.",
            code="no-model",
        )
    return model, base_url, key_for(settings, checked_url(base_url))


def server_name(base_url: str) -> str:
    """A server as the ledger names it: no user, no password, no query.

    >>> server_name("https://me:secret@example.org:8443/openai/v1/?api-version=1")
    'https://example.org:8443/openai/v1'
    """
    url = urlsplit(base_url)
    return url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")


@cache
def prompts_version() -> str:
    """A name for all prompts of this installation as they are: the start of a hash over their bytes."""
    digest = hashlib.sha256()
    for folder in (files("climbdc.models") / "prompts", files("climbdc.models")):
        for file in sorted(folder.iterdir(), key=lambda item: item.name) if folder.is_dir() else []:
            if file.is_file() and file.name.endswith((".md", ".yaml")):
                digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def checked_url(base_url: str) -> SplitResult:
    """The parts of a model's base URL.

    Raises:
        InputError: It cannot be one; what came is said, unless a password may be in it.
    """
    came = "" if "@" in base_url else f" {base_url!r}"
    try:
        url = urlsplit(base_url)
        url.port  # noqa: B018 (looks whether it is a number)
    except ValueError as error:
        raise _unfit(f"The model's base URL{came} cannot be read: {error}.") from error
    if url.username or url.password:
        raise _unfit(
            "The model's base URL holds a user or a password, and it would be shown.",
            "Put the key into CLIMBDC_OPENAI_API_KEY.",
        )
    if url.scheme not in ("http", "https"):
        near = urlsplit(f"//{base_url}").hostname or ""
        meant = f"Write {'http' if _near(near) else 'https'}://{base_url}." if _BARE.fullmatch(base_url) else _EXAMPLE
        raise _unfit(f"The model's base URL{came} does not begin with http:// or https://.", meant)
    if not url.hostname:
        raise _unfit(f"The model's base URL{came} names no computer.")
    ending = next((end for end in _ADDED if url.path.rstrip("/").endswith(end)), "")
    if ending:
        fit = url._replace(path=url.path.rstrip("/").removesuffix(ending)).geturl()
        raise _unfit(f"The model's base URL{came} ends with {ending}, which is added to it.", f"Write {fit}.")
    return url


def key_for(settings: Settings, url: SplitResult) -> str:
    """The key for a server; empty where it gets none and may well need none.

    The key of climbdc's own settings is meant for the server of these settings, whatever it is. `OPENAI_API_KEY` is
    meant for programs at large: it goes by https only, and to no address of this computer or its network.

    Raises:
        InputError: There is none for a server that will want one.
    """
    own, near = settings.openai_api_key, _near(url.hostname or "")
    key = own.get_secret_value() if own is not None else ""
    general = "" if key or near else os.environ.get("OPENAI_API_KEY", "")
    if general and url.scheme == "https":
        return general
    if key or near:
        return key
    told = f"There is no key for the model's server {url.hostname}."
    if general:
        told = f"OPENAI_API_KEY is not sent to the model's server {url.hostname}: over http everybody could read it."
    raise InputError(
        told, fix=f"{'Write https://, or set' if general else 'Set OPENAI_API_KEY or'} CLIMBDC_OPENAI_API_KEY; "
        "to any word where the server wants none.", code="no-key",
    )  # fmt: skip


_EXAMPLE = "Write it like http://127.0.0.1:8790/v1."
_ADDED = ("/chat/completions", "/completions", "/responses")
_BARE = re.compile(r"[\w.-]+(:\d+)?(/[\w./-]*)?", re.ASCII)
"""A URL of which only the beginning is missing."""
_OWN = (".local", ".lan", ".internal", ".home.arpa")
"""Ends of names that no computer of the public network has (RFC 6761, 6762, 8375; ICANN for `.internal`)."""


def _unfit(message: str, fix: str = _EXAMPLE) -> InputError:
    return InputError(message, fix=fix, code="base-url")


def _near(host: str) -> str:
    """Whether a host is this computer (`here`) or of the same network (`near`); empty where neither is certain."""
    if host == "localhost" or host.endswith(".localhost"):
        return "here"
    try:
        address = ip_address(host)
    except ValueError:
        return "near" if "." not in host or host.endswith(_OWN) else ""
    return "here" if address.is_loopback else "near" if address.is_private else ""
