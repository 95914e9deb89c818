"""Errors that a person can act on.

The hierarchy::

    ClimbdcError                what came, what was wanted, what to do
    |-- InputError              the user's files, columns or options cannot be used as they are
    |-- PlanError               a plan breaks a rule: unknown tool, bad params, wrong order
    |-- ToolError               a tool cannot do what it was asked; told to whoever chose it
    |-- StoreError              a session, version or file of the store is missing or in use
    `-- Stopped                 the person asked to stop; the session can be resumed

Everything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

__all__ = ["ClimbdcError", "InputError", "PlanError", "Stopped", "StoreError", "ToolError"]


class ClimbdcError(Exception):
    """An error with a code, a plain sentence and a way out.

    Args:
        message: What came and what was wanted.
        fix: What to do about it.
        code: A stable name for programs, such as `target-not-found`.
    """

    default_code = "error"

    def __init__(self, message: str, *, fix: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code or self.default_code

    def __str__(self) -> str:
        """Say it in one line.

        >>> str(InputError("The file is empty.", fix="Export it again."))
        'The file is empty. Export it again.'
        """
        return f"{self.message} {self.fix}".strip()


class InputError(ClimbdcError):
    """The user's files, columns or options cannot be used as they are."""

    default_code = "bad-input"


class PlanError(ClimbdcError):
    """A plan breaks a rule: unknown tool, bad params, wrong order."""

    default_code = "bad-plan"


class ToolError(ClimbdcError):
    """A tool cannot do what it was asked."""

    default_code = "tool-error"


class StoreError(ClimbdcError):
    """A session, version or file of the store is missing or in use."""

    default_code = "store"


class Stopped(ClimbdcError):
    """The person asked to stop; the session can be resumed."""

    default_code = "stopped"
