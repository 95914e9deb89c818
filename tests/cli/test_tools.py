"""`climbdc tools new / check / add / remove`, as a stranger types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from climbdc.cli import main
from climbdc.registry import forget

GOOD = '''
from typing import ClassVar
from climbdc.sdk import Dataset, Finding, Inspection, Params, inspect

@inspect(addresses="plausibility/outliers")
class CountRows(Inspection[Params]):
    """Say how many rows there are."""

    says: ClassVar[dict[str, str]] = {"counted": "There are {n:,} rows."}

    def look(self, data: Dataset) -> list[Finding]:
        return [Finding("counted", "info", (), evidence={"n": len(data.train)})]
'''
LEAKY = '''
import numpy as np
from climbdc.sdk import Params, Transform, transform

@transform(addresses="features/engineering")
class LeakyTool(Transform[Params]):
    """Centre each frame by itself."""

    def fit(self, data):
        return {}

    def apply(self, frame, state, roles):
        numbers = frame.select_dtypes("number")
        return frame.assign(**{name: numbers[name] - numbers[name].mean() for name in numbers})
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder to work in, a data folder of its own, and nothing remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIMBDC_DATA_DIR", str(tmp_path / "data"))
    forget()
    yield tmp_path
    forget()


def climbdc(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["tools", *words])
    return int(ended.value.code or 0)


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert climbdc("list", "--json") == 0
    return {tool["name"]: tool for tool in json.loads(capsys.readouterr().out)}


def test_a_tool_is_added_listed_updated_and_taken_away(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "count_rows.py"
    file.write_text(GOOD, "utf-8")
    assert climbdc("add", str(file)) == 0
    told = listed(capsys)["count_rows"]
    assert told["origin"] == "file" and told["kind"] == "inspect" and told["params"]["type"] == "object"
    file.write_text(GOOD.replace("Say how many", "Tell how many"), "utf-8")
    assert climbdc("add", str(file)) == 0
    assert climbdc("show", "count_rows") == 0
    assert "Tell how many rows" in capsys.readouterr().out
    assert climbdc("check", "count_rows") == 0
    assert climbdc("remove", "count_rows") == 0
    assert "count_rows" not in listed(capsys)
    assert climbdc("remove", "count_rows") == 2


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("leaky_tool", LEAKY, "new-rows-apart"),
        ("broken", "def (", "not Python"),
        ("impute_again", GOOD.replace("CountRows", "Impute"), "built-in tool of this name"),
        ("far_off", GOOD.replace("plausibility/outliers", "plausibility/nowhere"), "no challenge"),
        ("json", GOOD, "already"),
    ],
)
def test_nothing_is_half_added(
    name: str, text: str, why: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    (folder / f"{name}.py").write_text(text, "utf-8")
    assert climbdc("add", f"{name}.py") == 2
    told = capsys.readouterr()
    assert why in told.out + told.err and "Traceback" not in told.err
    assert not (folder / "data" / "tools").exists()


def test_a_name_that_another_file_has_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(GOOD, "utf-8")
    assert climbdc("add", "one.py") == 0 and climbdc("add", "two.py") == 2
    assert "one.py" in capsys.readouterr().out
    assert [path.name for path in (folder / "data" / "tools").iterdir()] == ["one.py"]


def test_check_says_what_is_broken_and_what_to_mend(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "leaky_tool.py").write_text(LEAKY, "utf-8")
    assert climbdc("check", "leaky_tool.py") == 1
    told = capsys.readouterr().out
    assert "BROKEN row-wise" in told and "To mend: Compute means" in told
    assert climbdc("check", "leaky_tool.py", "--json") == 1
    (seen,) = json.loads(capsys.readouterr().out)
    assert not seen["ok"] and {check["name"] for check in seen["checks"] if not check["ok"]} >= {"row-wise"}
    assert all(check["asks"] and check["mend"] for check in seen["checks"])


def test_a_built_in_tool_is_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert climbdc("check", "sparse_columns") == 0
    assert "On 920 patients" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "why"), [("no_such_tool_at_all", "no tool named"), ("gone.py", "pyproject"), (".", "pyproject")]
)
def test_what_is_not_there_is_said(target: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert climbdc("check", target) == 2
    assert why in capsys.readouterr().err


def test_a_new_package_is_written_and_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert climbdc("new", "my-tool", "--kind", "transform", "--out", "work") == 0
    assert climbdc("check", "work/my-tool") == 0
    assert climbdc("new", "my-tool", "--out", "work") == 2
    assert climbdc("new", "Not Good") == 2
    assert "digit-preference" in capsys.readouterr().err


def test_a_broken_file_is_named_in_the_list_and_by_the_doctor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from climbdc.cli._doctor import _plugins

    (folder / "data" / "tools").mkdir(parents=True)
    (folder / "data" / "tools" / "broken.py").write_text("def (", "utf-8")
    assert "impute" in listed(capsys)
    (row,) = _plugins()
    assert row["name"] == "plug-in broken" and not row["ok"] and "not Python" in row["detail"]
    assert "climbdc tools remove" in row["mend"]
    assert climbdc("check", "broken") == 1
    assert climbdc("remove", "broken") == 0 and not list((folder / "data" / "tools").iterdir())
