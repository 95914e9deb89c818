"""What the command line says of a model, and nobody heeds: it is refused before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.cli import main
from climbdc.copilot import Copilot
from climbdc.errors import InputError
from climbdc.sdk import Goal
from climbdc.settings import Settings

URL = "http://127.0.0.1:9/v1"


def ended(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    with pytest.raises(SystemExit) as raised:
        main(words)
    return raised.value.code, " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--model", "m"], "--model came without --policy llm"),
        (["--base-url", URL], "--base-url came without --policy llm"),
        (["--disclosure", "values"], "--disclosure came without --policy llm"),
        (["--policy", "rules", "--model", "m", "--base-url", URL], "--model and --base-url came without --policy llm"),
    ],
)
def test_a_model_that_would_not_be_asked_is_refused(
    options: list[str], says: str, heart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", str(heart), "--out", str(tmp_path / "out"), "--data-dir", str(tmp_path / "store"), *options]
    code, told = ended(words, capsys)
    assert code == 2 and says in told and "Add --policy llm, or leave" in told
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_what_the_environment_names_in_general_is_silent(
    heart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("MODEL", "m"), ("BASE_URL", URL), ("DISCLOSURE", "metadata")):
        monkeypatch.setenv(f"CLIMBDC_{name}", value)
    words = ["run", str(heart), "--target", "nobody", "--unsafe-no-sandbox", "--out", str(tmp_path / "out")]
    code, told = ended([*words, "--data-dir", str(tmp_path / "store"), "--expert", "auto"], capsys)
    assert code == 2 and "nobody" in told and "--policy" not in told


def test_a_session_goes_on_with_the_model_that_it_began_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sessions", "resume", "3f2a", "--data-dir", str(tmp_path), "--model", "m"]
    code, told = ended(words, capsys)
    assert code == 2 and "No such option" in told and "--model" in told


@pytest.mark.parametrize("named", [{"model": "m"}, {"base_url": URL}])
def test_python_refuses_likewise(named: dict[str, str], heart: Path, tmp_path: Path) -> None:
    pilot = Copilot(Settings(data_dir=tmp_path))
    with pytest.raises(InputError, match="was named, and the rules alone plan") as raised:
        pilot.start([heart], Goal(target="num"), **named)  # type: ignore[arg-type]
    assert raised.value.code == "model-without-policy" and pilot.sessions() == []
    pilot.close()
