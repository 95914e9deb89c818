"""`sandbox build`: what it says where it cannot."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.sandbox._image import _given

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_without_an_engine_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "build", "--engine", f"unix://{tmp_path}/none.sock"])
    said = capsys.readouterr()
    assert ended.value.code == 1 and said.out == ""
    assert "No Docker engine answers" in said.err and "Start Docker" in said.err


def test_what_it_reads_is_in_a_checkout_and_in_the_wheel() -> None:
    build = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    packed = build["wheel"]["force-include"]
    for name in ("sandbox.Dockerfile", "Dockerfile", "constraints.txt"):
        assert _given(name).read_bytes() == (PROJECT.parent / name).read_bytes()
        assert packed[name] == f"climbdc/sandbox/image/{name}" and name in build["sdist"]["include"]
    for kind in ("sandbox", "web"):
        assert _given(f"{kind}-requirements.txt").is_file()
