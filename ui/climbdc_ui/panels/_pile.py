"""All that waits to be looked at row by row, and what was decided so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from climbdc.errors import InputError
from climbdc.plan import PlannedStep
from climbdc_ui._acts import Seat
from climbdc_ui.panels._drafts import Verdict, drafts
from climbdc_ui.panels._queue import Topic, done, topics
from climbdc_ui.panels._sheet import Sheet, sheet_of

__all__ = ["Pile", "pile_of", "pile_there"]


@dataclass(frozen=True)
class Pile:
    """All that the panel works on.

    Args:
        sheet: The data.
        topics: What can be looked at.
        drafts: Decisions that were not carried out.
        underway: What of it is on its way: wanted, or a step that is to be done.
        planned: Finding -> the step of the plan that is to treat it as a whole.
    """

    sheet: Sheet
    topics: tuple[Topic, ...]
    drafts: list[Verdict]
    underway: set[tuple[str, int]]
    planned: dict[str, str]

    @property
    def open(self) -> list[Verdict]:
        """Decisions that are still to be applied."""
        return [verdict for verdict in self.drafts if verdict.item not in self.underway]

    def topic(self, key: object) -> Topic:
        """The topic of that key; the first one that has rows left where there is none.

        Raises:
            InputError: There is nothing to look at.
        """
        if not self.topics:
            raise InputError("There is no row left to look at.", fix="Look at the findings.", code="nothing-to-review")
        decided = {verdict.item for verdict in self.drafts}
        open_ones = [one for one in self.topics if any((one.about, row) not in decided for row in one.rows)]
        return next((one for one in self.topics if one.key == key), (open_ones or self.topics)[0])

    def row(self, topic: Topic, row: object) -> int:
        """The row meant; the first without a decision where it is not one of the topic's."""
        if row in topic.rows:
            return topic.rows[topic.rows.index(row)]
        decided = {verdict.item for verdict in self.drafts}
        return next((one for one in topic.rows if (topic.about, one) not in decided), topic.rows[0])


def pile_of(seat: Seat) -> Pile | None:
    """All that waits; None while the data are still being read."""
    sheet = sheet_of(seat.stored)
    if sheet is None:
        return None
    pending = seat.session.plan.pending
    planned = {finding: step.id for step in pending for finding in step.answers if step.tool != "apply_review"}
    found = sorted(topics(seat.stored, sheet), key=lambda topic: topic.finding["id"] in planned)
    told = drafts(seat.stored, done(sheet))
    return Pile(sheet, tuple(found), told, _underway(seat, pending) if told else set(), planned)


def _underway(seat: Seat, pending: Sequence[PlannedStep]) -> set[tuple[str, int]]:
    """Decisions that were applied and are not carried out yet, by what they are about and the row."""
    wanted = [told for edit in seat.stored.edits("wanted") for told in edit["values"].get("decisions", [])]
    steps = [step.params for step in pending if step.tool == "apply_review"]
    planned = [told for params in steps for part in ("cells", "drop", "kept") for told in params.get(part, [])]
    return {(str(told.get("about", "")), int(told["row"])) for told in (*wanted, *planned)}


def pile_there(seat: Seat) -> Pile:
    """All that waits.

    Raises:
        InputError: The data are still being read.
    """
    pile = pile_of(seat)
    if pile is None:
        raise InputError("The data are still being read.", fix="Try again in a moment.", code="not-read")
    return pile
