"""The command line."""

from climbdc.cli import (
    _apply,
    _bench,
    _bench_agents,
    _catalogue,
    _doctor,
    _ledger,
    _model,
    _run,
    _sandbox,
    _sandbox_build,
    _sandbox_serve,
    _sessions,
    _sessions_edits,
    _tools,
    _ui,
    _users,
)
from climbdc.cli._app import app, main

__all__ = ["app", "main"]

_COMMANDS = (
    _run, _apply, _sessions, _sessions_edits, _catalogue, _doctor, _bench, _bench_agents, _ledger, _model, _sandbox,
    _sandbox_build, _sandbox_serve, _tools, _ui, _users,
)  # fmt: skip
"""Importing a module adds its commands."""
