"""The one door: everything that may reach a model is made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec

import pandas as pd

from climbdc.plan import Plan
from climbdc.privacy._channels import Channels, Origin
from climbdc.privacy._clean import LONGEST_LABEL, block, clean, quoted, to_line
from climbdc.privacy._consent import Consent
from climbdc.privacy._evidence import Place, Sieve
from climbdc.privacy._findings import Findings
from climbdc.privacy._history import History
from climbdc.privacy._names import Names
from climbdc.privacy._plans import Plans
from climbdc.privacy._profile import label_of
from climbdc.privacy._prompt import filled
from climbdc.privacy._released import PrivacyError, Released, release
from climbdc.privacy._secrets import Secrets
from climbdc.privacy._tables import Detail, Tables, described, wanted
from climbdc.registry import Registry
from climbdc.sdk import Dictionary, Roles
from climbdc.store import SessionStore

__all__ = ["Disclosure", "Gate"]

Disclosure = Literal["metadata", "aggregates", "values"]
"""metadata: names, types, units; aggregates: numbers of groups of k rows and more; values: also cells of columns that a
person has shown, one by one."""


P = ParamSpec("P")


def _in_turn(tell: Callable[Concatenate[Gate, P], Released]) -> Callable[Concatenate[Gate, P], Released]:
    """What is told is compared with all that was told before: no other gate of the session tells anything meanwhile."""

    @wraps(tell)
    def in_turn(self: Gate, /, *args: P.args, **kwargs: P.kwargs) -> Released:
        with self._turns.taken():
            self._look_again()
            return tell(self, *args, **kwargs)

    return in_turn


class Gate:
    """Makes `Released` text of what a session holds, as far as its level of disclosure allows.

    Args:
        stored: The session. What was released is kept in it, so that later releases do not betray earlier ones.
        tools: The tools whose findings and params are spoken of.
        level: How much a model may see.
        k: The least number of rows behind any number.
    """

    def __init__(self, stored: SessionStore, tools: Registry, *, level: Disclosure = "aggregates", k: int = 10) -> None:
        self.stored = stored
        self.registry = tools
        self.level: Disclosure = level
        self.k = k
        self._secrets = Secrets(stored, k)
        self._turns = stored.turns("gate")
        self._names = Names(stored, self._secrets, self._turns)
        self._channels = Channels(self._secrets, self._names)
        self._history = History(stored, k, self._secrets.people, lambda: self._secrets.most_rows)
        self._consent = Consent(stored, self._turns)
        self._tables = Tables(self._history, self._secrets, self._names, self._spoken)
        self._findings = Findings(stored, self._history, self._names, tools, self._ours)
        self._plans = Plans(tools, self._columns, self._names.shown, self._ours, self._spoken)
        self._seen: set[str] = set()

    # -- names -------------------------------------------------------------------------------------------------------

    def shown(self, column: str) -> str:
        """The name as a model sees it: itself, or `column_7` where it looks like data."""
        return self._names.shown(column)

    def column_of(self, shown: str) -> str | None:
        """The column that a model means by a name."""
        return self._names.column_of(shown)

    # -- our own words -----------------------------------------------------------------------------------------------

    def own(self, prompt: str, **parts: Released) -> Released:
        """A prompt of ours with released text in its blanks.

        Raises:
            PrivacyError: There is no such prompt, its blanks are others, or a part was not released.
        """
        return release(filled(prompt, parts))

    # -- the session -------------------------------------------------------------------------------------------------

    def goal(self, roles: Roles, notes: str = "") -> Released:
        """What is to be predicted, and what the person wrote about it."""
        self._look_again()
        named = {
            role: value
            for role, value in roles.model_dump().items()
            if isinstance(value, str) and value and role != "kind"
        }
        line: dict[str, Any] = {"target_is": roles.kind, **{role: self.shown(name) for role, name in named.items()}}
        line |= {role: [self.shown(name) for name in getattr(roles, role)] for role in ("identifiers", "ignored")}
        return release(block("goal", to_line({**line, "notes": self._channels.spoken(notes, 1000, self._revealed())})))

    @_in_turn
    def table(
        self, frame: pd.DataFrame, dictionary: Dictionary, roles: Roles, columns: Sequence[str] | None = None, *,
        detail: Detail = "short",
    ) -> Released:  # fmt: skip
        """The columns of a version, one line of JSON each.

        Args:
            frame: The rows of the version.
            dictionary: What is known of its columns.
            roles: Which part they play.
            columns: Some of them only; those that are not there are passed over.
            detail: `names` (name, type, role), `short` (meaning cut, a few levels), `full`.
        """
        self._seen |= {str(name) for name in frame.columns}
        counted = self.level != "metadata"
        lines = [
            to_line(self._tables.line(frame, name, described(dictionary, name), roles, detail, numbers=counted))
            for name in wanted(frame, columns)
        ]
        about = {"columns": str(frame.shape[1])}
        if counted:
            rows, old = self._tables.rows(frame)
            about |= {"rows": f"{rows} (rounded)" + (", as of an earlier version" if old else "")}
        return release(block("table", "\n".join(lines), **about))

    @_in_turn
    def findings(self, findings: Sequence[Mapping[str, Any]]) -> Released:
        """Stored findings, one line of JSON each."""
        sieve = self._sieve()
        counted = self.level != "metadata"
        lines = [to_line(self._findings.line(finding, sieve, counted=counted)) for finding in findings]
        return release(block("findings", "\n".join(lines)))

    def plan(self, plan: Plan, findings: Sequence[Mapping[str, Any]]) -> Released:
        """The steps, with what the pending ones answer."""
        self._look_again()
        challenges = {str(finding["id"]): f"{finding['challenge']} ({finding['kind']})" for finding in findings}
        lines = []
        for line in self._plans.done(plan):
            answers = [challenges[name] for name in line.get("answers", []) if name in challenges]
            lines.append(to_line({**line, "because_of": sorted(set(answers))}))
        return release(block("plan", "\n".join(lines)))

    def tools(self, names: Sequence[str], *, params: bool = False) -> Released:
        """What tools there are for a task; with their params as JSON schema."""
        lines = [to_line(self._plans.tool(name, params=params)) for name in names]
        return release(block("tools", "\n".join(lines)))

    def results(self, facts: Mapping[str, Any]) -> Released:
        """Stored results by name; what is not known to be safe is left out."""
        self._look_again()
        told = self._sieve().through(facts, Place(apart=True))
        return release(block("results", quoted(told)))

    def trials(self, told: Sequence[Mapping[str, Any]]) -> Released:
        """What trials measured."""
        lines = [to_line(self._plans.trial(item)) for item in told] if self.level != "metadata" else []
        return release(block("trials", "\n".join(lines)))

    # -- words -------------------------------------------------------------------------------------------------------

    def words(self, text: str, *, of: Origin, longest: int = 1000) -> Released:
        """Somebody's words as data: without identifiers, rare cells, hidden letters and links, cut and quoted.

        Of a program (`tool`) no number passes either, and nothing that it quotes.
        """
        self._look_again()
        if of == "person":
            told = self._channels.spoken(text, longest, self._revealed())
        elif of == "model":
            told = self._channels.thought(text, longest, self._revealed())
        else:
            told = self._channels.printed(text, longest)
        return release(block(of, quoted(told)))

    # -- values ------------------------------------------------------------------------------------------------------

    @property
    def revealed(self) -> frozenset[str]:
        """Columns that a person has shown to the model."""
        return self._consent.columns

    def consent(self, column: str) -> None:
        """A person shows a column's values to the model.

        Raises:
            PrivacyError: There is no such column, or it names persons.
        """
        self._look_again()
        if column not in self._columns():
            raise PrivacyError(f"There is no column {column!r} to show.", code="no-such-column")
        if column in self._secrets.personal | self._secrets.naming:
            raise PrivacyError(
                f"The values of {column!r} name persons and are never shown to a model.",
                fix="Drop the column, or replace its values first.",
                code="personal-data",
            )
        self._consent.say("reveal", column)

    def revoke(self, column: str) -> None:
        """A person takes that back; from now on nothing more is shown."""
        self._consent.say("revoke", column)

    def values(self, frame: pd.DataFrame, column: str, *, most: int = 40) -> Released:
        """Different values of a column that a person has shown, the most frequent first, without counts.

        Raises:
            PrivacyError: The level is not `values`, nobody showed the column, or it names persons by now.
        """
        self._look_again()
        hidden = column in self._secrets.personal | self._secrets.naming
        if self.level != "values" or hidden or column not in self.revealed or column not in frame.columns:
            raise PrivacyError(
                f"Values of {column!r} were asked for, and nobody has shown them to the model.",
                fix="Ask for them by a reveal checkpoint, at the level `values`.",
                code="no-consent",
            )
        counts = frame[column].value_counts()
        ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[: min(most, 40)]
        shown = [self._channels.scrubbed(clean(label_of(value), LONGEST_LABEL)) for value, _ in ordered]
        return release(block("values", to_line({"column": self.shown(column), "values": list(dict.fromkeys(shown))})))

    # -- inside ------------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """Another gate of the same session, as beside a conversation, may have released more meanwhile."""
        self._secrets.look_again()
        self._history.look_again()
        self._names.look_again()

    def _revealed(self) -> frozenset[str]:
        return self.revealed if self.level == "values" else frozenset()

    def _columns(self) -> frozenset[str]:
        return self._secrets.every_column | self._seen

    def _spoken(self, text: str, longest: int) -> str:
        return self._channels.thought(text, longest, self._revealed())

    def _ours(self, text: str, longest: int) -> str:
        return self._channels.printed(text, longest)

    def _sieve(self) -> Sieve:
        return Sieve(
            k=self.k, total=self._secrets.rows, columns=self._columns(), shown=self.shown, target=self._secrets.target,
            words=lambda text: self._channels.printed(text, 200), level=self._level, numbers=self.level != "metadata",
        )  # fmt: skip

    def _level(self, column: str, value: str) -> str | None:
        """A value as it may be shown: one that at least k rows of the file hold in a column that names nobody."""
        if column in self._secrets.personal | self._secrets.naming or self._secrets.carried(column, value) < self.k:
            return None
        return self._tables.label(value)
