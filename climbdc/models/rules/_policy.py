"""The rules policy: deterministic coordinator and worker, from findings, taxonomy and measurements."""

from __future__ import annotations

from collections.abc import Sequence

from climbdc.models._policy import GiveBack, Situation, Trial, TrialResult
from climbdc.models.rules._features import encoding_trials, narrowed_features
from climbdc.models.rules._params import is_empty, merge, narrow
from climbdc.models.rules._wanted import JUDGED_BY_TRIAL, StepKey, key_of, wanted_steps
from climbdc.plan import Assessment, Backtrack, PlannedStep, Verdict

__all__ = ["RulesPolicy"]

OPTIONAL = ("completeness/sparse-columns", "features/uninformative")
"""Challenges whose treatment throws information away and must not cost anything."""


class RulesPolicy:
    """Plans what the findings ask for, in the taxonomy's order, and looks again after every step."""

    name = "rules"

    def assess(self, situation: Situation) -> Assessment:
        """One coordinator turn."""
        back = self._backtrack(situation)
        if back is not None:
            return back
        wanted = wanted_steps(situation)
        ahead = situation.plan.pending
        known = {key_of(step) for step in ahead}
        verdicts: list[Verdict] = []
        inserted: set[StepKey] = set()
        for step in ahead[: situation.look_ahead]:
            verdicts += self._judge(step, wanted, known | inserted, situation)
            inserted |= {
                key_of(verdict.new) for verdict in verdicts if verdict.verdict == "insert_before" and verdict.new
            }
        new = [step for key, step in wanted.items() if key not in known | inserted]
        return Assessment(
            observations=self._observe(situation), verdicts=tuple(verdicts), added=tuple(new), policy=self.name
        )

    def _judge(
        self, step: PlannedStep, wanted: dict[StepKey, PlannedStep], known: set[StepKey], situation: Situation
    ) -> list[Verdict]:
        """The verdict on one step, after any step that has to come before it."""
        first = [
            Verdict(
                step=step.id, verdict="insert_before", new=new,
                reason=f"{key.challenge} has turned up and must be settled before {step.challenge}.",
            )
            for key, new in wanted.items()
            if key not in known and situation.taxonomy.must_follow(step.challenge, key.challenge)
        ]  # fmt: skip
        now = wanted.get(key_of(step))
        if now is None:
            return [*first, Verdict(step=step.id, verdict="remove", reason=_settled(step, situation))]
        chosen = {name: step.params[name] for name in step.settled if name in step.params}
        now = now.model_copy(
            update={"params": {**now.params, **narrow(chosen, set(situation.columns))}, "settled": step.settled}
        )
        if now.params != step.params:
            reason = f"The data changed since it was planned: {_change(step.params, now.params)}."
            new = now.model_copy(update={"id": step.id, "attempt": step.attempt})
            return [*first, Verdict(step=step.id, verdict="replace", new=new, reason=reason)]
        return [*first, Verdict(step=step.id, verdict="keep", reason="What it answers is still there.")]

    def _backtrack(self, situation: Situation) -> Assessment | None:
        """Go back where a trial beat what was done, or where something found late spoils what was learnt."""
        for result in situation.trials:
            if result.low > 0:
                return self._take_trial(result, situation)
        late = self._late(situation)
        if late is None:
            return None
        step, finding, challenge = late
        reason = f"{finding} ({challenge}) was found after {step.id}, which must not learn from it."
        return Assessment(
            observations=self._observe(situation), backtrack=Backtrack(before_step=step.id, reason=reason),
            policy=self.name,
        )  # fmt: skip

    def _take_trial(self, result: TrialResult, situation: Situation) -> Assessment:
        done = situation.plan.get(result.trial.step)
        measured = f"{result.metric} {result.gain:+.4f} (95 % interval {result.low:+.4f} to {result.high:+.4f})"
        reason = f"{result.trial.why} Measured on the same folds: {measured}."
        instead = result.trial.instead
        verdict = (
            Verdict(step=done.id, verdict="remove", reason=reason)
            if instead is None
            else Verdict(step=done.id, verdict="replace", new=instead, reason=reason)
        )
        return Assessment(
            observations=self._observe(situation), backtrack=Backtrack(before_step=done.id, reason=reason),
            verdicts=(verdict,), policy=self.name,
        )  # fmt: skip

    def _late(self, situation: Situation) -> tuple[PlannedStep, str, str] | None:
        """The first applied step that should have followed a finding which nobody knew of then."""
        wanted = wanted_steps(situation)
        for step in situation.plan.applied:
            spec = situation.tools[step.tool].spec
            if spec.rows != "keep" or spec.stage != "train":
                continue
            before = set(situation.known_before.get(step.id, ()))
            for key, new in wanted.items():
                unknown = [finding for finding in new.answers if finding not in before]
                if unknown and key.sure and situation.taxonomy.must_follow(step.challenge, key.challenge):
                    return step, ", ".join(unknown), key.challenge
        return None

    def _observe(self, situation: Situation) -> tuple[str, ...]:
        open_now = [finding for finding in situation.findings if finding["status"] == "open"]
        serious = [finding for finding in open_now if finding["severity"] in {"major", "critical"}]
        done = situation.plan.applied
        told = [
            f"{situation.rows} rows and {len(situation.columns)} columns; {len(done)} steps applied, "
            f"{len(situation.plan.pending)} to do.",
            f"{len(open_now)} findings open, {len(serious)} of them major or critical.",
        ]
        for finding in situation.findings:
            if done and finding["answered_by"] == done[-1].id:
                told.append(f"{finding['id']} ({finding['challenge']}) was answered by {done[-1].id}.")
        return tuple(told)

    def work(self, situation: Situation, step: PlannedStep) -> PlannedStep | GiveBack:
        """Run the step as planned, narrowed to the columns that are there."""
        params = narrowed_features(narrow(step.params, set(situation.columns)), situation.columns)
        if is_empty(params, step.params):
            return GiveBack("None of its columns is there any more.")
        return step.model_copy(update={"params": params})

    def trials(self, situation: Situation) -> Sequence[Trial]:
        """Indicators where gaps tell something, and doing without what throws columns away."""
        found: list[Trial] = []
        for step in situation.plan.applied:
            if step.tool == "impute":
                found += _indicator_trial(step, situation)
            elif step.challenge in OPTIONAL and step.tool == "drop_columns" and step.confidence < 1:
                found.append(Trial(step.id, None, "Keeping these columns does better than dropping them."))
        return [*found, *encoding_trials(situation)]


def _indicator_trial(step: PlannedStep, situation: Situation) -> list[Trial]:
    marked: list[str] = []
    for finding in situation.findings:
        if finding["challenge"] in JUDGED_BY_TRIAL and finding["answered_by"] in {None, step.id}:
            for suggestion in finding["suggestions"]:
                marked += suggestion["params"].get("indicators", [])
    marked = [name for name in dict.fromkeys(marked) if name not in step.params.get("indicators", [])]
    if not marked:
        return []
    params = merge(step.params, {"indicators": marked})
    why = f"An indicator of what was missing helps for {len(marked)} columns whose gaps are informative."
    changed = {"params": params, "why": f"{step.why} {why}", "settled": (*step.settled, "indicators")}
    return [Trial(step.id, step.model_copy(update=changed), why)]


def _settled(step: PlannedStep, situation: Situation) -> str:
    by = {finding["answered_by"] for finding in situation.findings if finding["id"] in step.answers}
    named = sorted(name for name in by if name)
    return f"Already settled by {', '.join(named)}." if named else "What it was to answer is no longer found."


def _change(old: dict[str, object], new: dict[str, object]) -> str:
    """What differs between two params, by column where they are lists or dicts of columns."""
    told: list[str] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, list | dict) and isinstance(after, list | dict):
            gone = [str(name) for name in before if name not in after]
            come = [str(name) for name in after if name not in before]
            told += [f"without {', '.join(gone)}"] if gone else []
            told += [f"also {', '.join(come)}"] if come else []
            told += [f"other {key}"] if not gone and not come else []
        else:
            told.append(f"{key} {before!r} -> {after!r}")
    return "; ".join(told)
