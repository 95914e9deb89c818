"""Rows that are nearly copies, and patients who seem to stand under two numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.linkage import Linked, coarse, linked
from climbdc_tools.outcome import Array
from climbdc_tools.row_hash import is_row_number, row_codes
from climbdc_tools.vocabulary import rounded

__all__ = ["NearDuplicates", "NearDuplicatesParams"]

_LISTED = 20
_STEADY = 0.95


class NearDuplicatesParams(Params):
    """When two rows are too much alike."""

    chance: float = Field(
        0.05, gt=0, lt=1, description="Pairs as much alike as those told that are expected by chance, in the table."
    )
    differ: float = Field(0.2, ge=0, le=0.5, description="Share of the cells that may differ; one may in any case.")


@inspect("plausibility/duplicates", stage="rows", cost="slow")
class NearDuplicates(Inspection[NearDuplicatesParams]):
    """Find rows that equal another but for a few cells or slips, and patients under two numbers, by record linkage.

    An agreement counts by how rare the value is, a difference counts against (Fellegi and Sunter, J Am Stat Assoc
    1969;64:1183-1210; values by frequency: Winkler, US Census RR2000/06). A pair is told only where its weight beats
    the odds of all pairs of the table. Exact copies are told by find_duplicates. The outcome is not compared.
    """

    says: ClassVar[dict[str, str]] = {
        "near-copy": "{rows} of {total} rows agree with an earlier row in nearly every column, more than chance "
        "explains: copies with a slip, or one patient entered twice.",
        "two-ids": "{rows} of {total} rows agree with a row of another {columns} more than chance explains: perhaps "
        "one patient under two numbers, who must not stand on both sides of the split.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding for near copies, or for rows of one patient under two ids."""
        frame, roles = data.train, data.roles
        outside = {*roles.outcomes, *roles.ignored, *roles.identifiers, roles.patient, roles.visit_time}
        numbers = {name for name in frame.columns if is_row_number(frame[name])}
        names = [str(name) for name in frame.columns if name not in outside | numbers and frame[name].nunique() > 1]
        if len(frame) < 2 or len(names) < 3:
            return NotApplicable("There are fewer than two rows, or than three columns to compare.")
        patient = roles.patient if roles.patient in frame.columns else None
        apart = np.arange(len(frame)) if patient is None else pd.factorize(frame[patient], use_na_sentinel=False)[0]
        found = self._linked(frame[names], apart, data.seed)
        if patient is not None and len(set(apart.tolist())) < len(frame):
            found = _both(found, self._persons(frame[names], apart, data.seed))
        if found is None:
            return NotApplicable("The columns are too few or too coarse to tell a copy from another patient.")
        rest = [str(name) for name in frame.columns if name not in numbers | {patient, *roles.identifiers}]
        whole = row_codes(frame[rest])
        keep = whole[found.left] != whole[found.right]
        if not keep.any():
            return []
        left, right = found.left[keep], found.right[keep]
        return [_finding(data, names, patient, Linked(left, right, found.bits[keep], found.looked, found.needed))]

    def _linked(self, frame: pd.DataFrame, apart: Array, seed: int) -> Linked | None:
        return linked(frame, apart, self.params.chance, self.params.differ, seed)

    def _persons(self, frame: pd.DataFrame, apart: Array, seed: int) -> Linked | None:
        """Patients, each by the first row, compared in what does not change from visit to visit."""
        places = np.unique(apart, return_index=True)[1]
        cells = coarse(frame)
        same = (cells == cells[places][apart]).mean(axis=0)
        steady = [name for name, share in zip(frame.columns, same, strict=True) if share >= _STEADY]
        found = self._linked(frame.iloc[places][steady], np.arange(len(places)), seed) if len(steady) >= 3 else None
        if found is None:
            return None
        return Linked(places[found.left], places[found.right], found.bits, found.looked, found.needed)


def _both(rows: Linked | None, persons: Linked | None) -> Linked | None:
    """The pairs of rows, and those of persons that no pair of rows tells of."""
    if rows is None or persons is None:
        return rows or persons
    told = set(zip(rows.left.tolist(), rows.right.tolist(), strict=True))
    new = np.array([pair not in told for pair in zip(persons.left.tolist(), persons.right.tolist(), strict=True)], bool)
    parts = [(getattr(rows, name), getattr(persons, name)[new]) for name in ("left", "right", "bits")]
    left, right, bits = (np.concatenate(part) for part in parts)
    return Linked(left, right, bits, rows.looked + persons.looked, rows.needed)


def _finding(data: Dataset, names: list[str], patient: str | None, found: Linked) -> Finding:
    frame = data.train
    numbers = frame.index.to_numpy(dtype="int64")
    order = np.argsort(-found.bits, kind="stable")
    pairs = [(int(found.left[at]), int(found.right[at])) for at in order]
    rows = np.unique(numbers[found.right])
    evidence = {
        "total": len(frame),
        "share": rounded(len(rows) / len(frame)),
        "compared": names,
        "looked": found.looked,
        "threshold": round(found.needed, 1),
        "pairs": [[int(numbers[left]), int(numbers[right])] for left, right in pairs[:_LISTED]],
    }
    figures = (_figure(frame[names], pairs, found.bits[order]),)
    if patient is None:
        return Finding("near-copy", "info", (), rows, evidence, (_dropped(numbers, pairs),), figures)
    return Finding("two-ids", "info", (patient,), rows, evidence, (_merged(frame, patient, pairs),), figures)


def _dropped(numbers: Any, pairs: list[tuple[int, int]]) -> Suggestion:
    first = {int(numbers[right]): int(numbers[left]) for left, right in pairs}
    drop = [{"row": row, "why": f"nearly a copy of row {of}"} for row, of in sorted(first.items())]
    why = "Only for rows that a person found to be copies; a copy weighs double and may stand in the test part."
    return Suggestion(tool="apply_review", params={"drop": drop}, why=why, confidence=0.3, backed_by="statistics")


def _merged(frame: pd.DataFrame, patient: str, pairs: list[tuple[int, int]]) -> Suggestion:
    """The later number becomes the earlier one in all its rows, so that a split by patient keeps them together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids = frame[patient]
    codes, known = pd.factorize(ids)  # numbered as they first appear
    both = np.array([pair for pair in codes[np.array(pairs)] if pair.min() >= 0], dtype="int64").reshape(-1, 2)
    links = coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(known), len(known)))
    part = connected_components(links, directed=False)[1]
    first = np.unique(part, return_index=True)[1][part]
    moved = np.flatnonzero((codes >= 0) & (first[codes] != codes))
    cells = [
        {"row": row, "column": patient, "value": _plain(known[first[code]]), "why": "one patient under two numbers"}
        for row, code in zip(frame.index[moved].tolist(), codes[moved].tolist(), strict=True)
    ]
    why = "Only where a person knows it is one patient; under one number both stay on one side of the split."
    return Suggestion(tool="apply_review", params={"cells": cells}, why=why, confidence=0.3, backed_by="statistics")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value) if isinstance(value, pd.Timestamp) else value


def _figure(frame: pd.DataFrame, pairs: list[tuple[int, int]], bits: Any) -> Figure:
    """The most certain pairs, with the cells that differ."""
    lines = []
    numbers = frame.index.to_numpy(dtype="int64")
    for (left, right), weight in list(zip(pairs, bits.tolist(), strict=True))[:_LISTED]:
        one, other = frame.iloc[left], frame.iloc[right]
        first, second = coarse(frame.iloc[[left, right]])
        worse = dict(zip(frame.columns, (first != second).tolist(), strict=True))
        unlike = [str(name) for name in frame.columns if _text(one[name]) != _text(other[name])]
        unlike = [name for name in unlike if worse[name]] + [name for name in unlike if not worse[name]]
        told = ", ".join(_differ(name, one[name], other[name]) for name in unlike[:5])
        lines.append([int(numbers[left]), int(numbers[right]), told, round(weight, 1)])
    return Figure(
        kind="table",
        title=f"Pairs of rows most alike: {len(lines)} of {len(pairs):,}",
        data={"columns": ["row", "and row", "differ in", "bits of agreement"], "rows": lines},
    )


def _differ(name: str, one: Any, other: Any) -> str:
    """Two cells side by side; of texts the column alone, for they may name a person."""
    if isinstance(one, str) or isinstance(other, str):
        return name
    return f"{name}: {_text(one)} / {_text(other)}"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.6g}" if isinstance(value, float) else str(value)
