"""One ranked list of the rows whose outcome a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.cross_fit import Fold, stages
from climbdc_tools.difficulty import graded
from climbdc_tools.judged_rows import judged
from climbdc_tools.label_suspects import Suspects, class_suspects, time_suspects, value_suspects
from climbdc_tools.outcome import Array, Outcome
from climbdc_tools.quick_fit import threads
from climbdc_tools.review_list import reviewed
from climbdc_tools.value_rows import NEIGHBOURS, far_below, valued

_RESIDUAL = 4.0
_CHANCE = 0.01


class ReviewLabelsParams(Params):
    """How long the list may be."""

    cap: int = Field(default=1500, ge=100, description="Rows at most; more are sampled by the seed.")
    most: int = Field(default=200, ge=1, le=500, description="Rows on the list at most.")
    leak: float = Field(
        default=0.95, gt=0.5, le=1.0, description="Columns that tell the target better than this are left out."
    )


@dataclass(frozen=True)
class _Signs:
    """The methods that point at each row, by name."""

    suspects: Suspects
    by: dict[str, Array]

    @property
    def count(self) -> Array:
        return np.asarray(np.sum(list(self.by.values()), axis=0, dtype="int64"))

    def why(self, place: int) -> str:
        return ", ".join(name for name, marked in self.by.items() if marked[place])


@inspect(
    ("labels/label-noise", "labels/ambiguous-cases", "representation/row-value"),
    targets=("binary", "multiclass", "numeric", "survival"),
    cost="slow",
)
class ReviewLabels(Inspection[ReviewLabelsParams]):
    """Puts the rows whose outcome is most doubtful up for review, in one ranked list; it never changes one.

    It brings together what `label_noise`, `grade_difficulty` and `value_rows` point at: rows that the first suspects,
    or at which both others point. Those with more signs come first, within these the more suspect. Each row is told
    with its number, what is recorded, what the models hold for likely and why it is on the list. A person answers row
    by row, and `apply_review` does what they decided; without an answer all stays as it is.
    """

    says: ClassVar[dict[str, str]] = {
        "queue": "{rows} of {n} rows looked at are up for review because of {columns}: {several} are doubted in more "
        "than one way and come first. Nothing is changed unless you decide it, row by row.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """The list as one finding; none where no method points at a row."""
        total, data = len(data.train), data.sample(self.params.cap)
        rows_judged = judged(data, self.params.leak)
        if isinstance(rows_judged, NotApplicable):
            return rows_judged
        target, folds = rows_judged.target, rows_judged.folds
        signs = _signs(folds, target, data.seed)
        count = signs.count
        order = np.lexsort((-signs.suspects.score, -count))
        order = order[(signs.suspects.flagged | (count > 1))[order]]
        return [self._queue(data, target, signs, order, total)] if len(order) else []

    def _queue(self, data: Dataset, target: Outcome, signs: _Signs, order: Array, total: int) -> Finding:
        count, kept = signs.count, order[: self.params.most]
        rows = data.train.index.to_numpy(dtype="int64")[target.known]
        evidence: dict[str, Any] = {
            "n": len(rows),
            "N": total,
            "several": int((count[kept] > 1).sum()),
            "found": len(order),
            "first": [int(row) for row in rows[kept[:10]]],
        }
        why = [signs.why(place) for place in kept.tolist()]
        figures = reviewed(data, target, signs.suspects, kept, why)
        name = data.roles.target or data.roles.event or ""
        return Finding("queue", "info", (name,), rows[kept], evidence, figures=figures, challenge="labels/label-noise")


def _signs(folds: list[Fold], target: Outcome, seed: int) -> _Signs:
    if target.kind == "numeric":
        suspects = value_suspects(folds, target, seed, _RESIDUAL)
    elif target.kind == "survival":
        suspects = time_suspects(folds, target, seed, _CHANCE)
    else:
        suspects = class_suspects(folds, target, seed)
    by = {"models contradict it": suspects.flagged}
    if target.kind in {"binary", "multiclass"}:
        by["hard to learn"] = graded(stages(folds, target.values, len(target.classes), seed)).hard
    by["misleads about similar patients"] = far_below(valued(folds, target, NEIGHBOURS))
    return _Signs(suspects, by)
