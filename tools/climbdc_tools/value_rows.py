"""What each row is worth to a model of the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.cross_fit import Fold
from climbdc_tools.judged_rows import judged
from climbdc_tools.neighbour_value import null_residuals, row_values
from climbdc_tools.outcome import Array, Outcome

__all__ = ["NEIGHBOURS", "ValueRows", "ValueRowsParams", "far_below", "valued"]

NEIGHBOURS = 10
_FENCE = 3.0
_SHOWN = 10
_BARS = 20


class ValueRowsParams(Params):
    """How rows are valued."""

    cap: int = Field(default=3000, ge=100, description="Rows at most; more are sampled by the seed.")
    near: int = Field(default=NEIGHBOURS, ge=1, le=100, description="Neighbours of the model that rows are valued by.")
    leak: float = Field(
        default=0.95, gt=0.5, le=1.0, description="Columns that tell the target better than this are left out."
    )


@inspect("representation/row-value", targets=("binary", "multiclass", "numeric", "survival"), cost="slow")
class ValueRows(Inspection[ValueRowsParams]):
    """Values each row by what it adds to the prediction of rows of other folds, and lists those that take from it.

    Exact Shapley values of a nearest-neighbour model (Jia et al., VLDB 2019;12:1610), for classes and numbers; in
    survival studies for the residual of the event at the time, without columns (Therneau et al., Biometrika
    1990;77:147). Rows are named by their number in the file. Nothing is changed: a patient unlike the rest has a low
    value too.
    """

    says: ClassVar[dict[str, str]] = {
        "harmful": "{rows} of {n} rows looked at take far more from the prediction of {columns} for similar patients "
        "than is usual; {negative} have a value below zero. Worth a look at the records, the first {shown} first.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding: the rows far below zero, the lowest first."""
        total, data = len(data.train), data.sample(self.params.cap)
        rows_judged = judged(data, self.params.leak)
        if isinstance(rows_judged, NotApplicable):
            return rows_judged
        target, folds, left_out = rows_judged.target, rows_judged.folds, rows_judged.left_out
        values = valued(folds, target, self.params.near)
        low = far_below(values)
        if not low.any():
            return []
        rows = data.train.index.to_numpy(dtype="int64")[target.known]
        order = np.argsort(values, kind="stable")[: int(low.sum())]
        evidence = {
            "n": len(rows),
            "N": total,
            "share": round(float(low.mean()), 4),
            "negative": f"{(values < 0).mean():.1%}",
            "shown": min(_SHOWN, len(order)),
            "first": [int(row) for row in rows[order[:_SHOWN]]],
            "left_out": left_out,
            "near": self.params.near,
        }
        name = data.roles.target or data.roles.event or ""
        figures = (_spread(values), _lowest(values, rows, order))
        return [Finding("harmful", "info", (name,), rows=rows[order], evidence=evidence, figures=figures)]


def valued(folds: list[Fold], target: Outcome, near: int) -> Array:
    """The value of each row, in units of the mean size of all values."""
    numeric = target.kind in {"numeric", "survival"}
    truth = target.values
    if target.kind == "survival" and target.duration is not None:
        truth = null_residuals(target.duration, target.values)
    values = row_values(folds, truth, near, numeric)
    size = float(np.abs(values).mean())
    return values / size if size > 0 else values


def far_below(values: Array) -> Array:
    """Rows below zero and below the outer fence, three interquartile ranges under the first quartile (Tukey 1977)."""
    first, third = np.quantile(values, [0.25, 0.75])
    return np.asarray(values < min(0.0, first - _FENCE * (third - first)))


def _spread(values: Array) -> Figure:
    low, high = np.quantile(values, [0.005, 0.995])
    counts, edges = np.histogram(np.clip(values, low, high), bins=30)
    data = {"edges": [round(float(edge), 4) for edge in edges], "counts": counts.tolist()}
    return Figure(kind="histogram", title="Value of the rows (mean size 1)", data=data)


def _lowest(values: Array, rows: Array, order: Array) -> Figure:
    shown = order[:_BARS]
    data = {
        "labels": [f"row {row}" for row in rows[shown].tolist()],
        "values": [round(float(value), 4) for value in values[shown]],
        "threshold": 0.0,
    }
    return Figure(kind="rank", title="Rows of the lowest value", data=data)
