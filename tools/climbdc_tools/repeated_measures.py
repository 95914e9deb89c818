"""Tables in which a row is a visit and not a patient."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from climbdc.sdk import Dataset, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.patient_rows import PatientRows, find_patient, find_visit_time, patient_rows
from climbdc_tools.vocabulary import rounded

__all__ = ["RepeatedMeasures"]


@inspect("structure/repeated-measures", stage="rows")
class RepeatedMeasures(Inspection[Params]):
    """See that patients have several rows, when each visit was, and which columns change between visits.

    Rows of one patient are not independent: split at random, they put the same patient on both sides and make a model
    look better than it is (Saeb et al., GigaScience 2017;6(5):1-9).
    """

    says: ClassVar[dict[str, str]] = {
        "visits": "The rows are visits, not patients: {row_count} rows of {patients} patients (named by {columns}), "
        "half of whom have {visits_median} rows or more.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding, or none when every patient has one row."""
        if len(data.train) < 2:
            return NotApplicable("There are fewer than two rows.")
        patient = find_patient(data.train, data.roles)
        if patient is None:
            return NotApplicable("No column names a patient in more than one row.")
        rows = patient_rows(data.train, patient)
        if not len(rows.visits) or rows.visits.max() < 2:
            return []
        return [_finding(data, rows)]


def _finding(data: Dataset, rows: PatientRows) -> Finding:
    visit_time = find_visit_time(data.train, data.roles, rows)
    evidence: dict[str, Any] = {
        "patients": len(rows.visits),
        "row_count": int(rows.visits.sum()),
        "visits_median": rounded(np.median(rows.visits)),
        "visits_most": int(rows.visits.max()),
        "repeated_share": rounded((rows.visits > 1).mean()),
        "visit_time": visit_time or "",
        "constant": list(rows.constant),
        "varying": list(rows.varying),
    }
    rarely = evidence["repeated_share"] < 0.05
    return Finding(
        "visits",
        "minor" if rarely else "major",
        (rows.patient,),
        evidence=evidence,
        suggestions=() if data.roles.kind == "none" else _suggestions(rows.patient, visit_time),
    )


def _suggestions(patient: str, visit_time: str | None) -> tuple[Suggestion, ...]:
    """The first visit is known at every moment of prediction; what comes later only if prediction is made later."""
    common = {"patient": patient, "visit_time": visit_time}
    first = Suggestion(
        tool="aggregate_visits",
        params={**common, "numeric": ["first"], "categorical": ["first"]},
        why="One row a patient, as known at the first visit.",
        confidence=0.5,
        backed_by="rule",
    )
    course = Suggestion(
        tool="aggregate_visits",
        params={**common, "numeric": ["last", "mean", "slope", "count"], "categorical": ["last"]},
        why="One row a patient with the course up to the last visit; only for predictions made after it.",
        confidence=0.4,
        backed_by="rule",
    )
    return first, course
