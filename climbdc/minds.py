"""The language model of a session: opened behind the gate, or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from climbdc.agents import head
from climbdc.errors import InputError
from climbdc.models import RulesPolicy
from climbdc.sdk import Dictionary, Roles

if TYPE_CHECKING:
    from climbdc.agents import ToolProgress
    from climbdc.models import Mind, Policy
    from climbdc.models.llm import Table
    from climbdc.options import RunOptions
    from climbdc.privacy import Gate
    from climbdc.registry import Registry
    from climbdc.sandbox import Cancellation
    from climbdc.settings import Settings
    from climbdc.store import SessionStore

__all__ = ["check_model", "open_behind_gate"]

LEVELS = ("metadata", "aggregates", "values")
"""Of disclosure, the least first."""


def check_model(settings: Settings, options: RunOptions) -> None:
    """See that a session with a model could have one, before anything is made.

    Raises:
        InputError: No model is named, or a key that its server needs is not there.
    """
    if options.policy == "rules":
        if options.model or options.base_url:
            raise InputError(
                f"{'A model' if options.model else 'The server of a model'} was named, and the rules alone plan.",
                fix="Let policy be llm, or leave the model out.",
                code="model-without-policy",
            )
        return
    from climbdc.models import named_model

    named_model(settings, options)


def open_behind_gate(
    stack: ExitStack, settings: Settings, options: RunOptions, stored: SessionStore, tools: Registry,
    cancel: Cancellation | None = None, *, progress: ToolProgress | None = None, bound: bool = False,
) -> tuple[Policy, Mind | None, Gate | None]:  # fmt: skip
    """Who plans, the model as such, and the door to it; the rules alone where the session has no model.

    Args:
        stack: Closes the connection.
        settings: Key, limits and prices.
        options: Of the session.
        stored: The session; whatever is sent is kept in its ledger.
        tools: What can be planned.
        cancel: Ends a call that runs.
        progress: Told that the model is waited for, as the work of no tool.
        bound: Whether the settings' level of disclosure is the most that may be shown, whatever the session was
            begun with: so it is where the settings are those of a server.

    Raises:
        InputError: No model is named, or its key is not there.
    """
    if options.policy == "rules":
        return RulesPolicy(), None, None
    from climbdc.models import client_for
    from climbdc.models.llm import open_mind
    from climbdc.privacy import Gate

    def waiting(seconds: float) -> None:
        if progress is not None:
            progress("", 0.0, f"Waiting for the model {client.model} ({seconds:.0f} s)" if seconds else "")

    client = client_for(settings, options, stored, cancel, None if progress is None else waiting)
    stack.callback(client.close)
    level = min(options.disclosure, settings.disclosure, key=LEVELS.index) if bound else options.disclosure
    gate = Gate(stored, tools, level=level)
    mind = open_mind(client, gate, stored, tools, lambda: _newest(stored))
    return mind.policy, mind, gate


def _newest(stored: SessionStore) -> Table:
    """The newest version's training rows; before there is a version, the table as it was read."""
    from climbdc.models.llm import Table

    if stored.get("head") is not None:
        version = head(stored)
        return Table(version.load(), version.dictionary, version.roles)
    reading, goal = stored.need("reading"), stored.get("goal")
    roles = Roles() if goal is None else Roles.model_validate(goal["roles"])
    return Table(stored.objects.frame(reading["frame"]), Dictionary.from_json(reading["dictionary"]), roles)
