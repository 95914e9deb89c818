"""How long a model is asked that does not answer: a few turns, then the rules go on alone and say so."""

from __future__ import annotations

from climbdc.errors import ClimbdcError, Stopped
from climbdc.models import ModelError, Policy, RulesPolicy
from climbdc.store import SessionStore

__all__ = ["Patience", "stop_where_cancelled"]

MOST = 3
"""Turns in a row without a valid answer."""
AGAIN = "is not asked again in this run"
"""Said once, by the client or here."""
AT_ONCE = ("budget", "no-key")
"""Reasons that no other turn will mend."""


class Patience:
    """Counts the turns of one run in which a model gave no valid answer.

    Turns in which its server could not be reached do not count: they cost nothing, and it may come back.
    """

    def __init__(self) -> None:
        self.row = 0
        self.away = False

    def asks(self, policy: Policy) -> bool:
        """Whether a model is there and worth asking."""
        return not isinstance(policy, RulesPolicy) and self.row < MOST

    def answered(self, session: SessionStore) -> None:
        """It answered as it should; the session says so where it had been away."""
        if self.away:
            session.say("mind", {"text": "The language model is back and takes part again."})
        self.row, self.away = 0, False

    def failed(self, session: SessionStore, error: ClimbdcError | None) -> None:
        """It did not, or the gate let nothing through to it; the session says so.

        The rules take over for this turn, and after the last one for this run.

        Raises:
            Stopped: The person stopped the work; the turn is taken anew another time, and nothing was decided in it.
        """
        stop_where_cancelled(error)
        if isinstance(error, ModelError) and error.away:
            self.away = True
        else:
            self.row = MOST if error is not None and error.code in AT_ONCE else self.row + 1
        why = str(error) if error is not None else "Its answers could not be used."
        again = self.row < MOST or AGAIN in why
        more = "" if again else f" It {AGAIN}."
        session.say("mind", {"text": f"The rules decide here instead of the language model. {why}{more}"})


def stop_where_cancelled(error: ClimbdcError | None) -> None:
    """A question to a model that the person's stop ended says nothing of the model.

    Raises:
        Stopped: It was so.
    """
    if error is not None and error.code == "cancelled":
        raise Stopped("Stopped as you asked.", fix="Nothing is lost; the session goes on from here another time.")
