"""The slow evaluations at the end of a real session: none fails, and each says something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

START = "from climbdc.cli import main; main()"
EXPECTED = {
    "audit_equity", "compare_models", "evaluate_calibration", "explain_model", "find_weak_subgroups",
    "predict_with_uncertainty", "stress_labels",
}  # fmt: skip


def test_the_demo_ends_with_all_of_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, "demo", "--out", str(tmp_path / "out")]
    environment = {**os.environ, "CLIMBDC_EVALUATIONS": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert "Checked" in done.stdout and "could not be measured" not in done.stdout
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    told = metrics["evaluations"]
    assert {item["tool"] for item in told} == EXPECTED
    assert [item["tool"] for item in told if item.get("failed")] == []
    found = json.loads((tmp_path / "out" / "findings.json").read_text("utf-8"))
    assert {item["challenge"] for item in found if item["screening"] == "last"} >= {
        "evaluation/calibration-and-uncertainty", "evaluation/explanation", "evaluation/noise-robustness",
    }  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Can it be trusted?" in page
