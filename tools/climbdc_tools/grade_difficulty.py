"""Which patients a model learns at once, which never, and for which the table does not settle the outcome."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.cross_fit import STAGES, stages
from climbdc_tools.difficulty import GRADES, Grades, graded
from climbdc_tools.judged_rows import judged
from climbdc_tools.quick_fit import threads
from climbdc_tools.uneven_groups import Group, uneven

_SHOWN = 10
_GROUPS = 10


class GradeDifficultyParams(Params):
    """Where the three groups end; the defaults are those of the paper."""

    cap: int = Field(default=3000, ge=100, description="Rows at most; more are sampled by the seed.")
    easy: float = Field(
        default=0.75, gt=0.5, lt=1, description="Mean probability of the outcome from which it is easy."
    )
    hard: float = Field(
        default=0.25, gt=0, lt=0.5, description="Mean probability of the outcome up to which it is hard."
    )
    percentile: float = Field(
        default=50, gt=0, le=100, description="Percentile of aleatoric uncertainty below which a row is easy or hard."
    )
    leak: float = Field(
        default=0.95, gt=0.5, le=1.0, description="Columns that tell the target better than this are left out."
    )
    chance: float = Field(
        default=0.05, gt=0, lt=0.5, description="Adjusted chance below which a group's share is told to differ."
    )


@inspect("labels/ambiguous-cases", targets=("binary", "multiclass"), cost="slow")
class GradeDifficulty(Inspection[GradeDifficultyParams]):
    """Grades rows as easy, ambiguous or hard by how a model comes to know them; nothing is changed.

    Data-IQ (Seedat et al., NeurIPS 2022, arXiv:2210.13043): over checkpoints of training, here the trees of a boosted
    model, confidence is the mean probability p of the recorded outcome, aleatoric uncertainty the mean of p(1 - p). A
    row is easy from a confidence of 0.75 and hard up to 0.25, where its uncertainty is below the median; all others
    are ambiguous. Unlike the paper, each row is judged by models that did not learn from it.
    """

    says: ClassVar[dict[str, str]] = {
        "difficulty": "Of {n} rows looked at {easy_share} are easy, {ambiguous_share} ambiguous and {hard_share} hard "
        "to tell {columns} for (by definition about half are ambiguous at least); for {open_share} the mean "
        "probability stays between {hard} and {easy}. Clearly more are ambiguous in {uneven} of {tests} groups of "
        "patients that were compared.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """The shares of the three grades, and groups of patients in which they differ."""
        total, data = len(data.train), data.sample(self.params.cap)
        rows_judged = judged(data, self.params.leak)
        if isinstance(rows_judged, NotApplicable):
            return rows_judged
        target, people, columns = rows_judged.target, rows_judged.people, rows_judged.columns
        if target.kind not in {"binary", "multiclass"}:
            return NotApplicable("The grades are defined for outcomes that are classes.")
        told = stages(rows_judged.folds, target.values, len(target.classes), data.seed)
        grades = graded(told, self.params.easy, self.params.hard, self.params.percentile)
        extent = {"n": len(told), "N": total, "left_out": rows_judged.left_out, "checkpoints": STAGES}
        known = data.train[target.known]
        owners = None if people is None else people[target.known]
        found, tests = uneven(known, [*columns, *_also(data, columns)], grades.ambiguous, owners, self.params.chance)
        extent |= {"uneven": len(found), "tests": tests}
        return [self._shares(data, grades, extent, target.known, found)]

    def _shares(
        self, data: Dataset, grades: Grades, extent: dict[str, Any], known: np.ndarray, found: list[Group]
    ) -> Finding:
        rows = data.train.index.to_numpy(dtype="int64")[known]
        hard = np.flatnonzero(grades.hard)
        order = hard[np.argsort(grades.confidence[hard], kind="stable")]
        shares = grades.shares()
        between = (grades.confidence > self.params.hard) & (grades.confidence < self.params.easy)
        evidence: dict[str, Any] = {f"{name}_share": f"{value:.1%}" for name, value in shares.items()}
        evidence |= {"open_share": f"{between.mean():.1%}", "easy": self.params.easy, "hard": self.params.hard}
        evidence |= {**extent, "first": [int(row) for row in rows[order[:_SHOWN]]]}
        figure = Figure(
            kind="bars",
            title="How hard the outcome is to tell",
            data={"labels": list(GRADES), "values": [round(shares[name], 4) for name in GRADES]},
        )
        name = data.roles.target or data.roles.event or ""
        figures = (figure, _table(found)) if found else (figure,)
        return Finding("difficulty", "info", (name,), rows=rows[order], evidence=evidence, figures=figures)


def _also(data: Dataset, columns: list[str]) -> list[str]:
    """Groups that are no features: sites and the like."""
    named = (data.roles.site, data.roles.group)
    return [name for name in dict.fromkeys(named) if name and name in data.train.columns and name not in columns]


def _table(found: list[Group]) -> Figure:
    head = ["group", "rows", "ambiguous", "others", "difference, 95 %", "adjusted p"]
    rows = [
        [
            f"{one.column}: {one.level}",
            one.rows,
            f"{one.inside:.0%}",
            f"{one.outside:.0%}",
            f"{one.low:+.0%} to {one.high:+.0%}",
            f"{one.chance:.1g}",
        ]
        for one in found[:_GROUPS]
    ]
    return Figure(kind="table", title="Groups in which more are ambiguous", data={"columns": head, "rows": rows})
