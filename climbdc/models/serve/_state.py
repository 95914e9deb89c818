"""What `doctor` says of models: can one be served here, are weights there, does the configured one answer?"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from climbdc.models.serve._weights import DEFAULT_SIZE, weights_table
from climbdc.settings import Settings

__all__ = ["model_checks"]

_PATIENCE = 5.0
_PUBLIC = "https://api.openai.com/v1"


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
    address = (settings.base_url or _PUBLIC).rstrip("/")
    name = settings.model or "no CLIMBDC_MODEL"
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
    import os

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else os.environ.get("OPENAI_API_KEY")
    request = Request(f"{address}/models", headers={"Authorization": f"Bearer {key}"} if key else {})
    local = address.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    opener = build_opener(ProxyHandler({})) if local else build_opener()
    try:
        with opener.open(request, timeout=_PATIENCE):
            return ""
    except HTTPError as error:
        return {401: "it refuses the key", 403: "it refuses the key"}.get(error.code, f"it answers {error.code}")
    except (URLError, OSError, ValueError) as error:
        return f"it does not answer ({getattr(error, 'reason', error)})"
