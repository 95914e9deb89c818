"""Whether follow-up times and events make sense, and the curve they give."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.censoring import competing_ends, early_leavers
from climbdc_tools.kaplan_meier import Curve, cumulative_incidence, kaplan_meier, median_time
from climbdc_tools.outcome import Outcome, groups, outcome
from climbdc_tools.vocabulary import rounded, row_numbers

_FEW_EVENTS = 5


class CheckSurvivalParams(Params):
    """When times and events are called odd."""

    at_risk: int = Field(default=10, ge=1, description="Patients under observation below which the curve says little.")
    coarse: float = Field(
        default=0.05, gt=0, lt=1, description="Share of different times among the events below which times are coarse."
    )
    chance: float = Field(
        default=0.01,
        gt=0,
        lt=0.5,
        description="Adjusted chance below which leaving early is told to go with a column.",
    )
    cap: int = Field(default=5000, ge=100, description="Rows that are compared when looking for early leavers.")


@inspect("labels/censoring", targets=("survival",), cost="slow")
class CheckSurvival(Inspection[CheckSurvivalParams]):
    """Checks follow-up and events, and draws the share of patients without the event over time.

    The curve is that of Kaplan and Meier (J Am Stat Assoc 1958;53:457), with Greenwood's variance on the log-log
    scale; follow-up is summarised by the reversed curve (Schemper and Smith, Control Clin Trials 1996;17:343). Where
    another column tells two kinds of end apart, the cumulative incidence is put beside it (Austin, Lee and Fine,
    Circulation 2016;133:601). Times below zero are told by `impossible_values`, unknown ones by `missing_target`.
    """

    says: ClassVar[dict[str, str]] = {
        "curve": "Of {n} patients {count} had the event. Half were followed for at least {followed}, and after {reach} "
        "fewer than {least} were still watched: what the curve says beyond that is weak.",
        "zero-time": "In {rows} of {total} rows the follow-up ({columns}) is zero: such patients say nothing of what "
        "comes later; check whether the event was there before the start.",
        "coarse-time": "The {count} events fall on {distinct} different times ({columns}): the order within one "
        "time is not known, which weakens survival models.",
        "competing": "{columns} tells ends apart that count as no event: {count} of {n} patients without the event "
        "ended otherwise. If that made the event impossible, as death does, the simple curve overstates the risk.",
        "early-leavers": "How soon patients without the event leave goes along with {columns} (smallest p {p}, "
        "adjusted for {compared_columns} columns): if those who leave differ in risk, results are distorted.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """The curve, and what is odd."""
        target = outcome(data)
        if target is None or target.kind != "survival" or target.duration is None:
            return NotApplicable("There are no times with events and patients without.")
        usable = (target.duration >= 0) & _one_each(data)[target.known]
        if int(target.values[usable].sum()) < _FEW_EVENTS:
            return NotApplicable(f"Fewer than {_FEW_EVENTS} events are too few for a curve.")
        time, event = target.duration[usable].astype("float64"), target.values[usable].astype(bool)
        known = data.train[target.known][usable]
        found = [self._curve(data, time, event), *self._odd(data, target, time, event)]
        found += self._competing(data, known, time, event)
        return [*found, *self._leavers(data, known, time, event)]

    def _curve(self, data: Dataset, time: np.ndarray, event: np.ndarray) -> Finding:
        curve = kaplan_meier(time, event)
        followed, reach = median_time(kaplan_meier(time, ~event)), self._reach(time)
        evidence = {
            "n": len(time),
            "count": int(event.sum()),
            "followed": "longer than seen" if followed is None else rounded(followed),
            "reach": rounded(reach),
            "least": self.params.at_risk,
        }
        figure = _drawn({"without the event": curve}, f"Without the event, by {data.roles.duration}", data)
        return Finding("curve", "info", _named(data), evidence=evidence, figures=(figure,))

    def _reach(self, time: np.ndarray) -> float:
        ordered = np.sort(time)
        return float(ordered[max(0, len(ordered) - self.params.at_risk)])

    def _odd(self, data: Dataset, target: Outcome, time: np.ndarray, event: np.ndarray) -> list[Finding]:
        found = []
        duration = data.roles.duration or ""
        assert target.duration is not None
        zero = np.zeros(len(data.train), dtype=bool)
        zero[target.known] = target.duration == 0
        if zero.any():
            severity = "minor" if zero.mean() > 0.01 else "info"
            rows = row_numbers(data.train, zero)
            found.append(
                Finding("zero-time", severity, (duration,), rows=rows, evidence={"total": len(data.train)})  # type: ignore[arg-type]
            )
        distinct = len(np.unique(time[event]))
        if distinct < self.params.coarse * event.sum():
            evidence = {"count": int(event.sum()), "distinct": distinct}
            found.append(Finding("coarse-time", "info", (duration,), evidence=evidence))
        return found

    def _competing(self, data: Dataset, known: pd.DataFrame, time: np.ndarray, event: np.ndarray) -> list[Finding]:
        found = []
        for ends in competing_ends(data, known, event):
            states = np.where(event, 1, np.where(ends.otherwise, 2, 0))
            incidence = cumulative_incidence(time, states)
            simple = kaplan_meier(time, event)
            curves = {
                "risk by the simple curve": Curve(simple.times, 1 - simple.share),
                "cumulative incidence": incidence,
            }
            evidence = {"n": int((~event).sum()), "count": int(ends.otherwise.sum())}
            figure = _drawn(curves, "Risk of the event, without and with other ends", data)
            found.append(Finding("competing", "minor", (ends.name,), evidence=evidence, figures=(figure,)))
        return found

    def _leavers(self, data: Dataset, known: pd.DataFrame, time: np.ndarray, event: np.ndarray) -> list[Finding]:
        chosen = np.arange(len(time))
        if len(time) > self.params.cap:
            chosen = np.sort(np.random.default_rng(data.seed).permutation(len(time))[: self.params.cap])
        some = known.iloc[chosen]
        told, compared = early_leavers(some[[n for n in data.features if n in some]], time[chosen], ~event[chosen])
        named = sorted((name for name, p in told.items() if p < self.params.chance), key=lambda name: told[name])
        if not named:
            return []
        evidence = {
            "p": float(f"{told[named[0]]:.1g}"),
            "compared_columns": compared,
            "n": len(chosen),
            "N": len(time),
        }
        return [Finding("early-leavers", "info", tuple(named), evidence=evidence)]


def _one_each(data: Dataset) -> np.ndarray:
    """The first row of each patient; every row where rows stand for themselves."""
    people = groups(data)
    return np.ones(len(data.train), dtype=bool) if people is None else ~pd.Series(people).duplicated().to_numpy()


def _named(data: Dataset) -> tuple[str, ...]:
    return tuple(name for name in (data.roles.duration, data.roles.event) if name)


def _drawn(curves: dict[str, Curve], title: str, data: Dataset) -> Figure:
    """All curves on one scale of time, at 200 times at most."""
    times = np.unique(np.concatenate([curve.times for curve in curves.values()]))
    if len(times) > 200:
        times = np.unique(np.quantile(times, np.linspace(0, 1, 200), method="nearest"))
    body = {
        "x": [rounded(value) for value in times],
        "series": {name: curve.at(times) for name, curve in curves.items()},
        "x_label": data.roles.duration or "time",
    }
    bands = {name: curve for name, curve in curves.items() if curve.low is not None}
    if bands:
        body["low"] = {name: curve.at(times, "low") for name, curve in bands.items()}
        body["high"] = {name: curve.at(times, "high") for name, curve in bands.items()}
    return Figure(kind="steps", title=title, data=body)
