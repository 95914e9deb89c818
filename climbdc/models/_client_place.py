"""Which model, on which server, with which key."""

from __future__ import annotations

import hashlib
import os
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

__all__ = ["OPENAI", "client_for", "named_model", "prompts_version", "server_name"]

OPENAI = "https://api.openai.com/v1"
"""Where a model is asked when no other place was named."""


def client_for(
    settings: Settings, options: RunOptions, stored: SessionStore, cancel: Cancellation | None = None
) -> ModelClient:
    """The client of a session.

    Raises:
        InputError: No model is named, the URL cannot be used, or a key is needed and there is none.
    """
    from climbdc.models._client import ModelClient
    from climbdc.store import Ledger

    model, base_url, key = named_model(settings, options)
    return ModelClient(
        model=model, base_url=base_url, api_key=key, ledger=Ledger(stored),
        mode=settings.model_mode, seed=options.seed, timeout=settings.model_timeout, tokens=settings.model_tokens,
        prices=(settings.model_price_in, settings.model_price_out), cancel=cancel,
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
    return model, base_url, _key(settings, _place(base_url))


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


def _place(base_url: str) -> SplitResult:
    fix = "Write it like http://127.0.0.1:8790/v1."
    try:
        url = urlsplit(base_url)
        url.port  # noqa: B018 (looks whether it is a number)
    except ValueError as error:
        raise InputError(f"The model's base URL cannot be read: {error}.", fix=fix, code="base-url") from error
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InputError("The model's base URL is not that of a web server.", fix=fix, code="base-url")
    if url.username or url.password:
        raise InputError(
            "The model's base URL holds a user or a password, and it would be shown.",
            fix="Put the key into CLIMBDC_OPENAI_API_KEY.", code="base-url",
        )  # fmt: skip
    return url


def _key(settings: Settings, url: SplitResult) -> str:
    """The key for a server. One that is meant for OpenAI at large is not given to a program on this computer."""
    own, near = settings.openai_api_key, _near(url.hostname or "")
    key = own.get_secret_value() if own is not None else ""
    if not key and near != "here":
        key = os.environ.get("OPENAI_API_KEY", "")
    if not key and not near:
        raise InputError(
            f"There is no key for the model's server {url.hostname}.",
            fix="Set CLIMBDC_OPENAI_API_KEY or OPENAI_API_KEY; to any word where the server wants none.",
            code="no-key",
        )
    return key


def _near(host: str) -> str:
    """Whether a host is this computer (`here`) or of the same network (`near`); empty where neither is certain."""
    if host == "localhost":
        return "here"
    try:
        address = ip_address(host)
    except ValueError:
        return "near" if "." not in host else ""
    return "here" if address.is_loopback else "near" if address.is_private else ""
