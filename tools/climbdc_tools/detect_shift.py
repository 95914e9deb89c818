"""Whether the parts of a table differ: train and test, sites, years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, Severity, inspect
from climbdc_tools.outcome import Array
from climbdc_tools.quick_fit import threads
from climbdc_tools.scores import Interval
from climbdc_tools.shift import FEW, Shift, comparable, shifts, told_apart

__all__ = ["DetectShift", "DetectShiftParams"]

_MOST_SITES: Final = 30
_MOST_ROWS: Final = 30  # of a table that is drawn
_PERIODS: Final = 4
_DATED: Final = 0.9
_TELLING: Final = 0.6
_SURELY: Final = 3.09 / 1.96  # one-sided, 1 in 1,000


class DetectShiftParams(Params):
    """How many rows are compared, and which differences are told."""

    cap: int = Field(10_000, ge=100, description="Rows at most of each part of the split; more are sampled.")
    learn: int = Field(4000, ge=100, description="Rows at most from which a model learns to tell train from test.")
    stability: float = Field(0.25, gt=0, description="Population stability index from which values differ.")
    gaps: float = Field(0.2, gt=0, le=1, description="Difference between shares of gaps from which it is told.")
    error_rate: float = Field(0.01, gt=0, lt=1, description="False discovery rate over all columns and parts.")


class _Cut(NamedTuple):
    """One way of dividing rows: its name, the column it goes by, the rows and the parts."""

    name: str
    by: str
    frame: pd.DataFrame
    parts: Mapping[str, Array]


@inspect("representation/shift", cost="slow", audit=True)
class DetectShift(Inspection[DetectShiftParams]):
    """Compares the values and the gaps of each column between train and test, between sites, and over the years.

    Of the test rows only the features are looked at.
    """

    says: ClassVar[dict[str, str]] = {
        "told-apart": "A model tells test rows from the rows to learn from with strength {auc} (95 % interval {low} "
        "to {high}; 0.5 cannot tell them apart): the test part is not like the rest.",
        "test-values": "The test rows have other values than the rows to learn from in {columns}; most of all "
        "{column} (population stability index {distance}).",
        "test-gaps": "The test rows have gaps more or less often than the rows to learn from in {columns}; most of all "
        "{column} (by {percent} points).",
        "sites-values": "Values differ between the places in {by_column}: {columns}; most of all {column} (population "
        "stability index {distance}).",
        "sites-gaps": "What is recorded differs between the places in {by_column}: {columns}; most of all {column}, "
        "whose share of gaps differs by {percent} points in one of them.",
        "periods-values": "Values changed over the time in {by_column}: {columns}; most of all {column} (population "
        "stability index {distance}).",
        "periods-gaps": "What is recorded changed over the time in {by_column}: {columns}; most of all {column}, whose "
        "share of gaps differs by {percent} points in one period.",
    }

    @classmethod
    def warm(cls) -> None:
        """Find the thread pools while their list can be read."""
        threads()

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Findings about each way of dividing the rows that there is."""
        train = _one_each(data.sample(self.params.cap).train, data.roles.patient)
        audit = None if data.audit is None else _one_each(data.audit, data.roles.patient)
        if audit is not None and len(audit) > self.params.cap:
            audit = audit.sample(self.params.cap, random_state=data.seed).sort_index()
        cuts = [cut for cut in (_test(data, train, audit), _sites(data, train), _periods(data, train)) if cut]
        if not cuts:
            return NotApplicable(f"There are no two parts of the table, of {FEW} rows each, to compare.")
        findings = [] if audit is None or cuts[0].name != "test" else self._told_apart(data, train, audit)
        total = len(data.train) + (0 if data.audit is None else len(data.audit))
        for cut in cuts:
            findings += self._differing(data, cut, total if cut.name == "test" else len(data.train))
        return findings

    def _told_apart(self, data: Dataset, train: pd.DataFrame, audit: pd.DataFrame) -> list[Finding]:
        names = _names(data, pd.concat([train, audit[[name for name in train if name in audit]]]))
        few = self.params.learn // 2
        pair = [frame.sample(min(few, len(frame)), random_state=data.seed).sort_index() for frame in (train, audit)]
        if not names:
            return []
        area = told_apart(pair[0], pair[1], names, data.seed)
        if area.value < _TELLING or area.value - _SURELY * (area.value - area.low) <= 0.5:
            return []
        evidence = {"auc": round(area.value, 4), **_ends(area), "n": sum(map(len, pair)), "N": len(train) + len(audit)}
        return [Finding("told-apart", self._weight(data, train, audit), evidence=evidence)]

    @staticmethod
    def _weight(data: Dataset, train: pd.DataFrame, audit: pd.DataFrame) -> Severity:
        """Nothing to worry about where the split was meant to part places, groups or years."""
        for name in (data.roles.site, data.roles.group):
            if name in train and name in audit and not set(train[name].dropna()) & set(audit[name].dropna()):
                return "info"
        when = _calendar(data, train)
        if when is not None and when in audit and train[when].max() <= audit[when].min():
            return "info"
        return "minor"

    def _differing(self, data: Dataset, cut: _Cut, total: int) -> list[Finding]:
        from scipy.stats import false_discovery_control

        names = [name for name in _names(data, cut.frame) if name != cut.by]
        if cut.name == "periods":
            names = [name for name in names if cut.frame[name].dtype.kind != "M"]
        seen = list(shifts(cut.frame, names, cut.parts))
        if not seen:
            return []
        adjusted = false_discovery_control([one.chance for one in seen])
        sure = [one for one, chance in zip(seen, adjusted, strict=True) if chance < self.params.error_rate]
        values = [one for one in sure if not one.gap and one.distance >= self.params.stability]
        gaps = [one for one in sure if one.gap and one.distance >= self.params.gaps]
        return [
            _finding(f"{cut.name}-{what}", cut, told, len(seen), total)
            for what, told in (("values", values), ("gaps", gaps))
            if told
        ]


def _one_each(frame: pd.DataFrame, patient: str | None) -> pd.DataFrame:
    """The first row of each patient: rows of one patient are not independent."""
    if patient is None or patient not in frame:
        return frame
    return frame[~frame[patient].duplicated().to_numpy() | frame[patient].isna().to_numpy()]


def _names(data: Dataset, frame: pd.DataFrame) -> list[str]:
    return comparable(frame, [name for name in data.features if name in frame and name != data.roles.index_date])


def _test(data: Dataset, train: pd.DataFrame, audit: pd.DataFrame | None) -> _Cut | None:
    if audit is None or min(len(train), len(audit)) < FEW:
        return None
    shared = [name for name in train if name in audit]
    both = pd.concat([train[shared], audit[shared]], ignore_index=True)
    return _Cut("test", "", both, {"test": np.arange(len(both)) >= len(train)})


def _sites(data: Dataset, train: pd.DataFrame) -> _Cut | None:
    for name in (data.roles.site, data.roles.group):
        if name is None or name not in train:
            continue
        sizes = train[name].value_counts()
        large = sorted((level for level, size in sizes.items() if size >= FEW), key=str)
        if len(sizes) > 1 and large and len(sizes) <= _MOST_SITES:
            return _Cut("sites", name, train, {str(level): (train[name] == level).to_numpy(bool) for level in large})
    return None


def _calendar(data: Dataset, frame: pd.DataFrame) -> str | None:
    """The column by which rows are put in order of time: a date that nearly all rows have."""
    named = [data.roles.visit_time, data.roles.index_date, *data.features]
    dates = (name for name in named if name is not None and name in frame and frame[name].dtype.kind == "M")
    return next((name for name in dates if len(frame) and frame[name].notna().mean() >= _DATED), None)


def _periods(data: Dataset, train: pd.DataFrame) -> _Cut | None:
    """Four periods with equally many rows."""
    name = _calendar(data, train)
    if name is None:
        return None
    known = train[train[name].notna()]
    when = known[name].to_numpy().astype("int64")
    edges = np.unique(np.quantile(when, np.linspace(0, 1, _PERIODS + 1)[1:-1]))
    codes = np.searchsorted(edges, when, side="right")
    parts = {}
    for code in np.unique(codes):
        inside = codes == code
        first, last = (str(day)[:10] for day in (known[name][inside].min(), known[name][inside].max()))
        if inside.sum() >= FEW:
            parts[f"{first} to {last}"] = inside
    return _Cut("periods", name, known, parts) if len(parts) > 1 else None


def _ends(area: Interval) -> dict[str, float]:
    return {"low": round(area.low, 4), "high": round(area.high, 4)}


def _finding(kind: str, cut: _Cut, told: Sequence[Shift], tests: int, total: int) -> Finding:
    ranked = sorted(told, key=lambda one: (-one.distance, one.column, one.part))
    worst = ranked[0]
    evidence: dict[str, Any] = {"column": worst.column, "by_column": cut.by, "tests": tests}
    evidence |= {"n": len(cut.frame), "N": total}
    evidence |= {"percent": round(100 * worst.distance)} if worst.gap else {"distance": round(worst.distance, 2)}
    head = ["column", "part", "in the part", "elsewhere", "difference of shares" if worst.gap else "stability index"]
    rows = [[one.column, one.part, one.here, one.there, round(one.distance, 2)] for one in ranked[:_MOST_ROWS]]
    what = "Gaps" if worst.gap else "Values"
    where = f"between the parts of {cut.by}" if cut.by else "between train and test"
    table = Figure(kind="table", title=f"{what} that differ {where}", data={"columns": head, "rows": rows})
    columns = tuple(dict.fromkeys(one.column for one in ranked))
    return Finding(kind, "info", columns, evidence=evidence, figures=(table,))
