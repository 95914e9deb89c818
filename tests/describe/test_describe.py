"""The filled dictionary: who is believed, when values are known, limits in the right unit."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import ColumnLabel, canonical, read
from climbdc.describe import column_from, describe, read_dictionary
from climbdc.errors import InputError
from climbdc.sdk import Column

LATER_BY_DICTIONARY = {
    "outcome": {"death", "hospdead", "d.time", "sfdm2", "slos"},
    "known-later": {"charges", "totcst", "totmcst", "avtisst", "dnr", "dnrday"},
    "others-predictions": {"surv2m", "surv6m", "prg2m", "prg6m"},
}


def test_when_the_columns_of_support2_are_known(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/support2.csv"]).frame
    given = read_dictionary(bench_data / "clinical/support2_dictionary.csv")
    dictionary = describe(frame, given=given)
    later = {kind: {c.name for c in dictionary.values() if c.later_kind == kind} for kind in LATER_BY_DICTIONARY}
    assert later == LATER_BY_DICTIONARY
    assert all(dictionary[name].known_at == "after" for names in later.values() for name in names)
    assert dictionary["hrt"].known_at == "at" and dictionary["sex"].known_at == "before"
    assert "whole stay" in dictionary["charges"].known_because
    assert dictionary["charges"].sources["known_at"] == "inferred"


def test_without_a_dictionary_only_telling_names_say_when(bench_data: Path) -> None:
    dictionary = describe(read([bench_data / "clinical/support2.csv"]).frame)
    later = {name for name, column in dictionary.items() if column.known_at == "after"}
    assert {"death", "d.time", "charges", "surv2m", "surv6m", "prg2m", "prg6m"} <= later
    assert not later & {"age", "meanbp", "crea", "adlp", "scoma", "dzgroup", "hday", "sps", "aps", "urine"}
    limits = dictionary["hrt"].limits
    assert limits is not None and limits.zero_impossible


def test_a_person_stands_before_the_file_the_file_before_labels_and_labels_before_guesses() -> None:
    frame = canonical(pd.DataFrame({"crea": [0.9, 1.1, 2.3, 1.7, 0.8, 1.0]}))
    label = ColumnLabel(meaning="from the label", labels={"9.9": "lost"}, missing_codes=("9.9",))
    file = Column(name="crea", meaning="from the file", unit="mg/dL", sources={"meaning": "file", "unit": "file"})
    person = Column(name="crea", meaning="serum creatinine", known_at="after")
    told = describe(frame, {"crea": label}, [file, person])["crea"]
    assert (told.meaning, told.sources["meaning"]) == ("serum creatinine", "person")
    assert (told.unit, told.sources["unit"]) == ("mg/dL", "file")
    assert (told.missing_codes, told.sources["missing_codes"]) == (("9.9",), "label")
    assert (told.variable, told.sources["variable"]) == ("creatinine", "knowledge")
    assert (told.type, told.sources["type"]) == ("continuous", "inferred")
    assert (told.known_at, told.later_kind) == ("after", "known-later")
    assert describe(frame, {"crea": label})["crea"].meaning == "from the label"


def test_limits_follow_the_unit_of_the_column() -> None:
    values = pd.Series(np.linspace(55, 310, 40))
    micro = column_from("crea", values, given=[Column(name="crea", unit="umol/L")])
    usual = column_from("crea", values / 88.4)
    assert micro.limits is not None and usual.limits is not None
    assert micro.unit == "umol/L" and usual.unit == "mg/dL"
    assert micro.limits.low == pytest.approx((usual.limits.low or 0) * 88.4, rel=0.01)
    guessed = column_from("creatinine", values)
    assert guessed.limits is not None and guessed.limits.high == micro.limits.high


def test_labelled_codes_are_categories_and_labelled_gaps_are_not() -> None:
    values = pd.Series([1, 2, 3, 4] * 10)
    pain = {"1": "typical", "2": "atypical", "3": "not angina", "4": "none"}
    column = column_from("cp", values, label=ColumnLabel(labels=pain))
    assert (column.type, column.sources["type"]) == ("categorical", "label")
    stages = ColumnLabel(labels={"1": "low", "2": "medium", "3": "high", "4": "very high"})
    assert column_from("cp", values, label=stages).type == "ordinal"
    gaps = ColumnLabel(labels={"99": "refused"}, missing_codes=("99",))
    assert column_from("visits", pd.Series([0, 1, 5, 99, 8, 3] * 5), label=gaps).type == "integer"


def test_a_language_model_is_believed_after_people_and_files_and_before_guesses() -> None:
    values = canonical(pd.DataFrame({"x7": [1.0, 2.0, 3.0]}))["x7"]

    def by(source: str, **fields: str) -> Column:
        return Column.model_validate({"name": "x7", **fields, "sources": dict.fromkeys(fields, source)})

    guess = by("model", meaning="days until death", unit="h", known_at="before", known_because="it says so")
    alone = column_from("x7", values, given=[guess])
    assert (alone.meaning, alone.unit, alone.sources["meaning"]) == ("days until death", "h", "model")
    assert (alone.known_at, alone.sources["known_at"]) == ("after", "inferred"), "the words tell more than the model"
    silent = column_from(
        "x7", values, given=[by("model", meaning="a score", known_at="after", known_because="a guess")]
    )
    assert (silent.known_at, silent.sources["known_at"], silent.later_kind) == ("after", "model", "known-later")
    both = column_from("x7", values, given=[guess, by("file", meaning="a score", unit="s", known_at="at")])
    assert (both.meaning, both.unit, both.known_at, both.sources["known_at"]) == ("a score", "s", "at", "file")


def test_missing_codes_do_not_count_as_values() -> None:
    given = [Column(name="smoker", missing_codes=("9", "?"))]
    assert column_from("smoker", pd.Series([0, 1, 9, 1] * 8), given=given).type == "binary"
    text = canonical(pd.DataFrame({"smoker": ["yes", "no", " ? ", "yes"] * 8}))["smoker"]
    assert column_from("smoker", text, given=given).type == "binary"


def test_names_in_another_spelling_and_columns_that_are_not_there() -> None:
    frame = canonical(pd.DataFrame({"d.time": [1.5, 2.5, 9.5], "age": [60.5, 70.5, 80.5]}))
    file = {"meaning": "file"}
    given = [Column(name="D_TIME", meaning="time", sources=file), Column(name="bmi", meaning="bmi", sources=file)]
    assert describe(frame, given=given)["d.time"].meaning == "time"
    with pytest.raises(InputError, match=r"'agee'.*Did you mean 'age'"):
        describe(frame, given=[Column(name="agee", meaning="age")])
    with pytest.raises(InputError, match="none of these"):
        describe(frame, given=[Column(name="bmi", meaning="bmi", sources=file)])


def test_empty_tables_and_one_row() -> None:
    assert len(describe(canonical(pd.DataFrame()))) == 0
    empty = canonical(pd.DataFrame({"age": pd.Series([], dtype="float64"), "sex": pd.Series([], dtype=object)}))
    assert list(describe(empty)) == ["age", "sex"]
    assert describe(canonical(pd.DataFrame({"age": [61.5], "gap": [np.nan]})))["age"].type == "continuous"


def test_thousands_of_columns_are_quick() -> None:
    values = np.random.default_rng(0).normal(size=(50, 5_000))
    frame = canonical(pd.DataFrame(values, columns=[f"gene_{i}" for i in range(5_000)]))
    start = time.perf_counter()
    assert set(describe(frame).of_type("continuous")) == set(frame.columns)
    assert time.perf_counter() - start < 30  # 3 s when nothing else runs


def test_the_same_table_gives_the_same_bytes(bench_data: Path) -> None:
    frame = read([bench_data / "clinical/pbc2.csv"]).frame
    given = [Column(name="year", meaning="years since entry", unit="years", known_at="at")]
    one, other = (describe(frame, given=given).to_json() for _ in range(2))
    assert one == other
    assert [list(entry) for entry in one] == [list(entry) for entry in other]
    sources = next(entry["sources"] for entry in one if entry["name"] == "year")
    assert isinstance(sources, dict) and list(sources)[:3] == ["meaning", "unit", "known_at"]
