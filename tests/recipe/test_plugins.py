"""A step of a plug-in goes with the very code it was made with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from climbdc.errors import ToolError
from climbdc.plugins import PluginCode
from climbdc.recipe import PluginUsed, RecipeStep, StepSpec, check_plugin, plugin_of
from climbdc.recipe._plugins import runnable
from climbdc.registry import RegisteredTool, built_in

CODE = PluginCode("noise", {"noise.py": b"x = 1\n"})
SPEC = replace(built_in()["impute"].spec, name="add_noise")
TOOL = RegisteredTool(SPEC, "file", code=CODE, source="noise.py")
STEP = StepSpec(id="S03", tool="add_noise")


def test_of_a_built_in_tool_nothing_is_kept() -> None:
    assert plugin_of(built_in()["impute"]) is None
    assert plugin_of(TOOL) == PluginUsed(origin="file", source="noise.py", code=CODE.sha256)


def test_the_same_code_is_fine_and_any_other_is_told() -> None:
    used = PluginUsed(origin="file", source="noise.py", code=CODE.sha256)
    check_plugin("S03", "add_noise", used, {"add_noise": TOOL})
    other = replace(TOOL, code=PluginCode("noise", {"noise.py": b"x = 2\n"}))
    with pytest.raises(ToolError, match=r"S03 was made with other code.*noise\.py.*climbdc tools add noise") as raised:
        check_plugin("S03", "add_noise", used, {"add_noise": other})
    assert raised.value.code == "other-plugin"
    with pytest.raises(ToolError, match="which is not here") as raised:
        check_plugin("S03", "add_noise", used, {})
    assert raised.value.code == "no-plugin"
    package = PluginUsed(origin="package", source="noisy 1.0", code=CODE.sha256)
    with pytest.raises(ToolError, match=r"pip install noisy==1\.0"):
        check_plugin("S03", "add_noise", package, {})


def test_a_built_in_tool_of_the_name_is_no_stand_in() -> None:
    used = PluginUsed(origin="file", source="noise.py", code=CODE.sha256)
    with pytest.raises(ToolError, match="here it is built in"):
        check_plugin("S03", "impute", used, built_in())


def test_what_cannot_run_is_left_out_only_where_that_was_said() -> None:
    used = PluginUsed(origin="file", source="noise.py", code=CODE.sha256)
    steps = [RecipeStep(StepSpec(id="S01", tool="impute"), "keep", {}), RecipeStep(STEP, "keep", {}, plugin=used)]
    with pytest.raises(ToolError, match="not here"):
        runnable(steps, "new", partial=False)
    kept, failed = runnable(steps, "new", partial=True)
    assert [item.step.id for item in kept] == ["S01"] and [item["step"] for item in failed] == ["S03"]


def test_a_step_on_training_rows_needs_no_code_for_new_ones() -> None:
    used = PluginUsed(origin="file", source="noise.py", code=CODE.sha256)
    steps = [RecipeStep(STEP, "train-only", {}, plugin=used)]
    assert runnable(steps, "new", partial=False) == ([], [])
    with pytest.raises(ToolError):
        runnable(steps, "train", partial=False)
