"""A model on this computer, behind the protocol that every OpenAI-compatible client speaks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from climbdc.errors import ClimbdcError, InputError

__all__ = ["ALIAS", "CONTEXT", "default_threads", "model_server"]

ALIAS = "local"
"""What clients call the model."""
CONTEXT = 8192
"""Tokens that one conversation may hold."""
_CACHE_MIB = 512
_PATIENCE = 60.0
_WAIT_POLITELY = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Threads that wait by spinning take the processor from whatever else runs: 1 to 5 tokens a second were measured."""


@contextmanager
def model_server(file: Path, *, port: int = 0, threads: int = 1, context: int = CONTEXT) -> Iterator[str]:
    """Serve a model in this process, on 127.0.0.1 only, until the block ends.

    Args:
        file: Weights in the GGUF format.
        port: 0 takes a free one.
        threads: Processor threads that compute.
        context: Tokens that one conversation may hold.

    Yields:
        The base URL for clients, such as `http://127.0.0.1:8790/v1`.

    Raises:
        InputError: The file is not a model, or the port is taken.
        ClimbdcError: The package that computes is not installed, or the server does not come up.
    """
    _require_model(file)
    package = _package()
    params = _params(package, file, port, threads, context)
    try:
        server = package.Server(params)
    except Exception as error:
        raise InputError(
            f"The model server did not start: {str(error).rstrip('.') or type(error).__name__}.",
            fix=f"See that port {port} is free (--port 0 takes any) and that {file.name} is a whole model.",
            code="server-not-started",
        ) from error
    try:
        address = str(server.listening_address)
        _await_health(address)
        yield f"{address}/v1"
    finally:
        del server  # stops it


def default_threads() -> int:
    """Half of the cores this process may use, at most four: the other half keeps the session going."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, max(1, cores // 2))


def _require_model(file: Path) -> None:
    try:
        with file.open("rb") as source:
            magic = source.read(4)
    except OSError as error:
        raise InputError(
            f"The model file {file.name} cannot be read: {error.strerror}.", fix="Check its name.", code="no-file"
        ) from error
    if magic != b"GGUF":
        raise InputError(
            f"{file.name} is not a model in the GGUF format.",
            fix="Name a file in that format; such files end in .gguf.",
            code="not-a-model",
        )


def _package() -> Any:
    """The binding of llama.cpp; imported late, as its threads read the environment when they are made."""
    os.environ.update({name: os.environ.get(name, value) for name, value in _WAIT_POLITELY.items()})
    try:
        return import_module("xllamacpp")
    except ImportError as error:
        raise ClimbdcError(
            "A model cannot be served here: the package xllamacpp is not installed.",
            fix="Install it with `pip install 'climbdc[model]'`.",
            code="no-model-server",
        ) from error


def _params(package: Any, file: Path, port: int, threads: int, context: int) -> Any:
    params = package.CommonParams()
    params.model.path = str(file)
    params.model_alias = {ALIAS}
    params.n_ctx = context
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cache_ram_mib = _CACHE_MIB
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.offline = True
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    # Pages of other sites, and other people on this computer, are not to read what was asked.
    params.cors_origins = "http://127.0.0.1"
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 1
    return params


def _await_health(address: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urlopen(f"{address}/health", timeout=5) as reply:
                if json.load(reply).get("status") == "ok":
                    return
        except (URLError, OSError, ValueError):
            pass
        time.sleep(0.1)
    raise ClimbdcError(
        f"The model server did not answer within {_PATIENCE:.0f} seconds.",
        fix="Try again, or a smaller model with --size 0.5b.",
        code="server-not-healthy",
    )
