"""A model's ideas: asked for once, adopted by a person or a measurement alone, and never the end of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from climbdc.agents import Answer, Checkpoint, head
from climbdc.agents._context import RunContext
from climbdc.agents._effect import effect_of
from climbdc.agents._ideas import COLUMNS, FEATURES, SPELLINGS, column_ideas, idea_steps
from climbdc.agents._screening import situation
from climbdc.agents.experts import AutoExpert
from climbdc.copilot import Copilot, Session
from climbdc.errors import Stopped
from climbdc.models import ColumnIdea, FeatureIdea, ModelError, Policy, SpellingIdea, Talk
from climbdc.plan import PlannedStep
from climbdc.sdk import Dictionary, Goal
from climbdc.settings import Settings

from ..models.hostile.server import Call, ModelServer, Reply


class FakePolicy:
    """Stands for a language model's policy; never asked here."""

    name = "llm:fake"


@dataclass
class FakeMind:
    """Has these ideas, or fails, and counts how often it was asked."""

    columns: Sequence[ColumnIdea] = ()
    maps: Sequence[SpellingIdea] = ()
    new: Sequence[FeatureIdea] = ()
    fails: ModelError | None = None
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        """The fake."""
        return FakePolicy()  # type: ignore[return-value]

    def _told(self, about: str, columns: Sequence[str], ideas: Any) -> Any:
        self.asked.append((about, list(columns)))
        if self.fails is not None:
            raise self.fails
        return ideas

    def describe(self, columns: Sequence[str]) -> Sequence[ColumnIdea]:
        """What was given."""
        return self._told("columns", columns, self.columns)  # type: ignore[no-any-return]

    def spellings(self, columns: Sequence[str]) -> Sequence[SpellingIdea]:
        """What was given."""
        return self._told("spellings", columns, self.maps)  # type: ignore[no-any-return]

    def features(self, columns: Sequence[str]) -> Sequence[FeatureIdea]:
        """What was given."""
        return self._told("features", columns, self.new)  # type: ignore[no-any-return]

    def talk(self, text: str, orders: Sequence[str], on_text: Callable[[str], None] | None = None) -> Talk:
        """Nothing."""
        return Talk()


class Until(AutoExpert):
    """Decides by rule until there is such a question; it is kept, and answered so or not at all."""

    def __init__(self, wanted: Callable[[Checkpoint, str], bool], answer: Answer | None = None) -> None:
        self.wanted, self.given = wanted, answer
        self.met: list[Checkpoint] = []

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """By rule, until then."""
        if self.wanted(checkpoint, name):
            self.met.append(checkpoint)
            if self.given is None:
                raise Stopped("Far enough for this test.")
            return self.given
        return super().answer(checkpoint, name)


def run(session: Session, expert: AutoExpert) -> Session:
    try:
        for _ in session.run(expert):
            pass
    except Stopped:
        pass
    return session


def patients(rows: int = 400) -> pd.DataFrame:
    """Whether somebody dies follows from the ratio of two numbers, neither of which tells it alone."""
    draw = np.random.default_rng(5)
    ratio, crea = draw.uniform(5, 40, rows), draw.uniform(0.3, 6, rows)
    urea, chance = ratio * crea, 1 / (1 + np.exp(-(ratio - 22) / 4))
    wards = draw.choice(["surgery", "Surg", "medicine", "ICU"], rows, p=[0.3, 0.2, 0.3, 0.2])
    return pd.DataFrame(
        {"urea": urea.round(2), "xq": crea.round(3), "noise": draw.normal(5, 1, rows).round(3), "ward": wards,
         "died": (draw.random(rows) < chance).astype(int)}
    )  # fmt: skip


def start(folder: Path, frame: pd.DataFrame, **more: Any) -> Session:
    frame.to_csv(folder / "t.csv", index=False)
    settings = Settings(data_dir=folder / "store", **more)
    return Copilot(settings).start([folder / "t.csv"], Goal(target="died"), policy="llm" if more else "rules")


@pytest.fixture(scope="module")
def after_split(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Stopped at the first question after the split: the ward is still text."""
    session = start(tmp_path_factory.mktemp("split"), patients())
    split: list[bool] = []

    def beyond(checkpoint: Checkpoint, name: str) -> bool:
        beyond_it = bool(split) and checkpoint.kind == "change"
        if checkpoint.kind == "change" and checkpoint.detail["step"]["tool"] == "split_data":
            split.append(True)
        return beyond_it

    return run(session, Until(beyond))


@pytest.fixture(scope="module")
def treated(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """All the rules want is done."""
    session = start(tmp_path_factory.mktemp("treated"), patients())
    return run(session, Until(lambda checkpoint, name: checkpoint.kind == "finish"))


def steps_of(session: Session, mind: FakeMind, **more: Any) -> list[PlannedStep]:
    with session.context() as context:
        return idea_steps(minded(context, mind), replace(situation(context), **more))


def minded(context: RunContext, mind: FakeMind) -> RunContext:
    return replace(context, mind=mind, policy=mind.policy)


@pytest.fixture(autouse=True)
def no_ideas_kept(request: pytest.FixtureRequest) -> None:
    """Tests share sessions; what one of them kept is not for the next."""
    for name in ("after_split", "treated"):
        if name in request.fixturenames:
            stored = request.getfixturevalue(name).stored
            for kept in (COLUMNS, SPELLINGS, FEATURES):
                stored.drop_results(kept)


def said(session: Session) -> list[str]:
    return [str(event["text"]) for event in session.stored.events() if event["kind"] == "mind"]


SPELT = SpellingIdea(column="ward", keep="surgery", spellings=("surgery", "Surg"))
RATIO = FeatureIdea(name="urea_per_xq", operation="ratio", columns=("urea", "xq"), because="kidney or stomach")
LOG = FeatureIdea(name="log_noise", operation="log", columns=("noise",))


def test_columns_are_asked_about_once(after_split: Session) -> None:
    mind = FakeMind(columns=[ColumnIdea(column="xq", meaning="creatinine")])
    with after_split.context() as context:
        first = column_ideas(minded(context, mind), ["xq", "noise"])
        assert first == column_ideas(minded(context, mind), ["xq", "noise"]) == [*mind.columns]
        assert mind.asked == [("columns", ["xq", "noise"])]
        assert column_ideas(context, ["xq"]) == [], "without a mind"


@pytest.mark.parametrize("code", ["unreachable", "bad-answer", "budget", "refused"])
def test_a_mind_that_fails_has_no_ideas_and_is_not_asked_again(after_split: Session, code: Any) -> None:
    mind = FakeMind(fails=ModelError("It is gone.", code=code))
    with after_split.context() as context:
        assert column_ideas(minded(context, mind), ["xq"]) == column_ideas(minded(context, mind), ["xq"]) == []
    assert len(mind.asked) == 1 and "It is gone." in said(after_split)[-1]
    assert steps_of(after_split, mind) == steps_of(after_split, mind) == []
    assert len(mind.asked) == 2


def test_what_was_cancelled_is_asked_again(after_split: Session) -> None:
    mind = FakeMind(fails=ModelError("Stopped.", code="cancelled"))
    with after_split.context() as context, pytest.raises(Stopped):
        column_ideas(minded(context, mind), ["xq"])
    assert after_split.stored.get(COLUMNS) is None


def test_spellings_become_steps_of_the_model(after_split: Session) -> None:
    mind = FakeMind(maps=[SPELT, SpellingIdea(column="gone", keep="a", spellings=("a", "b"))])
    (step,) = steps_of(after_split, mind)
    assert (step.tool, step.params) == ("harmonise_categories", {"maps": {"ward": {"Surg": "surgery"}}})
    assert (step.origin, step.confidence, step.backed_by, step.answers) == ("model", 0.5, "", ())
    assert mind.asked == [("spellings", ["ward"])], "features wait until all are numbers"
    assert steps_of(after_split, mind) == [step] and len(mind.asked) == 1


def test_features_become_one_step_each_and_say_how_many_were_tried(treated: Session) -> None:
    mind = FakeMind(new=[RATIO, LOG, FeatureIdea(name="x", operation="log", columns=("died",))])
    steps = steps_of(treated, mind)
    assert [step.params["features"][0]["name"] for step in steps] == ["urea_per_xq", "log_noise"]
    assert all(step.origin == "model" and "one of 3 ideas" in step.why for step in steps)
    assert "kidney or stomach" in steps[0].why
    assert mind.asked[-1][0] == "features" and "died" not in mind.asked[-1][1]


def test_the_border_of_what_is_usual_is_not_the_models(treated: Session) -> None:
    with treated.context() as context:
        limits = situation(context).dictionary["urea"].limits
    mind = FakeMind(new=[FeatureIdea(name="urea_above_usual", operation="above", columns=("urea",))])
    assert limits is not None and limits.typical_high is not None
    assert steps_of(treated, mind)[0].params["features"][0]["number"] == limits.typical_high


@pytest.mark.parametrize("more", [{"stage": "rows"}, {"roles": None}])
def test_nothing_is_asked_before_the_split_or_without_a_target(after_split: Session, more: dict[str, Any]) -> None:
    mind = FakeMind(maps=[SPELT])
    if "roles" in more:
        with after_split.context() as context:
            more = {"roles": situation(context).roles.model_copy(update={"kind": "none", "target": None})}
    assert steps_of(after_split, mind, **more) == [] and mind.asked == []


def test_each_feature_is_measured_alone_on_rows_it_was_not_made_from(treated: Session) -> None:
    mind = FakeMind(new=[RATIO, LOG])
    good, useless = steps_of(treated, mind)
    with treated.context(sandbox=True) as context:
        version = head(treated.stored)
        (gain, *_), (nothing, *_) = effect_of(context, version, good), effect_of(context, version, useless)
    assert gain["rows"] == nothing["rows"] == len(version.load())
    assert gain["metric"] == "auc" and gain["low"] > 0
    assert nothing["low"] <= 0 <= nothing["high"] and gain["before"] == nothing["before"]


def says(call: Call) -> Reply:
    """A model that takes xq for what is known too late, and knows nothing else."""
    later = {"meaning": "creatinine at discharge", "unit": "mg/dL", "known_at": "after"}
    return Reply(call.answer({"xq": later, "noise": {"meaning": "", "unit": "none", "known_at": "unknown"}}))


def dictionary_of(session: Session) -> Dictionary:
    return Dictionary.from_json(session.stored.need("reading")["dictionary"])


class Opening(AutoExpert):
    """Answers what the columns mean so, keeps each question, and stops when the data are looked at."""

    def __init__(self, choice: str = "") -> None:
        self.choice = choice
        self.met: dict[str, Checkpoint] = {}

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """By rule where no choice was given."""
        if checkpoint.kind in {"plan", "change"}:
            raise Stopped("Far enough for this test.")
        self.met[name] = checkpoint
        if name == "meanings" and self.choice:
            return Answer(choice=self.choice, values={"ward": "where the patient lay"})
        return super().answer(checkpoint, name)


def opened(folder: Path, choice: str, script: Any = says) -> tuple[Session, dict[str, Checkpoint]]:
    expert = Opening(choice)
    with ModelServer(script) as server:
        session = run(start(folder, patients(120), model="m", base_url=server.url), expert)
    return session, expert.met


def test_the_question_carries_the_ideas_and_auto_adopts_none(tmp_path: Path) -> None:
    session, met = opened(tmp_path, "")
    ideas = {item["column"]: item.get("idea") for item in met["meanings"].detail["columns"]}
    assert ideas["xq"]["meaning"] == "creatinine at discharge" and ideas["xq"]["known_at"] == "after"
    assert met["meanings"].default == "unknown" and ideas["noise"] is None
    assert "proposed" in {option.value for option in met["meanings"].options}
    assert "model" not in {source for column in dictionary_of(session).values() for source in column.sources.values()}
    assert dictionary_of(session)["xq"].meaning == "" and "timing" not in met


def test_what_is_adopted_is_a_models_word_and_is_asked_about_when_it_says_later(tmp_path: Path) -> None:
    session, met = opened(tmp_path, "proposed")
    column = dictionary_of(session)["xq"]
    assert (column.meaning, column.sources["meaning"]) == ("creatinine at discharge", "model")
    assert dictionary_of(session)["ward"].sources["meaning"] == "person", "what was typed beside it stands"
    assert [item["column"] for item in met["timing"].detail["columns"]] == ["xq"]


@pytest.mark.parametrize("status", [500, 401])
def test_a_server_that_is_gone_costs_the_ideas_and_nothing_else(tmp_path: Path, status: int) -> None:
    session, met = opened(tmp_path, "", lambda call: Reply("No.", status=status))
    assert all("idea" not in item for item in met["meanings"].detail["columns"])
    assert "proposed" not in {option.value for option in met["meanings"].options}
    assert any("no ideas about columns" in text for text in said(session))
    assert session.stored.need("head")
