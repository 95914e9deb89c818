"""A language model as coordinator and worker: it reads what the gate released and fills in forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from climbdc.errors import PlanError
from climbdc.models._errors import ModelError
from climbdc.models._message import Message
from climbdc.models._policy import Ask, GiveBack, Situation, Trial
from climbdc.models.llm._assess import assessment_of, coordinator_form
from climbdc.models.llm._forms import Form
from climbdc.models.llm._other_ways import other_way, triable, trial_form, wanted_trials, way_form, with_params
from climbdc.models.llm._params import columns_in
from climbdc.models.llm._prompt import coordinator_messages, trial_messages, way_messages, worker_messages
from climbdc.models.llm._said import plainly
from climbdc.models.llm._table import Table
from climbdc.models.llm._view import LARGE, SMALL, Size, View, view
from climbdc.models.llm._work import worked, worker_form
from climbdc.plan import Assessment, PlannedStep
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from climbdc.models._client import ModelClient
    from climbdc.privacy import Gate

__all__ = ["LanguagePolicy"]

KEPT = "mind/trials"
"""Result: the trials that the model wanted; it is asked once a session."""
MOST_QUESTIONS = 4
"""Steps about which a model may ask the expert in a session."""
REPLY = {"coordinator": 1000, "worker": 600, "trials": 400}
"""Most tokens of a reply, by what it is for; most take a third of it."""
WEAK = re.compile(r"(?<![\d.])(?:0\.\d+|[123](?:\.\d+)?)b(?![a-z])|\d{2,3}m(?![a-z\d])|^llm:local$", re.IGNORECASE)
"""In a model's name: fewer than 4 billion weights, or served by ourselves. Told more, it loses its way."""

T = TypeVar("T")


class LanguagePolicy:
    """Plays both roles with a model. What it answers is validated here and checked again by whoever adopts it.

    Args:
        client: The model.
        gate: The only source of what it is told.
        stored: The session.
        table: The newest version.
    """

    def __init__(self, client: ModelClient, gate: Gate, stored: SessionStore, table: Callable[[], Table]) -> None:
        self.client, self.gate, self.stored, self.table = client, gate, stored, table
        self.size: Size = SMALL if WEAK.search(client.name) else LARGE

    @property
    def name(self) -> str:
        """As recorded with every assessment."""
        return self.client.name

    def assess(self, situation: Situation) -> Assessment:
        """One coordinator turn.

        Raises:
            PlanError: The answer does not fit; the reason is fit for another try.
            ModelError: There is no answer.
        """

        def turn(size: Size) -> Assessment:
            now = view(situation, self.gate, size)
            messages = coordinator_messages(now, self.gate, self.stored, self.table())
            reply = self._ask("coordinator", messages, coordinator_form(now))
            return assessment_of(reply, now, self.name, plainly(now, messages))

        return self._within(turn)

    def work(self, situation: Situation, step: PlannedStep) -> PlannedStep | GiveBack | Ask:
        """One worker turn: of a model's own step the params, of any step a plain word to the clinician.

        Raises:
            PlanError: The answer does not fit; the reason is fit for another try.
            ModelError: There is no answer.
        """
        may_ask = not situation.told and self._questions(step) < MOST_QUESTIONS

        def turn(size: Size) -> PlannedStep | GiveBack | Ask:
            now = view(situation, self.gate, size)
            columns = self._columns(now, step)[: size.columns]
            messages = worker_messages(step, now, self.gate, self.stored, self.table(), columns)
            reply = self._ask("worker", messages, worker_form(step, now, may_ask=may_ask))
            return worked(reply, step, now, plainly(now, messages), may_ask=may_ask)

        return self._within(turn)

    def trials(self, situation: Situation) -> Sequence[Trial]:
        """Other ways that the model would like to see measured; asked for once.

        Raises:
            PlanError: The answer does not fit.
            ModelError: There is no answer.
        """
        kept = self.stored.get(KEPT)
        if kept is None:
            kept = {"trials": []}
            try:
                wanted = self._within(lambda size: self._other_ways(view(situation, self.gate, size)))
                kept["trials"] = [{"step": t.step, "instead": _plain(t.instead), "why": t.why} for t in wanted]
            except PlanError:
                self.stored.put(KEPT, kept)
                raise
            self.stored.put(KEPT, kept)
        applied = {step.id for step in situation.plan.applied}
        return [other_way(trial) for trial in kept["trials"] if trial["step"] in applied]

    def _other_ways(self, now: View) -> list[Trial]:
        steps = triable(now.situation)
        if not steps or not now.offers.tools:
            return []
        messages = trial_messages(now, steps, self.gate, self.stored)
        wanted = wanted_trials(self._ask("trials", messages, trial_form(now, steps)), now, steps)
        says = plainly(now, messages)
        return [Trial(step.id, self._way(now, step), says(why)) for step, why in wanted]

    def _way(self, now: View, step: PlannedStep) -> PlannedStep:
        asked = way_form(step, now)
        if asked is None:
            return step
        return with_params(step, self._ask("trials", way_messages(step, now, self.gate), asked), now)

    def _columns(self, now: View, step: PlannedStep) -> list[str]:
        schema = now.situation.tools[step.tool].spec.schema
        named = columns_in(schema, step.params) or now.detailed
        return [name for name in named if name in now.situation.columns]

    def _questions(self, step: PlannedStep) -> int:
        """How many other steps the expert was asked about."""
        own = f"ask:{step.id}:"
        asked = [str(item["id"]) for item in self.stored.decisions(answered=False)]
        return len({name.split(":")[1] for name in asked if name.startswith("ask:") and not name.startswith(own)})

    def _ask(self, purpose: str, messages: Sequence[Message], reply: type[Form]) -> Form:
        try:
            return self.client.ask(purpose, messages, reply, max_tokens=REPLY[purpose])
        except ModelError as error:
            if error.code in {"bad-answer", "cut"}:
                raise PlanError(error.message, fix=error.fix, code="bad-answer") from error
            raise

    def _within(self, turn: Callable[[Size], T]) -> T:
        """The turn; told less where the model cannot hold it all, now and from now on."""
        try:
            return turn(self.size)
        except ModelError as error:
            if error.code != "too-long" or self.size == SMALL:
                raise
        self.size = SMALL
        return turn(self.size)


def _plain(step: PlannedStep | None) -> dict[str, object] | None:
    return None if step is None else step.model_dump(mode="json")
