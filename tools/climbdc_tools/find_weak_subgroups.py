"""Groups of patients for whom predictions are poor, though nobody named them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from climbdc.sdk import (
    Dataset,
    Evaluation,
    Field,
    Figure,
    Finding,
    Metric,
    NotApplicable,
    Params,
    Severity,
    Treat,
    evaluate,
)
from climbdc_tools.importance import origin
from climbdc_tools.outcome import Array
from climbdc_tools.patient_groups import group_columns, labelled
from climbdc_tools.predicted_rows import PredictedRows, predicted_rows
from climbdc_tools.quick_fit import MODELS, threads
from climbdc_tools.scores import interval
from climbdc_tools.weak_groups import Literal, as_data, members, search

_MOST_LEVELS: Final = 50
_MOST_TOLD: Final = 3  # in sentences; the table has all
_MEASURES: Final = {"numeric": ("mae", "absolute error")}
_BRIER: Final = ("brier", "squared error (Brier)")


class FindWeakSubgroupsParams(Params):
    """How many rows are examined, and which groups are told."""

    cap: int = Field(default=5000, ge=200, description="Rows at most; more are sampled by the seed, whole patients.")
    folds: int = Field(default=5, ge=2, le=20, description="Folds of the cross-validation.")
    worse: float = Field(default=1.25, ge=1, description="How many times the error of the others makes a weak group.")
    chance: float = Field(default=0.05, gt=0, lt=1, description="Chance of naming any group where there is none.")
    columns: list[str] = Field(
        default=[],
        description="Columns by which groups are sought; all features, sex, age and ethnicity when empty.",
        json_schema_extra={"holds": "columns"},
    )


@evaluate("representation/weak-subgroups", targets=("binary", "multiclass", "numeric", "survival"))
class FindWeakSubgroups(Evaluation[FindWeakSubgroupsParams]):
    """Searches all groups by one or two columns for those in which a model errs most, and confirms them.

    Found on one half of the patients, confirmed on the other.
    """

    says: ClassVar[dict[str, str]] = {
        "weak": "Predictions of {target} are worse for {group} ({count} rows): mean {measure} {inside}, against "
        "{outside} for the others (difference {low} to {high}, 95 % interval; {model}, each row predicted unseen, "
        "found on one half of the patients and confirmed on the other). {note}",
        "none": "In no group of those searched ({tests}) does {model} predict {target} clearly worse than in the "
        "others ({n} of {N} rows).",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def measure(self, data: Dataset, treat: Treat) -> list[Metric] | NotApplicable:
        """The mean error on rows that were not learnt from; its detail holds the groups."""
        kept: set[str] = set()

        def watched(train: pd.DataFrame, held: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
            both = treat(train, held)
            kept.update(map(str, both[0].columns))
            return both

        open_rows = replace(data, test=None)
        model = MODELS.get(data.roles.kind, ("",))[-1]
        rows = predicted_rows(
            open_rows, watched, [model] if model else [], cap=self.params.cap, folds=self.params.folds
        )
        if model not in rows.told:
            return NotApplicable("There is no target to predict.")
        known, errors = _errors(rows, model)
        clusters = None if rows.clusters is None else rows.clusters[known]
        index = rows.truth.index[known]
        labels = _labels(open_rows, self._columns(open_rows, kept)).reindex(index)
        found = search(labels, errors, clusters, data.seed)
        if not found.looked:
            return NotApplicable(f"In {len(errors)} rows there are no groups of 50 in each half to compare.")
        weak = [
            {**as_data(group), "skill": _skill(rows, model, known, members(labels, group.literals))}
            for group in found.groups
            if group.chance < self.params.chance and group.inside >= self.params.worse * group.outside
        ]
        mean = interval(float(errors.mean()), (errors - errors.mean()) / len(errors), clusters, 0.0, float("inf"))
        name, _ = _MEASURES.get(rows.seen.target.kind, _BRIER)
        value, low, high = (round(each, 6) for each in mean)
        detail = {"groups": weak, "looked": found.looked, "total": rows.seen.total, "columns": list(labels.columns)}
        return [
            Metric(
                name=name, model=model, value=value, low=low, high=high, rows=len(errors), folds=rows.seen.folds,
                better="lower", detail=detail,
            )
        ]  # fmt: skip

    def conclude(self, data: Dataset, metrics: list[Metric]) -> list[Finding]:
        """A finding for each of three groups at most, those where the model fails first; or that there is none."""
        (metric,) = metrics
        detail = metric.detail
        target = str(data.roles.target or data.roles.event)
        size = {"target": target, "model": metric.model, "tests": detail["looked"], "n": metric.rows}
        size |= {"N": detail["total"]}
        if not detail["groups"]:
            return [Finding("none", "info", evidence=size)]
        labels = _labels(data, detail["columns"])
        table = _table(metric)
        return [
            _finding(group, labels, size, table if not turn else None, metric.name)
            for turn, group in enumerate(sorted(detail["groups"], key=_fails, reverse=True)[:_MOST_TOLD])
        ]

    def _columns(self, data: Dataset, kept: set[str]) -> list[str]:
        """Columns the model was given in some form: one known too late, and so left out, must not make a group."""
        there = data.features
        if self.params.columns:
            return [name for name in dict.fromkeys(self.params.columns) if name in data.train.columns]
        used = {origin(name, there) for name in kept} | kept | set(group_columns(data))
        return [str(name) for name in data.train.columns if name in used and name not in data.roles.outcomes
                and (name in there or name in group_columns(data))]  # fmt: skip


def _labels(data: Dataset, columns: list[str]) -> pd.DataFrame:
    """The values of these columns in words: bands of numbers, levels, and gaps."""
    told = {
        name: labelled(data.train[name], data, name)
        for name in columns
        if data.train[name].dtype.kind in "if"
        or (data.train[name].dtype.kind != "M" and data.train[name].nunique() <= _MOST_LEVELS)
    }
    return pd.DataFrame(told, index=data.train.index)


def _errors(rows: PredictedRows, model: str) -> tuple[Array, Array]:
    """Which rows have an error that is known, and these errors.

    In a survival study a patient who left before the horizon, alive, has none.
    """
    told, truth = rows.told[model].to_numpy(), rows.truth.to_numpy()
    kind = rows.seen.target.kind
    known = np.ones(len(truth), dtype=bool)
    if kind == "multiclass":
        return known, ((told - _hits(rows)) ** 2).sum(axis=1)
    if kind == "survival":
        known = (truth[:, 0] > rows.horizon) | (truth[:, 1] == 1)
    wanted = _wanted(rows)
    if kind == "numeric":
        return known, np.abs(told[:, 0] - wanted)
    return known, ((told[:, 0] - wanted) ** 2)[known]


def _wanted(rows: PredictedRows) -> Array:
    truth = rows.truth.to_numpy(dtype="float64")
    if rows.seen.target.kind == "survival":
        return np.asarray((truth[:, 1] == 1) & (truth[:, 0] <= rows.horizon), dtype="float64")
    return np.asarray(truth[:, 0])


def _hits(rows: PredictedRows) -> Array:
    classes = np.arange(len(rows.seen.target.classes))
    return np.asarray(_wanted(rows)[:, None] == classes[None, :], dtype="float64")


def _skill(rows: PredictedRows, model: str, known: Array, inside: Array) -> float:
    """What share of the error the model saves in a group, beside telling all in it the same; none at 0."""
    error = _errors(rows, model)[1][inside].mean()
    if rows.seen.target.kind == "multiclass":
        hits = _hits(rows)[known][inside]
        plain = ((hits - hits.mean(axis=0)) ** 2).sum(axis=1).mean()
    else:
        wanted = _wanted(rows)[known][inside]
        numeric = rows.seen.target.kind == "numeric"
        plain = np.abs(wanted - np.median(wanted)).mean() if numeric else ((wanted - wanted.mean()) ** 2).mean()
    return round(float(1 - error / plain), 4) if plain > 0 else -1.0


def _named(group: list[Literal]) -> str:
    return " and ".join(f"{name} {value}" for name, value in group)


def _finding(
    group: dict[str, Any], labels: pd.DataFrame, size: dict[str, Any], table: Figure | None, name: str
) -> Finding:
    fails = _fails(group)
    severity: Severity = "minor" if fails else "info"
    note = (
        "There the model does no better than telling all of them the same."
        if fails
        else "There the outcome is harder to tell; the model still does better than telling all of them the same."
    )
    evidence = {
        **size, "group": _named(group["literals"]), "count": group["rows"], "measure": _words(name), "note": note,
        **{key: float(f"{group[key]:.4g}") for key in ("inside", "outside", "low", "high")},
        "p_adjusted": float(f"{group['chance']:.2g}"),
    }  # fmt: skip
    columns = tuple(name for name, _ in group["literals"])
    rows = labels.index.to_numpy(dtype="int64")[members(labels, group["literals"])]
    return Finding("weak", severity, columns, rows, evidence, figures=() if table is None else (table,))


def _fails(group: dict[str, Any]) -> bool:
    """Whether one answer for all of the group would do as well."""
    return bool(group["skill"] <= 0)


def _words(name: str) -> str:
    return dict([*_MEASURES.values(), _BRIER])[name]


def _table(metric: Metric) -> Figure:
    rows = [
        [_named(group["literals"]), group["rows"], *(float(f"{group[key]:.3g}") for key in ("inside", "outside")),
         f"{group['low']:.3g} to {group['high']:.3g}", f"{group['skill']:.0%}"]
        for group in metric.detail["groups"]
    ]  # fmt: skip
    head = [
        "group",
        "rows",
        "mean error",
        "of the others",
        "difference, 95 % interval",
        "better than one answer for all",
    ]
    return Figure(kind="table", title="Groups in which predictions are worse", data={"columns": head, "rows": rows})
