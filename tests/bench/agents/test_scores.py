"""The scores of dictionaries and leaks: silence, the key itself and vandals get what they deserve."""

from __future__ import annotations

from pathlib import Path

import pytest

from climbdc.bench import Skipped
from climbdc.bench.agents import DATASETS, DataKey, Said, load_key, score_dictionary, score_leaks


@pytest.fixture(scope="module", params=DATASETS)
def key(request: pytest.FixtureRequest, bench_data: Path) -> DataKey:
    return load_key(request.param, bench_data)


def oracle(key: DataKey) -> dict[str, Said]:
    return {
        name: Said(meaning=truth.meaning, unit=truth.unit, known_at="after" if truth.later else "at")
        for name, truth in key.columns.items()
    }


def test_the_key_fits_its_table(key: DataKey) -> None:
    import pandas as pd

    columns = set(pd.read_csv(key.file, nrows=5).columns)
    assert set(key.columns) == columns - {key.goal.target}
    assert key.leaks | key.identifiers | key.askable <= columns


def test_an_oracle_is_right_everywhere(key: DataKey) -> None:
    score = score_dictionary(oracle(key), key.columns)
    assert score.meaning.accuracy == score.known_at.accuracy == 1 and score.false_later == 0
    assert not score.unit.due or score.unit.accuracy == score.unit.precision == 1


def test_whoever_says_nothing_is_right_nowhere(key: DataKey) -> None:
    score = score_dictionary({}, key.columns)
    assert score.meaning.right == score.unit.right == score.known_at.right == score.later.right == 0
    assert score.meaning.said == score.unit.said == score.known_at.said == 0


def test_a_vandal_is_wrong_nearly_everywhere(key: DataKey) -> None:
    right, names = oracle(key), list(key.columns)
    swapped = {name: right[names[(at + 7) % len(names)]] for at, name in enumerate(names)}
    score = score_dictionary(swapped, key.columns)
    assert score.meaning.accuracy < 0.15 and score.meaning.precision < 0.15 and score.unit.precision < 0.4


@pytest.mark.parametrize("name", ["heart", "support2"])
def test_a_short_name_is_no_meaning(name: str, bench_data: Path) -> None:
    key = load_key(name, bench_data)
    score = score_dictionary({name: Said(meaning=name) for name in key.columns}, key.columns)
    assert score.meaning.accuracy < 0.4


def test_calling_everything_later_finds_all_and_is_told_the_false_ones(key: DataKey) -> None:
    score = score_dictionary({name: Said(known_at="after") for name in key.columns}, key.columns)
    assert score.later.right == score.later.due
    assert score.false_later == score.known_at.due - score.later.due > 0


def test_without_benchmark_data_only_the_demo_is_there() -> None:
    assert load_key("heart", None).file.is_file()
    with pytest.raises(Skipped, match="--data"):
        load_key("support2", None)


def test_leaks_found_and_removed(key: DataKey) -> None:
    harmless = set(key.columns) - key.leaks - key.identifiers - key.askable
    best = score_leaks(key, key.leaks, harmless, told=True)
    assert best.found == best.due == len(key.leaks) and best.kept == best.false_alarms == best.lost == 0


def test_doing_nothing_finds_none_and_keeps_all(key: DataKey) -> None:
    nothing = score_leaks(key, (), key.columns, told=True)
    assert nothing.found == 0 and nothing.kept == nothing.due and nothing.lost == 0


def test_dropping_everything_is_told_as_loss(key: DataKey) -> None:
    vandal = score_leaks(key, key.columns, (), told=True)
    harmless = set(key.columns) - key.leaks - key.identifiers - key.askable
    assert vandal.kept == 0 and vandal.lost == vandal.false_alarms == len(harmless)


def test_what_needs_the_dictionary_is_due_only_with_it(bench_data: Path) -> None:
    key = load_key("support2", bench_data)
    assert score_leaks(key, (), (), told=False).due == score_leaks(key, (), (), told=True).due - len(key.hidden_leaks)


def test_encoded_columns_count_for_their_origin(bench_data: Path) -> None:
    key = load_key("support2", bench_data)
    assert score_leaks(key, (), ["sfdm2=no(M2 and SIP pres)", "dnr=dnr after sadm"], told=True).kept == 2
    assert score_leaks(key, (), ["surv2m (was missing)", "diabetes"], told=True).kept == 1
