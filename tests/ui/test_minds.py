"""Which language model a session may have is the settings' to say, and how much it sees is theirs to bound."""

from __future__ import annotations

import pytest

from climbdc.errors import InputError
from climbdc.options import RunOptions
from climbdc.settings import Settings
from climbdc_ui._minds import LEVELS, chosen, offered, place_of, sentences, thinks
from climbdc_ui._starting import level_of


def test_without_a_model_in_the_settings_nobody_is_asked() -> None:
    assert offered(Settings(model="")) is None
    assert chosen(Settings(model=""), "") == {"policy": "rules"}
    with pytest.raises(InputError, match="set up here"):
        chosen(Settings(model=""), "metadata")


@pytest.mark.parametrize(("most", "many", "first"), [("metadata", 1, "metadata"), ("values", 3, "aggregates")])
def test_the_settings_bound_what_may_be_chosen(most: str, many: int, first: str) -> None:
    settings = Settings(model="m", base_url="https://llm.example/v1", disclosure=most)  # type: ignore[arg-type]
    model = offered(settings)
    assert model is not None and (model.levels, model.level) == (LEVELS[:many], first)
    assert model.label == "A language model: m at llm.example" and not model.is_here
    for level in LEVELS[many:]:
        with pytest.raises(InputError):
            chosen(settings, level)
    assert chosen(settings, model.levels[-1]) == {"policy": "llm", "disclosure": model.levels[-1]}


def test_the_rules_are_chosen_unless_somebody_chooses_otherwise() -> None:
    assert level_of("rules", "values") == "" and level_of(None, None) == ""
    assert level_of("llm", None) == "metadata", "the least, where nothing was chosen"


def test_a_session_says_where_its_model_is() -> None:
    assert thinks(RunOptions(files=())) == ""
    assert thinks(RunOptions(files=(), policy="llm", model="m", base_url="http://[::1]:1/v1")) == "m at this machine"
    assert place_of("") == "api.openai.com"


def test_every_level_is_explained() -> None:
    assert set(sentences()["levels"]) == set(LEVELS)
    assert all({"label", "sees"} == set(told) for told in sentences()["levels"].values())
