"""Files that hurt whoever opens them: the host takes them as bytes or not at all."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import os
import resource
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import climbdc
import climbdc_ui
from climbdc.sandbox import Job, Ok, Sandbox, SandboxFailed, open_sandbox
from climbdc.sandbox.answers._decoding import describe_stream
from climbdc.sandbox.answers._layout import HostileTable

_MB = 1 << 20


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    with open_sandbox(handler="hostile_handlers:handle", readable=[Path(__file__).parent]) as opened:
        yield opened


NAMES = ["pickle", "joblib", "npy", "parquet", "zip", "zstd", "lz4", "offsets", "deep", "digits", "link"]


@pytest.fixture(autouse=True)
def _host_unharmed() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert not hasattr(builtins, "climbdc_was_pwned"), "code of a job ran on the host"
    assert grown < 256, f"the host grew by {grown:.0f} MiB"
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize("what", NAMES)
def test_as_a_table_it_is_refused(what: str, hostile: Sandbox) -> None:
    outcome = hostile.run(Job("table", {"what": what}))
    assert isinstance(outcome, SandboxFailed)
    assert "cannot be trusted" in outcome.detail


@pytest.mark.parametrize("what", NAMES)
def test_as_the_answer_it_is_refused(what: str, hostile: Sandbox) -> None:
    outcome = hostile.run(Job("answer", {"what": what}))
    assert isinstance(outcome, SandboxFailed)
    assert "cannot be trusted" in outcome.detail


@pytest.mark.parametrize("what", NAMES)
def test_as_a_blob_it_stays_bytes(what: str, hostile: Sandbox) -> None:
    outcome = hostile.run(Job("blob", {"what": what}))
    assert isinstance(outcome, Ok)
    assert type(outcome.blobs["model"]) is bytes
    assert outcome.blobs["model"]


@pytest.mark.parametrize("kept", [0, 1, 200, -1])
def test_a_table_cut_short_is_a_failure_at_once(kept: int, hostile: Sandbox) -> None:
    stream = _bomb("offsets")
    header = b'{"answer":{"kind":"ok","payload":{},"tables":[{"name":"t","size":%d}]}}' % len(stream)
    data = struct.pack("!cQ", b"A", len(header)) + header + stream[:kept]
    outcome = hostile.run(Job("raw", {"hex": data.hex()}))
    assert isinstance(outcome, SandboxFailed)
    assert outcome.usage.wall_seconds < 5


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_links_and_pipes_cannot_be_planted(kind: str, hostile: Sandbox) -> None:
    outcome = hostile.run(Job("plant", {"kind": kind}))
    assert isinstance(outcome, Ok), outcome
    assert outcome.payload["done"] == []


def test_the_sandbox_still_works(hostile: Sandbox) -> None:
    outcome = hostile.run(Job("honest", {}))
    assert isinstance(outcome, Ok), outcome
    assert outcome.tables["t"].equals(pa.table({"x": [1, 2, 3]}))


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_an_input_that_is_a_link_or_a_pipe_is_not_opened(kind: str, hostile: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "frame.arrow"
    if kind == "link":
        path.symlink_to(os.devnull)
    else:
        os.mkfifo(path)
    assert isinstance(hostile.run(Job("honest", {}, {"train": path})), SandboxFailed)


@pytest.mark.parametrize("what", [name for name in NAMES if name != "offsets"])
def test_the_decoder_refuses_before_it_reads(what: str) -> None:
    """By its first bytes; bad offsets are left to a decoder in a process of its own."""
    before = pa.total_allocated_bytes()
    with pytest.raises(HostileTable):
        describe_stream(_bomb(what))
    assert pa.total_allocated_bytes() - before < _MB


def _bomb(what: str) -> bytes:
    spec = importlib.util.spec_from_file_location("hostile_handlers", Path(__file__).with_name("hostile_handlers.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_handlers"] = module
    try:
        spec.loader.exec_module(module)
        data: bytes = module.BOMBS[what]()
    finally:
        del sys.modules["hostile_handlers"]
    return data


LOADERS = {
    "pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "zipfile", "tarfile",
    "shutil.unpack_archive", "pyarrow.parquet", "pyarrow.feather", "pyarrow.orc", "h5py", "tables", "torch",
}  # fmt: skip
CALLS = {"read_parquet", "read_feather", "read_pickle", "read_hdf", "read_orc", "unpack_archive", "allow_pickle"}
ALLOWED = {
    ("climbdc/report/_values.py", "pyarrow.parquet"): "writes the results; nothing is read",
    ("climbdc/models/serve/_parts.py", "zipfile"): "pieces of a model, whose whole is checked by its hash before use",
    ("climbdc/data/_unpack.py", "zipfile"): "a file the person names, with a bound on what comes out of it",
    ("climbdc/data/_excel.py", "zipfile"): "a workbook the person names",
    ("climbdc/data/_packages.py", "pyarrow.parquet"): "a file the person names, with a bound on what comes out of it",
    ("climbdc_ui/_export.py", "zipfile"): "packs what there is of a session for the download",
    ("climbdc_ui/_work.py", "zipfile"): "packs the results for the download",
    ("climbdc/plugins/_loading.py", "zipfile"): "packs a plug-in's own files for the child that imports them",
    ("climbdc/sandbox/_wheels.py", "zipfile"): "writes the packages of the container image",
}
"""Where such a thing is used on the host after all, and why that harms nobody."""


def _uses(path: Path) -> set[str]:
    """What a module imports or calls that can run or unfold what it opens."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {loader for loader in LOADERS for name in names if name == loader or name.startswith(f"{loader}.")}
        if isinstance(node, ast.Attribute) and node.attr in CALLS:
            found.add(node.attr)
        if isinstance(node, ast.Attribute) and node.attr == "load" and ast.unparse(node.value) in ("np", "numpy"):
            found.add("numpy.load")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found.add("allow_pickle")
    return found


def test_the_host_has_no_loader_for_such_files() -> None:
    roots = [Path(package.__file__ or "").parent for package in (climbdc, climbdc_ui)]
    files = {path: path.relative_to(root.parent).as_posix() for root in roots for path in root.rglob("*.py")}
    host = {path: name for path, name in files.items() if not name.startswith("climbdc/sandbox/attacks/")}
    assert len(host) > 150
    assert {(name, used) for path, name in host.items() for used in _uses(path)} == set(ALLOWED)


def test_the_search_finds_such_loaders(tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text(
        "import pickle, pyarrow.parquet as pq\nfrom joblib import load\nimport numpy as np\nimport pandas as pd\n"
        "np.load('x', allow_pickle=True)\npd.read_parquet('x')\nimport pyarrow.parquet\n"
    )
    assert {"pickle", "pyarrow.parquet", "joblib", "numpy.load", "allow_pickle", "read_parquet"} <= _uses(module)
