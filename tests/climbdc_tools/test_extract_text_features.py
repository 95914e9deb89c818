"""Facts in free text become columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from climbdc.data import canonical
from climbdc.describe import describe
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.extract_text_features import ExtractTextFeatures

NOTES = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text("utf-8"))
SENTENCES = [note["text"].rstrip(".") + "." for note in NOTES if note["text"]]


def notes(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Notes of four sentences; diabetes and chest pain said of every third, and denied of another third."""
    rng = np.random.default_rng(seed)
    plain = [text for text in SENTENCES if "diabet" not in text.lower() and "chest pain" not in text.lower()]
    diabetes, pain = rng.integers(0, 3, rows), rng.integers(0, 3, rows)
    said = ["Known diabetes.", "Not diabetic.", "Sleeps well."]
    felt = ["Chest pain on exertion.", "Denies any chest pain.", "Unsteady when walking."]
    texts = []
    for row in range(rows):
        few = [
            *rng.choice(plain, 2),
            said[diabetes[row]],
            felt[pain[row]],
            f"EF {rng.integers(20, 70)}%.",
            "Seen by Dr. Quibbleworth.",
        ]
        texts.append(" ".join(few[place] for place in rng.permutation(len(few))))
    return pd.DataFrame(
        {
            "note": texts,
            "age": rng.integers(20, 90, rows),
            "diabetes": diabetes,
            "pain": pain,
            "died": rng.integers(0, 2, rows),
        }
    )


def dataset(frame: pd.DataFrame, roles: Roles | None = None) -> Dataset:
    frame = canonical(frame)
    return Dataset(frame, roles or Roles(kind="binary", target="died"), describe(frame))


@pytest.fixture(scope="module")
def read() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table, and what came out."""
    frame = notes()
    data = dataset(frame)
    tool = ExtractTextFeatures()
    return frame, tool.apply(data.train, tool.fit(data), data.roles)


def test_a_finding_is_told_from_its_denial(read: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, after = read
    assert (after["note: diabetes"] == (frame["diabetes"] == 0)).all()
    assert (after["note: diabetes denied"] == (frame["diabetes"] == 1)).all()
    assert (after["note: chest pain"] == (frame["pain"] == 0)).all()


def test_numbers_length_and_words_of_their_own(read: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, after = read
    assert after["note: ejection fraction"].between(20, 70).all()
    assert (after["note: words"] == frame["note"].str.split().str.len()).all()
    assert (after['note: word "unsteady"'] == (frame["pain"] == 2)).all()


def test_the_text_is_gone_once_read_and_kept_where_asked(read: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert "note" not in read[1]
    data = dataset(notes(60))
    tool = ExtractTextFeatures({"keep": True})
    assert "note" in tool.apply(data.train, tool.fit(data), data.roles)


def test_no_name_of_a_person_becomes_a_column(read: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert not [name for name in read[1].columns if "quibble" in name.lower()]


def test_what_few_patients_have_becomes_no_column() -> None:
    frame = notes(60)
    frame.loc[:8, "note"] = frame.loc[:8, "note"] + " Kidney failure, hyperkaliemic."
    data = dataset(frame)
    names = ExtractTextFeatures().fit(data)["columns"]["note"]["names"]
    assert not [name for name in names if "kidney" in name or "hyperkal" in name]


def test_visits_of_one_patient_count_once() -> None:
    frame = notes(90).assign(id=np.repeat(np.arange(9), 10))
    data = dataset(frame, Roles(kind="binary", target="died", patient="id"))
    assert ExtractTextFeatures().fit(data)["columns"]["note"]["names"] == ["note: words"]


def test_new_texts_are_read_alike_and_gaps_say_nothing() -> None:
    data = dataset(notes())
    tool = ExtractTextFeatures()
    new = canonical(pd.DataFrame({"note": ["No diabetes. EF 40%.", None, "Diabetes. Diabetes."]}))
    after = tool.apply(new, tool.fit(data), data.roles)
    assert after["note: diabetes"].tolist() == [0, 0, 1] and after["note: diabetes denied"].tolist() == [1, 0, 0]
    assert after["note: ejection fraction"].isna().tolist() == [False, True, True]
    assert after["note: words"].tolist() == [4, 0, 2]


def test_each_column_is_described() -> None:
    data = dataset(notes())
    tool = ExtractTextFeatures()
    state = tool.fit(data)
    entries = {entry.name: entry for entry in tool.describe(data, tool.apply(data.train, state, data.roles), state)}
    assert entries["note: ejection fraction"].unit == "%" and entries["note: diabetes"].meaning == "note says: diabetes"


@pytest.mark.parametrize(
    "frame", [notes(0), notes(1), pd.DataFrame({"sex": ["f", "m"] * 30}), pd.DataFrame({"note": [None] * 30})]
)
def test_without_free_text_it_does_not_apply(frame: pd.DataFrame) -> None:
    with pytest.raises(NotApplicable):
        ExtractTextFeatures().fit(dataset(frame, Roles()))


def test_other_languages_give_words_and_length() -> None:
    rng = np.random.default_rng(0)
    words = ["Patient", "klagt", "Schwindel", "Husten", "gehbehindert", "selbst\u00e4ndig", "Pflege"]
    frame = pd.DataFrame({"bericht": [" ".join(rng.permutation(words)[:6]) for _ in range(200)]})
    names = ExtractTextFeatures().fit(dataset(frame, Roles()))["columns"]["bericht"]["names"]
    assert names[-1] == "bericht: words"
