"""The example plug-in is installed as a stranger would, listed, checked, and takes part in a session on real data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "climbdc-example-digit-preference"
ANSWERS = "steps:\n  - {tool: mark_rounded_readings, choice: approve}\notherwise: auto\n"
MAIN = "from climbdc.cli import main; main()"
Climbdc = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip puts the package: without a network, and nothing of the checkout beside it."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*command, "--target", str(folder / "site"), str(folder / "source")], check=True, capture_output=True, text=True
    )
    return folder / "site"


@pytest.fixture
def climbdc(site: Path, tmp_path: Path) -> Climbdc:
    """The command line in a process in which the package is installed."""

    def call(*words: str, installed: Path | None = site) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CLIMBDC_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}
        environment.pop("PYTHONPATH", None)
        if installed is not None:
            environment["PYTHONPATH"] = str(installed)
        return subprocess.run(
            [sys.executable, "-c", MAIN, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return call


def test_its_own_tests_pass() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=EXAMPLE, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_it_is_listed_and_checked(climbdc: Climbdc) -> None:
    listed = {tool["name"]: tool for tool in json.loads(climbdc("tools", "list", "--json").stdout)}
    assert {listed[name]["origin"] for name in ("find_digit_preference", "mark_rounded_readings")} == {"package"}
    for name in ("find_digit_preference", "mark_rounded_readings"):
        done = climbdc("tools", "check", name)
        assert done.returncode == 0, done.stdout
    shown = climbdc("tools", "show", "find_digit_preference").stdout
    assert "climbdc-example-digit-preference 0.1.0" in shown and "least = 100" in shown
    assert "find_digit_preference" not in climbdc("tools", "list", installed=None).stdout


@pytest.mark.parametrize("backend", ["landlock", "bubblewrap"])
def test_it_finds_rounded_pressures_in_real_patients(backend: str, climbdc: Climbdc, heart: Path) -> None:
    done = climbdc("diagnose", str(heart), "--target", "num", "--json", "--sandbox", backend)
    if "cannot be used here" in done.stderr:
        pytest.skip(f"{backend} cannot be used here")
    (found,) = [item for item in json.loads(done.stdout) if item["kind"] == "rounded"]
    assert found["columns"] == ["trestbps"] and found["evidence"]["percent"] > 60
    if backend != "landlock":
        return
    bare = climbdc("diagnose", str(heart), "--target", "num", "--json", "--unsafe-no-sandbox")
    assert not [item for item in json.loads(bare.stdout) if item["kind"] == "rounded"]
    assert "Without a sandbox no plug-in runs" in bare.stderr


def test_a_session_with_it_can_be_repeated_only_with_its_very_code(
    climbdc: Climbdc, heart: Path, site: Path, tmp_path: Path
) -> None:
    (tmp_path / "answers.yaml").write_text(ANSWERS, "utf-8")
    done = climbdc("run", str(heart), "--target", "num", "--expert", "answers.yaml", "--out", "out")
    assert done.returncode == 0, done.stderr
    data = pd.read_csv(tmp_path / "out" / "data.csv")
    assert "trestbps_rounded" in data.columns and set(data["trestbps_rounded"]) <= {0, 1}
    (step,) = [
        step for step in json.loads((tmp_path / "out" / "recipe.json").read_text("utf-8"))["steps"] if "plugin" in step
    ]
    assert step["tool"] == "mark_rounded_readings" and step["plugin"]["origin"] == "package"
    assert step["plugin"]["source"] == "climbdc-example-digit-preference 0.1.0" and len(step["plugin"]["code"]) == 64
    assert "readings of trestbps end in 0" in (tmp_path / "out" / "report.html").read_text("utf-8")
    ran = [
        run
        for run in json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))["runs"]
        if "rounded" in run["tool"]
    ]
    assert {run["code"] for run in ran} == {step["plugin"]["code"]} and {run["backend"] for run in ran} != {"none"}

    recipe = ("apply", "out/recipe.json", str(heart), "-o", "new.csv")
    assert climbdc(*recipe).returncode == 0 and "trestbps_rounded" in pd.read_csv(tmp_path / "new.csv").columns
    gone = climbdc(*recipe, installed=None)
    assert gone.returncode == 1 and "which is not here. Get it by `pip install climbdc-example" in gone.stderr
    partly = climbdc(*recipe, "--partial", installed=None)
    assert partly.returncode == 0 and "S04 (mark_rounded_readings) did not run" in partly.stderr.replace("S03", "S04")
    other = tmp_path / "site"
    shutil.copytree(site, other)
    with (other / "digit_preference" / "_mark.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    changed = climbdc(*recipe, installed=other)
    assert changed.returncode == 1 and "was made with other code of the tool" in changed.stderr

    script = [sys.executable, "out/pipeline.py", str(heart), "-o", "again.csv"]
    there = {**os.environ, "PYTHONPATH": str(site), "CLIMBDC_DATA_DIR": str(tmp_path / "data")}
    subprocess.run(script, cwd=tmp_path, env=there, check=True, capture_output=True)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out" / "data.csv").read_bytes()
    there.pop("PYTHONPATH")
    lost = subprocess.run(script, cwd=tmp_path, env=there, capture_output=True, text=True)
    assert lost.returncode == 1 and "which is not here" in lost.stderr
