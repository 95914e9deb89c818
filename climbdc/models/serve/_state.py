"""What `doctor` says of models: can one be served here, are weights there, does the configured one answer?"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from climbdc.errors import InputError
from climbdc.models._client_place import OPENAI, checked_url, key_for, server_name
from climbdc.models.serve._trouble import trouble_at
from climbdc.models.serve._weights import DEFAULT_SIZE, weights_table
from climbdc.settings import Settings

__all__ = ["model_checks"]


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
    base_url, name = settings.base_url or OPENAI, settings.model or "a model without a name"
    try:
        url = checked_url(base_url)
        key = key_for(settings, url)
    except InputError as error:
        return _row("language model", False, f"{name}: {error.message}", error.fix)
    trouble = trouble_at(url, key)
    if trouble is None:
        detail = f"{name} at {server_name(base_url)}"
        return _row("language model", bool(settings.model), detail, "Set CLIMBDC_MODEL to its name.")
    return _row("language model", False, f"{name} at {server_name(base_url)}: {trouble.what}", trouble.mend)
