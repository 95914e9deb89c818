"""Gaps in the features."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import (
    Dataset,
    Field,
    Figure,
    Finding,
    Inspection,
    NotApplicable,
    Params,
    Severity,
    Suggestion,
    inspect,
)
from climbdc_tools.vocabulary import rounded

__all__ = ["MissingValues", "MissingValuesParams"]


class MissingValuesParams(Params):
    """What is reported and drawn."""

    figure_rows: int = Field(250, ge=1, le=250, description="Rows drawn in the picture of where the gaps are.")
    figure_columns: int = Field(40, ge=2, le=100, description="Columns drawn, those with most gaps first.")
    nearly_empty: float = Field(0.8, gt=0, le=1, description="Columns with this share of gaps or more are not imputed.")


@inspect("completeness/missing-values")
class MissingValues(Inspection[MissingValuesParams]):
    """Count the gaps in the features and show where they lie.

    The pictures are those of missingno (Bilogur, J Open Source Softw 2018;3:547): where the gaps are, and which
    columns are missing together.
    """

    says: ClassVar[dict[str, str]] = {
        "gaps": "{affected} of {features} columns have gaps ({percent} % of all their cells); "
        "only {complete_rows} of {total} rows are complete.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding for the table, or none when it has no gaps."""
        if not len(data.train) or not data.features:
            return NotApplicable("There are no rows or no columns to look at.")
        gaps = data.train[data.features].isna()
        shares = gaps.mean().sort_values(ascending=False, kind="stable")
        shares = shares[shares > 0]
        if shares.empty:
            return []
        complete = int((~gaps.to_numpy().any(axis=1)).sum())
        return [self._finding(data, gaps, shares, complete)]

    def _finding(self, data: Dataset, gaps: pd.DataFrame, shares: pd.Series[float], complete: int) -> Finding:
        cells = float(gaps.to_numpy().mean())
        total = len(gaps)
        affected = [name for name in data.features if name in shares.index]
        return Finding(
            "gaps",
            _severity(cells, complete / total),
            tuple(affected),
            evidence={
                "affected": len(affected),
                "features": len(data.features),
                "share": rounded(cells),
                "percent": round(100 * cells, 1),
                "complete_rows": complete,
                "complete_share": rounded(complete / total),
                "total": total,
                "shares": {str(name): rounded(share) for name, share in shares.items()},
            },
            suggestions=self._suggestions(data, shares, affected),
            figures=self._figures(data, gaps, shares),
        )

    def _suggestions(self, data: Dataset, shares: pd.Series[float], affected: list[str]) -> tuple[Suggestion, ...]:
        columns = [name for name in affected if shares[name] < self.params.nearly_empty]
        if data.roles.kind == "none" or not columns:  # nothing is to be learnt, so nothing need be filled
            return ()
        why = "Most models cannot use a row with a gap; leaving such rows out wastes the rest of what is known of them."
        simple = "Simpler: the median or the most frequent value, which pulls relations towards zero."
        filled = {"columns": columns, "numeric": "iterative", "categorical": "iterative"}
        plain = {"columns": columns, "numeric": "median", "categorical": "mode"}
        return (
            Suggestion(tool="impute", params=filled, why=why, confidence=0.8, backed_by="statistics"),
            Suggestion(tool="impute", params=plain, why=simple, confidence=0.4, backed_by="statistics"),
        )

    def _figures(self, data: Dataset, gaps: pd.DataFrame, shares: pd.Series[float]) -> tuple[Figure, ...]:
        worst = set(shares.index[: self.params.figure_columns])
        shown = [name for name in data.features if name in worst]
        bars = {"labels": [str(name) for name in shares.index[: self.params.figure_columns]]}
        values = [rounded(share) for share in shares.iloc[: self.params.figure_columns]]
        figures = [Figure(kind="bars", title="Share of missing cells", data={**bars, "values": values})]
        figures.append(Figure(kind="missingness", title="Where the gaps are", data=self._matrix(data, gaps[shown])))
        if len(varying := [name for name in shown if shares[name] < 1]) > 1:
            together = _nullity_correlation(data.sample(100_000).train[varying].isna())
            order = _side_by_side(together)
            varying = [varying[place] for place in order]
            together = [[together[row][column] for column in order] for row in order]
            figures.append(
                Figure(kind="heatmap", title="Columns missing together", data={"labels": varying, "values": together})
            )
        return tuple(figures)

    def _matrix(self, data: Dataset, gaps: pd.DataFrame) -> dict[str, Any]:
        few = gaps
        if len(gaps) > self.params.figure_rows:
            few = gaps.sample(self.params.figure_rows, random_state=data.seed).sort_index()
        rows = ["".join("1" if missing else "0" for missing in row) for row in few.to_numpy()]
        return {"columns": [str(name) for name in gaps.columns], "rows": rows}


def _severity(cells: float, complete: float) -> Severity:
    if complete < 0.5:
        return "major"
    return "info" if cells < 0.001 and complete > 0.99 else "minor"


def _nullity_correlation(gaps: pd.DataFrame) -> list[list[float]]:
    """Pearson correlation of the indicators of missing; 0 where one of them is constant in the rows looked at."""
    indicators = gaps.to_numpy(dtype="float64")
    centred = indicators - indicators.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    spread[spread == 0] = np.inf
    matrix = (centred.T @ centred) / np.outer(spread, spread)
    return [[rounded(value) for value in row] for row in matrix]


def _side_by_side(matrix: list[list[float]]) -> list[int]:
    """An order in which columns missing together stand together: the leaves of missingno's dendrogram."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    apart = np.array(matrix)
    if len(apart) < 3:
        return list(range(len(apart)))
    tree = linkage(1 - apart[np.triu_indices(len(apart), 1)], "average", optimal_ordering=True)
    return [int(place) for place in leaves_list(tree)]
