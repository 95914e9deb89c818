"""One row a patient from several visits."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import numpy as np
import pandas as pd

from climbdc.sdk import Column, Dataset, Field, NotApplicable, Params, Roles, State, Transform, transform
from climbdc_tools.naming import free_names
from climbdc_tools.visits import Order, Rule, in_time, order_visits, summarise

__all__ = ["AggregateVisits", "AggregateVisitsParams"]

NumberRule = Literal["last", "first", "mean", "min", "max", "slope", "count"]
CategoryRule = Literal["last", "first", "mode"]

_MEANING = {
    "last": "last known value",
    "first": "first known value",
    "mean": "mean over visits",
    "min": "lowest value over visits",
    "max": "highest value over visits",
    "slope": "change per unit of visit time",
    "count": "number of visits with a value",
    "mode": "most frequent value",
}


class AggregateVisitsParams(Params):
    """Whose visits are brought together, in which order, and by which rules."""

    patient: str | None = Field(
        default=None, description="Column that names the patient; by the roles when left out.",
        json_schema_extra={"holds": "column"},
    )  # fmt: skip
    visit_time: str | None = Field(
        default=None,
        description="Column that orders the visits; by the roles when left out, else the file's order.",
        json_schema_extra={"holds": "column"},
    )
    numeric: list[NumberRule] = Field(default=["last"], description="What is kept of columns of numbers.")
    categorical: list[CategoryRule] = Field(default=["last"], description="What is kept of text and dates.")
    columns: dict[str, list[Rule]] = Field(default={}, description="Column -> its own rules instead.")
    until: float | None = Field(
        default=None,
        description="Only visits at or before this time enter; for dates, days after the patient's first visit.",
    )


@transform(addresses="structure/repeated-measures", rows="all")
class AggregateVisits(Transform[AggregateVisitsParams]):
    """Make one row a patient out of several visits.

    `last` and `first` mean the last and first known value. Columns that never change within a patient, and the other
    roles than features, keep their last known value under their name. A row without a patient stays alone.
    """

    def fit(self, data: Dataset) -> State:
        """Which rules each column gets, and which columns never change within a patient.

        Raises:
            NotApplicable: No column names the patient, or none has two rows.
        """
        frame, roles = data.train, data.roles
        patient, time = self.params.patient or roles.patient, self.params.visit_time or roles.visit_time
        if patient is None or patient not in frame.columns:
            raise NotApplicable("No column names the patient.")
        order = order_visits(frame, patient, time)
        if order.patients == len(frame) and self.params.until is None:
            raise NotApplicable("Each patient has one row.")
        fixed = [name for name in map(str, frame.columns) if _never_changes(frame[name], order)]
        single = {*fixed, *roles.reserved, patient, time} - set(self.params.columns) - {None}
        made: list[tuple[str, Rule]] = []
        for name in map(str, frame.columns):
            numeric = frame[name].dtype.kind in "if"
            default: list[Rule] = [*(self.params.numeric if numeric else self.params.categorical)]
            chosen: list[Rule] = ["last"] if name in single else self.params.columns.get(name, default)
            chosen = chosen if numeric else [rule for rule in chosen if rule not in {"mean", "slope"}]
            kept: list[Rule] = chosen or ["last"]
            made += [(name, rule) for rule in dict.fromkeys(kept)]
        return {
            "patient": patient,
            "visit_time": time,
            "columns": _named(made),
            "constant": fixed,
            "patients": order.patients,
        }

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """One row a patient, under the row number of the last visit, in the order of these numbers."""
        frame, order = self._ordered(frame, state)
        sorted_rows = frame.iloc[order.rows]
        columns: dict[str, Any] = {}
        for name, rule, new in state["columns"]:
            if name in frame.columns:
                columns[new] = summarise(sorted_rows[name], _fitting(rule, frame[name]), order)
        index = pd.Index(sorted_rows.index.to_numpy()[_ends(order)], name=frame.index.name)
        names = pd.Index(list(columns), dtype=object)
        return pd.DataFrame(columns, index=index, columns=names).sort_index()

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """The source column's entry with what was done to it."""
        return [
            _entry(data.column(name), rule, new)
            for name, rule, new in state["columns"]
            if new != name or rule != "last"
        ]

    def lineage(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame | None:
        """Which visits went into each row."""
        frame, order = self._ordered(frame, state)
        source = frame.index.to_numpy()[order.rows]
        made = source[_ends(order)][order.patient] if len(source) else source
        return pd.DataFrame({"_row": made, "source_row": source}).sort_values(["_row", "source_row"], ignore_index=True)

    def _ordered(self, frame: pd.DataFrame, state: State) -> tuple[pd.DataFrame, Order]:
        """The rows that enter and their order."""
        entering = frame[in_time(frame, state["patient"], state["visit_time"], self.params.until)]
        return entering, order_visits(entering, state["patient"], state["visit_time"])


def _named(made: list[tuple[str, Rule]]) -> list[list[str]]:
    """Source, rule and new name of each column: the source's own name where it has one rule."""
    several = {name for name, times in Counter(name for name, _ in made).items() if times > 1}
    alone = [name for name, _ in made if name not in several]
    new = iter(free_names([f"{name}_{rule}" for name, rule in made if name in several], taken=alone))
    return [[name, rule, next(new) if name in several else name] for name, rule in made]


def _entry(column: Column, rule: str, new: str) -> Column:
    """The dictionary entry of a summary."""
    changed: dict[str, Any] = {"name": new, "meaning": f"{column.meaning or column.name}: {_MEANING[rule]}"}
    if rule == "count":
        changed |= {"type": "integer", "unit": "visits", "limits": None, "variable": ""}
    if rule == "slope":
        changed |= {"type": "continuous", "limits": None, "variable": ""}
    return column.model_copy(update=changed)


def _fitting(rule: Rule, column: pd.Series) -> Rule:
    """The rule, or `last` where new data hold text in a column that held numbers."""
    return rule if column.dtype.kind in "if" or rule in {"last", "first", "mode", "count"} else "last"


def _ends(order: Order) -> np.ndarray[Any, Any]:
    """Where each patient's last visit stands among the sorted rows."""
    places = np.zeros(order.patients, dtype="int64")
    places[order.patient] = np.arange(len(order.patient))
    return places


def _never_changes(column: pd.Series, order: Order) -> bool:
    """Whether each patient has one known value at most."""
    codes = pd.factorize(column.iloc[order.rows])[0]
    known = codes >= 0
    if not known.any():
        return True
    patient, code = order.patient[known], codes[known]
    return not ((patient[1:] == patient[:-1]) & (code[1:] != code[:-1])).any()
