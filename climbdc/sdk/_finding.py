"""What a tool saw: a finding is data, the sentence is made from it by a template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Figure", "Finding", "Severity", "Suggestion"]

Severity = Literal["info", "minor", "major", "critical"]
"""info: worth knowing; minor: costs a little; major: distorts results; critical: results mean nothing."""


class Suggestion(BaseModel):
    """A step that would answer a finding.

    `confidence` (0..1) says how sure the tool is that the change is right; `backed_by` says on what ground.
    An automatic expert approves a rewriting only above its stated confidence or when backed by knowledge.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    params: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    confidence: float = 0.5
    backed_by: Literal["", "knowledge", "dictionary", "rule", "statistics"] = ""


class Figure(BaseModel):
    """A picture as data; the host draws it.

    Kinds and their `data`: `bars` {labels, values} with `low` and `high` where each has an interval; `histogram`
    {edges, counts}; `compare` {edges, series: {name: counts}}; `heatmap` {labels, values}; `line` {x, series: {name:
    y}}; `missingness` {columns, rows: ["0110", ...]} with one text a sampled row, 1 where the value is missing; `rank`
    {labels, values, threshold}; `steps` {x, series: {name: y}, low, high: {name: y}}, each y holding until the next x,
    with bands where there are any (Kaplan-Meier); `calibration` {predicted, observed, low, high, counts}, a point a
    group of rows beside the diagonal of perfect agreement; `table` {columns: [...], rows: [[...]]} of texts and
    numbers. `line`, `steps` and `calibration` may name their axes: `x_label`, `y_label`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal[
        "bars", "calibration", "compare", "heatmap", "histogram", "line", "missingness", "rank", "steps", "table"
    ]
    title: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One observed problem.

    Args:
        kind: What sort of problem within the challenge, such as `outcome` for a leak; picks the sentence in `says`.
        severity: How much it matters.
        columns: The columns that have the problem; supporting ones belong in `evidence`.
        rows: Raw row numbers (index values) concerned, or None where the whole column or table is meant.
        evidence: Named numbers and names that back it; JSON values.
        suggestions: Steps that would answer it, the best first.
        figures: Pictures as data.
        challenge: Filled in from the tool's declaration.
    """

    kind: str
    severity: Severity
    columns: tuple[str, ...] = ()
    rows: np.ndarray[Any, np.dtype[np.int64]] | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    figures: tuple[Figure, ...] = ()
    challenge: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything but the row mask, whose size is `rows`."""
        return {
            "challenge": self.challenge,
            "kind": self.kind,
            "severity": self.severity,
            "columns": list(self.columns),
            "rows": None if self.rows is None else len(self.rows),
            "evidence": self.evidence,
            "suggestions": [suggestion.model_dump(mode="json") for suggestion in self.suggestions],
            "figures": [figure.model_dump(mode="json") for figure in self.figures],
        }
