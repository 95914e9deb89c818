"""What a language model did not do."""

from __future__ import annotations

from climbdc.errors import ClimbdcError

__all__ = ["ModelError"]


class ModelError(ClimbdcError):
    """A language model gave no answer that can be used; the code says in what way."""

    default_code = "bad-answer"
