"""The rules of transforms: what they learn, and what they may do to rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from climbdc.sdk._check_run import alike, copied, fingerprint, names_in, round_trip, run, state_print
from climbdc.sdk._check_table import permute_outcomes
from climbdc.sdk._check_trial import Broken, Trial, require
from climbdc.sdk._column import Column
from climbdc.sdk._tool import NotApplicable

__all__ = [
    "canonical_output", "cross_fitted", "described", "lineage", "new_rows_apart", "row_wise", "rows_kept",
    "state_travels", "target_kept", "target_unseen",
]  # fmt: skip

_CHANCE = 4.5  # standard errors of a correlation that no honest encoding of a random target exceeds


def _pairs(trial: Trial) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Train and new rows before and after; none where the tool refused, in words."""
    seen = trial.run()
    both = ((trial.data.train, seen.treated), (trial.new, seen.new))
    return [(before, after) for before, after in both if after is not None]


def canonical_output(trial: Trial) -> None:
    """What comes out is a canonical frame, as what went in."""
    from climbdc.data import canonical

    for _, frame in _pairs(trial):
        require(isinstance(frame, pd.DataFrame), f"apply gave a {type(frame).__name__}, not a DataFrame")
        changed = [name for name in frame.columns if frame[name].dtype != canonical(frame[[name]])[name].dtype]
        require(not changed, f"columns {changed} are not int64, float64, datetime64[us] or text (climbdc.data.TEXT)")
        require(canonical(frame) is frame, "the index is not the raw row number `_row`")


def state_travels(trial: Trial) -> None:
    """The state is JSON, Arrow tables and bytes, never a pickle, and does the same when it comes back."""
    tool = trial.make()
    seen = run(tool, copied(trial.data), trial.new.copy())
    if seen.state is None or seen.treated is None or seen.new is None:
        return
    before = state_print(seen.state)
    try:
        back = round_trip(seen.state)
    except TypeError as error:
        raise Broken(str(error)) from error
    roles = trial.data.roles
    again = trial.make().apply(trial.new.copy(), back, roles)
    require(fingerprint(again) == fingerprint(seen.new), "apply gives something else with the state read back")
    again = trial.make().apply(trial.data.train.copy(), back, roles)
    require(fingerprint(again) == fingerprint(seen.treated), "apply gives something else with the state read back")
    require(state_print(seen.state) == before, "apply changes the state")


def new_rows_apart(trial: Trial) -> None:
    """New rows, in whatever order and number, change nothing on train rows."""
    base = trial.run()
    if base.state is None or base.treated is None:
        return
    tool, roles = trial.make(), trial.data.roles
    order = np.random.default_rng(trial.data.seed).permutation(len(trial.new))
    for rows in (trial.new.iloc[order], trial.new.iloc[:3], trial.new.iloc[:0]):
        tool.apply(rows.copy(), base.state, roles)
        again = tool.apply(trial.data.train.copy(), base.state, roles)
        require(fingerprint(again) == fingerprint(base.treated), "the train result changes after new rows were treated")


def described(trial: Trial) -> None:
    """Each new column has a dictionary entry."""
    tool = trial.make()
    seen = run(tool, copied(trial.data))
    if seen.treated is None or seen.state is None:
        return
    columns: list[Column] = tool.describe(copied(trial.data), seen.treated.copy(), seen.state)
    names = {column.name for column in columns}
    new = [name for name in seen.treated.columns if name not in trial.data.train.columns and name not in names]
    require(not new, f"`describe` has no entry for the new columns {new[:5]}")
    strange = sorted(names - set(seen.treated.columns))
    require(not strange, f"`describe` has entries for columns that are not there: {strange[:5]}")


def rows_kept(trial: Trial) -> None:
    """rows="keep" gives the same rows in the same order, on train and on new rows."""
    for before, after in _pairs(trial):
        same = after.index.equals(before.index)
        require(same, 'it is declared rows="keep", but rows were dropped, added or moved')


def row_wise(trial: Trial) -> None:
    """A row is treated alike whatever rows come with it."""
    seen = trial.run()
    if seen.state is None or seen.new is None:
        return
    tool, roles, half = trial.make(), trial.data.roles, len(trial.new) // 2
    parts = [tool.apply(rows.copy(), seen.state, roles) for rows in (trial.new.iloc[:half], trial.new.iloc[half:])]
    same = [list(part.columns) == list(seen.new.columns) for part in parts]
    require(all(same), "which columns come out depends on the rows that go in")
    require(alike(pd.concat(parts), seen.new), "a row is treated otherwise when other rows come with it")


def target_kept(trial: Trial) -> None:
    """Outcome columns stay as they are unless the params name them."""
    outcomes = [name for name in trial.data.roles.outcomes if name not in names_in(trial.params)]
    for before, after in _pairs(trial):
        for name in outcomes:
            require(name in after.columns, f"it removes the outcome column {name!r}")
            still = before.loc[before.index.isin(after.index), [name]]
            require(alike(still, after[[name]]), f"it changes the outcome column {name!r}")


def target_unseen(trial: Trial) -> None:
    """Neither what is learnt nor how features are treated depends on the outcomes."""
    base = trial.run()
    if base.state is None or base.new is None:
        return
    other = trial.run(copied(permute_outcomes(trial.data)))
    require(other.state is not None, f"with other outcomes it refuses: {other.refused}")
    same = state_print(base.state) == state_print(other.state or {})
    require(same, "what it learns changes with the target's values; give it `fit_apply` if that is meant")
    outcomes = [name for name in trial.data.roles.outcomes if name in trial.new.columns]
    blank = trial.new.copy()
    for name in outcomes:
        blank[name] = blank[name].where(np.zeros(len(blank), dtype=bool))
    without = trial.make().apply(blank, base.state, trial.data.roles)
    same = alike(without.drop(columns=outcomes, errors="ignore"), base.new.drop(columns=outcomes, errors="ignore"))
    require(same, "features are treated otherwise when the target is missing")


def cross_fitted(trial: Trial) -> None:
    """`fit_apply` on a target of pure chance gives columns that know nothing of it.

    A column counts as telling when its correlation with the random target exceeds 4.5 standard errors, which chance
    does about seven times in a million.
    """
    data, target = trial.data, trial.data.roles.target
    if target is None:
        return
    chance = np.random.default_rng(data.seed + 2).integers(0, 2, len(data.train))
    frame = data.train.copy()
    frame[target] = chance
    treat: Callable[..., Any] = trial.make().fit_apply
    try:
        treated, _ = treat(replace(data, train=frame))
    except NotApplicable:
        return  # nothing to be learnt from chance is what it should say
    before = trial.data.train
    for name in treated.columns:
        if name == target or treated[name].dtype.kind not in "if" or _same_column(before, treated, name):
            continue
        values = treated[name].fillna(treated[name].mean()).to_numpy(dtype="float64")
        if np.std(values) > 0:
            told = abs(float(np.corrcoef(values, treated[target])[0, 1])) * np.sqrt(len(values))
            require(told < _CHANCE, f"column {name!r} knows a target that was drawn at random")


def _same_column(before: pd.DataFrame, after: pd.DataFrame, name: str) -> bool:
    return name in before.columns and before.index.equals(after.index) and alike(before[[name]], after[[name]])


def lineage(trial: Trial) -> None:
    """Where rows are merged, `lineage` names a source for each row that came out and no row that was not there."""
    tool = trial.make()
    seen = run(tool, copied(trial.data))
    if seen.treated is None or seen.state is None:
        return
    made = tool.lineage(trial.data.train.copy(), seen.state, trial.data.roles)
    if made is None:
        require(
            set(seen.treated.index) <= set(trial.data.train.index), "rows came out that were not there; see `lineage`"
        )
        return
    require({"_row", "source_row"} <= set(made.columns), "`lineage` needs the columns `_row` and `source_row`")
    require(set(made["_row"]) == set(seen.treated.index), "`lineage` does not account for the rows that came out")
    require(set(made["source_row"]) <= set(trial.data.train.index), "`lineage` names source rows that were not there")
