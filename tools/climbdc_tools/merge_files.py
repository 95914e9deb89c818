"""Columns of further tables, brought to the rows of this one by keys."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from climbdc.data import Join, JoinRule, Reading, ReadOptions, join_readings
from climbdc.describe import column_from
from climbdc.joining import TableProposal, build_joins, propose_joins
from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, ToolError, Transform, transform

__all__ = ["MergeFiles", "MergeFilesParams"]


class MergeFilesParams(Params):
    """Which tables are joined, by what, and what is kept where a row finds several of theirs."""

    tables: list[str] = Field(default=[], description="Names of the tables to join, among those given as extra.")
    keys: dict[str, dict[str, str]] = Field(
        default={}, description="Table -> column of the main table -> column of that one; proposed where left out."
    )
    rules: list[JoinRule] = Field(default=["first"], description="What is kept of several rows of one key.")
    until: float | None = Field(
        default=None,
        description="Only rows at or before this moment enter; for dates, days after the key's first row.",
    )


@transform(addresses="structure/multiple-files", rows="keep", stage="rows")
class MergeFiles(Transform[MergeFilesParams]):
    """Join further tables to this one: every row stays, none is added, and what finds nothing is counted.

    In a session the join is asked for before anything else and is part of the reading, so that the recipe repeats it
    on new files. As a step it joins the tables given with the data, and keeps them as its fitted state.
    """

    says: ClassVar[dict[str, str]] = {
        "joined": "{table} was joined by {on}: {found} of {total} rows found theirs; {n} of its {N} rows are used and "
        "{left_out} are lost.",
        "summed-up": "{table} was joined by {on}: {found} of {total} rows found theirs; of several rows this is kept: "
        "{how}. {left_out} of its {N} rows are lost. Values from after the moment of prediction may be in it.",
        "left-out": "{table} was left out: {reason}.",
        "stacked": "{count} files with the same columns were put under each other.",
    }

    def fit(self, data: Dataset) -> State:
        """The joins and the tables.

        Raises:
            NotApplicable: No table is named.
            ToolError: A table was not given, or none of its columns can be the key.
        """
        if not self.params.tables:
            raise NotApplicable("No further table is named.")
        absent = [name for name in self.params.tables if name not in data.extra]
        if absent:
            given = ", ".join(sorted(data.extra)) or "none"
            raise ToolError(f"There is no table {absent[0]!r}.", fix=f"Given are: {given}.", code="no-table")
        main = _reading(data.train)
        frames = [data.train, *(_known_as(data.extra[n], self.params.keys.get(n, {})) for n in self.params.tables)]
        names = ["", *self.params.tables]
        proposals = propose_joins(frames, names, 0)
        _refuse(proposals)
        readings = [(proposal, _reading(frames[proposal.number])) for proposal in proposals]
        joins = build_joins(main, readings, self.params.rules, self.params.until)
        tables = {f"table_{number}": frame for number, frame in enumerate(frames[1:])}
        return {"joins": [join.model_dump(mode="json") for join in joins], **tables}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame with the columns of the tables; a row that finds nothing has them empty."""
        joins = [Join.model_validate(join) for join in state["joins"]]
        tables = [_reading(state[f"table_{number}"]) for number in range(len(joins))]
        return join_readings(_reading(frame), tables, joins).frame

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """A plain entry for each new column."""
        new = [str(name) for name in frame.columns if name not in data.train.columns]
        return [column_from(name, frame[name]) for name in new]


def _reading(frame: pd.DataFrame) -> Reading:
    return Reading(frame, ReadOptions(format="csv"))


def _known_as(table: pd.DataFrame, keys: dict[str, str]) -> pd.DataFrame:
    """The table with its key columns under the names of the main one, where these are said.

    Raises:
        ToolError: It has no such column.
    """
    absent: list[Any] = [name for name in keys.values() if name not in table.columns]
    if absent:
        raise ToolError(f"The table has no column {absent[0]!r}.", code="no-column")
    return table.rename(columns={theirs: ours for ours, theirs in keys.items()})


def _refuse(proposals: list[TableProposal]) -> None:
    """Raise a `ToolError` where a table cannot be joined."""
    for proposal in proposals:
        if not proposal.joinable:
            raise ToolError(
                f"{proposal.table} cannot be joined: {proposal.reason}.", fix="Name its keys.", code="no-key"
            )
