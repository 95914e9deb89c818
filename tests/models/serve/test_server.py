"""What is refused before a model is served, and how the threads are counted."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from climbdc.errors import ClimbdcError, InputError
from climbdc.models.serve import default_threads, model_server


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a model")
    with pytest.raises(InputError, match=r"notes\.txt is not a model"), model_server(file):
        pass
    with pytest.raises(InputError, match="cannot be read"), model_server(tmp_path / "none.gguf"):
        pass


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("climbdc.models.serve._server.import_module", missing)
    with pytest.raises(ClimbdcError, match=r"climbdc\[model\]") as caught, model_server(file):
        pass
    assert caught.value.code == "no-model-server"


def test_threads_are_told_to_wait_without_spinning_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    seen: dict[str, str | None] = {}
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")

    def looked(name: str) -> Any:
        seen.update({key: os.environ.get(key) for key in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")})
        raise ImportError(name)

    monkeypatch.setattr("climbdc.models.serve._server.import_module", looked)
    with pytest.raises(ClimbdcError), model_server(file):
        pass
    assert seen == {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "7"}, "what the person set is kept"


@pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
def test_a_broken_model_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(InputError, match="did not start") as caught, model_server(file):
        pass
    assert "broken.gguf" in caught.value.fix


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (4, 2), (64, 4)])
def test_half_of_the_cores(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert default_threads() == threads
