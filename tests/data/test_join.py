"""Joining the columns of one table to the rows of another, on PBC as two files and on what new files bring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from climbdc.data import (
    Join,
    JoinedColumn,
    Reading,
    ReadOptions,
    canonical,
    frame_hash,
    join_readings,
    match_keys,
    read,
    read_tables,
)
from climbdc.errors import InputError
from climbdc.joining import RULES, build_joins, propose_joins


def reading(**columns: list[object]) -> Reading:
    """A table as if it had been read."""
    return Reading(canonical(pd.DataFrame(columns)), ReadOptions(format="csv"))


@pytest.fixture(scope="module")
def pbc(bench_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """PBC as a file of patients and one of their visits, these in no order."""
    folder = tmp_path_factory.mktemp("pbc")
    whole = pd.read_csv(bench_data / "clinical" / "pbc2.csv")
    patients = whole.drop_duplicates("id")[["id", "years", "status2", "drug", "age", "sex"]]
    visits = whole[["id", "year", "edema", "serBilir", "albumin"]].sample(frac=1.0, random_state=1)
    files = [folder / "patients.csv", folder / "visits.csv"]
    patients.to_csv(files[0], index=False)
    visits.to_csv(files[1], index=False)
    return files


def joined(files: list[Path], rules: str = "join", until: float | None = None) -> Reading:
    """Patients with their visits."""
    patients, visits = read_tables(files, verbatim=True)
    (proposal,) = propose_joins([patients.frame, visits.frame], ["patients", "visits"], 0)
    joins = build_joins(patients, [(proposal, visits)], RULES[rules], until)
    return join_readings(patients, [visits], joins)


def test_each_rule_is_what_pandas_says_of_the_visits_in_order(pbc: list[Path]) -> None:
    table = joined(pbc, "join_summary").frame
    visits = pd.read_csv(pbc[1]).sort_values(["id", "year"], kind="stable")
    wanted = visits.groupby("id").agg(
        first=("serBilir", "first"), last=("serBilir", "last"), mean=("serBilir", "mean"), count=("serBilir", "count")
    )
    for rule in ("first", "last", "mean", "count"):
        assert np.allclose(table[f"serBilir_{rule}"], wanted[rule].loc[table["id"]])
    assert len(table) == 312 and table.index.tolist() == list(range(312))


def test_every_row_that_was_brought_is_named(pbc: list[Path]) -> None:
    table = joined(pbc)
    assert table.lineage is not None and len(table.lineage) == 1945
    raw = pd.read_csv(pbc[1])
    ids = table.frame.loc[table.lineage["_row"], "id"].to_numpy()
    assert (raw.loc[table.lineage["source_row"], "id"].to_numpy() == ids).all()


def test_only_visits_up_to_a_moment_enter(pbc: list[Path]) -> None:
    table = joined(pbc, "join_last", until=0.0)
    assert (table.frame["year"] == 0).all() and len(table.lineage) == 312  # type: ignore[arg-type]


def test_the_reading_options_give_the_same_bytes_again_in_any_order(pbc: list[Path]) -> None:
    table = joined(pbc, "join_summary")
    again = read(pbc[::-1], table.options, verbatim=True)
    assert frame_hash(again.frame) == frame_hash(table.frame)
    assert again.verbatim is not None and again.verbatim.equals(table.verbatim)
    assert ReadOptions.model_validate_json(table.options.model_dump_json()) == table.options


def test_unchanged_cells_keep_their_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,x\n1,1.50\n2,2.0\n3,3.10\n")
    (tmp_path / "b.csv").write_text("id,dose\n3,0.50\n1,1.0\n4,2.50\n")
    one, two = read_tables([tmp_path / "a.csv", tmp_path / "b.csv"], verbatim=True)
    (proposal,) = propose_joins([one.frame, two.frame], ["a", "b"], 0)
    table = join_readings(one, [two], build_joins(one, [(proposal, two)]))
    assert table.verbatim is not None and table.verbatim.column("dose").to_pylist() == ["1.0", "", "0.50"]


def test_a_table_that_is_absent_leaves_its_columns_out_and_says_so(pbc: list[Path]) -> None:
    table = read(pbc[:1], joined(pbc).options)
    assert "serBilir" not in table.frame and table.frame.shape == (312, 6)
    assert "table-absent" in {decision.code for decision in table.decisions}


def test_a_file_like_none_of_the_tables_is_refused(pbc: list[Path], tmp_path: Path) -> None:
    strange = tmp_path / "strange.csv"
    strange.write_text("a,b,c\n1,2,3\n4,5,6\n")
    with pytest.raises(InputError, match="has other columns than"):
        read([*pbc, strange], joined(pbc).options)
    with pytest.raises(InputError, match="main table"):
        read(pbc[1:], joined(pbc).options)


def test_a_key_that_repeats_in_new_files_takes_the_first_and_is_told() -> None:
    main, other = reading(id=[1, 2]), reading(id=[1, 2, 2], dose=[5.0, 7.0, 9.0])
    join = Join(table="dose", options=other.options, keys=(("id", "id"),), columns=(
        JoinedColumn(name="dose", source="dose"),))  # fmt: skip
    table = join_readings(main, [other], [join])
    assert table.frame["dose"].tolist() == [5.0, 7.0]
    assert "1 rows repeat a key" in table.decisions[-1].text


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ([7, 8, 9], ["007", "008", "010"], [True, True, False]),
        (["007", "8"], ["7", "8"], [False, True]),
        ([" a ", None, ""], ["a", None, ""], [True, False, False]),
        ([1.0, None, 3.0], [1, 2, 3], [True, False, True]),
    ],
)
def test_keys_are_compared_as_a_person_would(one: list[object], two: list[object], alike: list[bool]) -> None:
    left, right = reading(id=one).frame, reading(id=two).frame
    matched = match_keys(left, right, [("id", "id")])
    assert [a == b >= 0 for a, b in zip(matched.main, matched.other, strict=True)] == alike


def test_a_join_never_changes_how_many_rows_there_are() -> None:
    main, other = reading(id=[1, 2, None, 1]), reading(id=[1, 1, None, 5], x=["a", "b", "c", "d"])
    join = Join(table="t", options=other.options, keys=(("id", "id"),), several=True, columns=(
        JoinedColumn(name="x", source="x", rule="last"), JoinedColumn(name="n", source="x", rule="count")))  # fmt: skip
    table = join_readings(main, [other], [join]).frame
    assert table["x"].fillna("").tolist() == ["b", "", "", "b"] and table["n"].fillna(0).tolist() == [2, 0, 0, 2]
    empty = join_readings(reading(id=[]), [other], [join]).frame
    assert empty.shape == (0, 3)
