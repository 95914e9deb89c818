"""A hospital's own folder reaches the findings, through the settings and into the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.knowledge import knowledge

WARD = """
- id: ward_pressure
  names: [ward pressure]
  abbreviations: [wpr]
  type: continuous
  unit: mmHg
  low: 5
  high: 300
  typical_low: 40
  typical_high: 200
  zero_impossible: true
  source: Our own manual, 2024
"""


def ground(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """On what ground the zeros of `wpr` are called missing."""
    file = tmp_path / "ward.csv"
    rows = [f"{0 if n % 50 == 0 else 60 + n * 7 % 60},{n % 2}" for n in range(400)]
    file.write_text("\n".join(["wpr,y", *rows]) + "\n", "utf-8")
    with pytest.raises(SystemExit):
        main(["diagnose", str(file), "--target", "y", "--json"])
    found = json.loads(capsys.readouterr().out)
    zero = next(item for item in found if item["challenge"] == "completeness/disguised-missing")
    return str(zero["suggestions"][0]["backed_by"])


def test_own_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert ground(tmp_path, capsys) == "statistics"
    own = tmp_path / "own"
    own.mkdir()
    (own / "ward.yaml").write_text(WARD, "utf-8")
    monkeypatch.setenv("CLIMBDC_KNOWLEDGE_DIR", str(own))
    knowledge.cache_clear()
    try:
        assert ground(tmp_path, capsys) == "knowledge"
    finally:
        monkeypatch.delenv("CLIMBDC_KNOWLEDGE_DIR")
        knowledge.cache_clear()
