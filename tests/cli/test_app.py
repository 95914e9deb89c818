"""What the command line says where it cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.cli import main


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
