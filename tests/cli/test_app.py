"""What the command line says where it cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [("model_tokens", "lots", "valid integer"), ("model_timeout", "-1", "greater than 0"), ("model_mode", "x", "json")],
)
def test_a_wrong_setting_is_named_in_one_sentence(
    name: str, value: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(f"CLIMBDC_{name.upper()}", value)
    with pytest.raises(SystemExit) as ended:
        main(["sessions", "list", "--data-dir", str(tmp_path)])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and f"The setting {name} cannot be used" in told and wanted in told
    assert f"CLIMBDC_{name.upper()}" in told and "pydantic" not in told and "Traceback" not in told


@pytest.mark.parametrize("by", ["option", "variable", "setting"])
def test_a_level_of_disclosure_that_is_none_is_told_with_those_there_are(
    by: str, tmp_path: Path, heart: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sessions", "list"] if by == "setting" else ["run", str(heart), "--out", str(tmp_path / "out")]
    words += ["--disclosure", "all"] if by == "option" else []
    if by != "option":
        monkeypatch.setenv("CLIMBDC_DISCLOSURE", "all")
    with pytest.raises(SystemExit) as ended:
        main([*words, "--data-dir", str(tmp_path / "store")])
    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2 and "'all'" in told and not (tmp_path / "out").exists()
    assert all(level in told for level in ("metadata", "aggregates", "values"))
    assert "Value error" not in told and "Input should" not in told


def test_a_wrong_level_of_disclosure_is_refused_in_python_too(tmp_path: Path, heart: Path) -> None:
    pilot = Copilot(Settings(data_dir=tmp_path))
    with pytest.raises(InputError, match=r"'all' is not known\. Name one of metadata, aggregates, values\."):
        pilot.start([heart], disclosure="all")  # type: ignore[arg-type]
    assert pilot.sessions() == []
    pilot.close()
