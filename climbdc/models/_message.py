"""What is sent to a model: messages made of nothing but released text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from climbdc.privacy import PrivacyError, Released

__all__ = ["Message"]


@dataclass(frozen=True)
class Message:
    """One message of a prompt.

    Raises:
        PrivacyError: A part was not released by the gate.
    """

    role: Literal["system", "user", "assistant"]
    parts: tuple[Released, ...]

    def __post_init__(self) -> None:
        """Refuse what no type checker has seen."""
        for part in self.parts:
            if type(part) is not Released:
                raise PrivacyError(
                    f"A message for a model holds a {type(part).__name__} that the gate did not release.",
                    fix="Let `privacy.Gate` release it.",
                )

    @property
    def text(self) -> str:
        """All parts, with an empty line between them."""
        return "\n\n".join(part.text for part in self.parts)
