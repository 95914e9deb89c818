"""Columns that are mostly empty."""

from __future__ import annotations

from typing import ClassVar

from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Severity, Suggestion, inspect
from climbdc_tools.vocabulary import rounded

__all__ = ["SparseColumns", "SparseColumnsParams"]


class SparseColumnsParams(Params):
    """When a column counts as sparse."""

    sparse: float = Field(0.5, gt=0, lt=1, description="Report columns with a larger share of missing cells than this.")
    nearly_empty: float = Field(0.8, gt=0, le=1, description="From this share of missing cells on, propose to drop.")


@inspect("completeness/sparse-columns")
class SparseColumns(Inspection[SparseColumnsParams]):
    """Find columns in which most cells are missing.

    The thresholds are conventions, not laws: the share alone does not say whether a column can be used
    (Madley-Dowd et al., J Clin Epidemiol 2019;110:63-73), but results that rest on more than about 40 % of missing
    cells only raise hypotheses (Jakobsen et al., BMC Med Res Methodol 2017;17:162).
    """

    says: ClassVar[dict[str, str]] = {
        "empty": "{columns} holds no value at all.",
        "nearly-empty": "{columns} is missing in {percent} % of the rows; only {present} rows have a value.",
        "sparse": "{columns} is missing in {percent} % of the rows, more than half.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding a sparse feature."""
        if not len(data.train):
            return NotApplicable("The table has no rows.")
        shares = data.train[data.features].isna().mean()
        return [self._finding(data, name, float(share)) for name, share in shares.items() if share > self.params.sparse]

    def _finding(self, data: Dataset, name: object, share: float) -> Finding:
        column = str(name)
        present = int(data.train[column].notna().sum())
        kind = "empty" if not present else "nearly-empty" if share >= self.params.nearly_empty else "sparse"
        severity: Severity = "minor" if kind == "sparse" else "major"
        return Finding(
            kind,
            severity,
            (column,),
            evidence={
                "share": rounded(share),
                "percent": round(100 * share, 1),
                "present": present,
                "threshold": self.params.sparse if kind == "sparse" else self.params.nearly_empty,
            },
            suggestions=self._suggestions(column, kind, modelled=data.roles.kind != "none"),
        )

    def _suggestions(self, column: str, kind: str, *, modelled: bool) -> tuple[Suggestion, ...]:
        # Without a goal the table is only to be tidied, and a column with few values is no error.
        sure = {"empty": 0.98, "nearly-empty": 0.9, "sparse": 0.5}[kind] if modelled else 0.3
        drop = Suggestion(
            tool="drop_columns",
            params={"columns": [column]},
            why="Too few values to learn from.",
            confidence=sure,
            backed_by="statistics",
        )
        if kind != "sparse" or not modelled:
            return (drop,)
        keep = Suggestion(
            tool="impute",
            params={"columns": [column], "indicators": [column]},
            why="Keep it, fill the gaps and let a model see where they were.",
            confidence=0.4,
            backed_by="statistics",
        )
        return drop, keep
