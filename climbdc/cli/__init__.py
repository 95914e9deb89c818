"""The command line."""

from climbdc.cli import _apply, _catalogue, _doctor, _run, _sessions
from climbdc.cli._app import app, main

__all__ = ["app", "main"]

_COMMANDS = (_run, _apply, _sessions, _catalogue, _doctor)
"""Importing a module adds its commands."""
