"""Where attacks begin: in the process of a job, after its lock, in place of a tool."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from climbdc.sandbox._job import Reply
from climbdc.sandbox.attacks import (
    _answers,
    _attributes,
    _endings,
    _files,
    _handles,
    _ipc,
    _kernel,
    _kernel_memory,
    _memory,
    _network,
    _processes,
    _resources,
    _work,
)
from climbdc.sandbox.attacks._attempt import Attempts, Inside
from climbdc.sandbox.attacks._targets import Targets
from climbdc.sandbox.wire._wire import Channel
from climbdc.sandbox.worker._calling import ProgressSender

__all__ = ["ATTACK_VERB", "attack", "attack_function"]

ATTACK_VERB = "__attack__"
_THEMES = (
    _answers,
    _attributes,
    _endings,
    _files,
    _handles,
    _ipc,
    _kernel,
    _kernel_memory,
    _memory,
    _network,
    _processes,
    _resources,
    _work,
)
_Attack = Callable[[Inside, Attempts], None]


def attack_function(name: str) -> _Attack:
    """The code of an attack.

    Raises:
        KeyError: There is no such attack.
    """
    for theme in _THEMES:
        found: _Attack | None = vars(theme).get(name)
        if found is not None and found.__module__ == theme.__name__:
            return found
    raise KeyError(name)


def attack(payload: dict[str, Any], tables: dict[str, pa.Table], channel: Channel) -> Reply:
    """Make the named attacks.

    Args:
        payload: `names` of attacks, and `targets`; without names nothing is done, which is what the fastest job takes.
        tables: The job's input.
        channel: The job's own socket.

    Returns:
        For each attack its attempts; without names what tells the process that started this one from any other.
    """
    if not payload["names"]:
        # Addresses are given out by chance when a program begins, and its forks have the same.
        return Reply({"attacks": {}, "parent": f"{os.getppid()}-{id(sys.modules):x}"})
    inside = Inside(targets=Targets.model_validate(payload["targets"]), tables=tables, channel=channel)
    made: dict[str, list[dict[str, Any]]] = {}
    for name in payload["names"]:
        attempts = Attempts(ProgressSender(channel))
        attack_function(name)(inside, attempts)
        made[name] = [attempt.model_dump() for attempt in attempts.made]
    return Reply({"attacks": made})
