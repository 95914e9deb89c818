"""What `doctor` says of models: can one be served here, are weights there, does the configured one answer?"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from climbdc.models._client_place import OPENAI, server_name
from climbdc.models.serve._weights import DEFAULT_SIZE, weights_table
from climbdc.settings import Settings

__all__ = ["model_checks"]

_PATIENCE = 5.0


def model_checks(settings: Settings) -> list[dict[str, Any]]:
    """Each check as {name, ok, detail, mend}; no model is needed, as the rules need none."""
    return [_package(), _weights(), _configured(settings)]


def _row(name: str, ok: bool, detail: str, mend: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "mend": "" if ok else mend}


def _package() -> dict[str, Any]:
    try:
        return _row("model server", True, f"xllamacpp {version('xllamacpp')}")
    except PackageNotFoundError:
        return _row("model server", False, "xllamacpp is not installed", "pip install 'climbdc[model]'")


def _weights() -> dict[str, Any]:
    there = [
        f"{size} in {weights.path}"
        for size, weights in weights_table().items()
        if weights.path.is_file() and weights.path.stat().st_size == weights.bytes
    ]
    detail = "; ".join(there) or "none fetched"
    return _row("model weights", bool(there), detail, f"climbdc model serve --size {DEFAULT_SIZE} --fetch-only")


def _configured(settings: Settings) -> dict[str, Any]:
    if not settings.model and not settings.base_url:
        return _row("language model", True, "none configured; the rules need none")
    address = server_name(settings.base_url or OPENAI)
    name = settings.model or "a model without a name"
    why = _unreachable(address, settings)
    if not why:
        return _row("language model", bool(settings.model), f"{name} at {address}", "Set CLIMBDC_MODEL to its name.")
    return _row(
        "language model", False, f"{name} at {address}: {why}",
        "See that it runs and that CLIMBDC_BASE_URL and CLIMBDC_OPENAI_API_KEY are right; "
        "`climbdc model serve` starts one here.",
    )  # fmt: skip


def _unreachable(address: str, settings: Settings) -> str:
    """Why the server's list of models cannot be had; empty where it answers."""
    local = urlsplit(address).hostname in {"127.0.0.1", "localhost", "::1"}
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    key = key or ("" if local else os.environ.get("OPENAI_API_KEY", ""))
    opener = build_opener(ProxyHandler({})) if local else build_opener()
    try:
        request = Request(f"{address}/models", headers={"Authorization": f"Bearer {key}"} if key else {})
        with opener.open(request, timeout=_PATIENCE):
            return ""
    except HTTPError as error:
        refused = "it refuses the key" if key else "it wants a key, and none is set"
        return refused if error.code in (401, 403) else f"it answers {error.code}"
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        return f"it does not answer ({getattr(why, 'strerror', None) or why})"
