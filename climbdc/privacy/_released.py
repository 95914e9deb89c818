"""What may leave this machine for a model: values of one type, which only the gate makes."""

from __future__ import annotations

from typing import Final, NoReturn, final

from climbdc.errors import ClimbdcError

__all__ = ["PrivacyError", "Released", "release"]


class PrivacyError(ClimbdcError):
    """Something was about to reach a model that the gate did not release."""

    default_code = "not-released"


class _Seal:
    """Known to this package alone."""


_SEAL: Final = _Seal()


@final
class Released:
    """Text that may be sent to a model. There is no public way to make one but the gate.

    >>> Released("the name of a patient")
    Traceback (most recent call last):
    ...
    climbdc.privacy._released.PrivacyError: Text for a model was made without the gate. Let `privacy.Gate` release it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str, seal: _Seal | None = None) -> None:
        if seal is not _SEAL:
            raise PrivacyError("Text for a model was made without the gate.", fix="Let `privacy.Gate` release it.")
        object.__setattr__(self, "_text", text)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Nothing is changed after it was released."""
        raise AttributeError("what was released is not changed")

    @property
    def text(self) -> str:
        """What is sent."""
        return str(object.__getattribute__(self, "_text"))

    def __repr__(self) -> str:
        """Its size, not its text."""
        return f"<Released {len(self.text)} characters>"

    def __eq__(self, other: object) -> bool:
        """Equal where the text is."""
        return isinstance(other, Released) and other.text == self.text

    def __hash__(self) -> int:
        """As its text."""
        return hash(self.text)


def release(text: str) -> Released:
    """Make one; for this package only (a test sees that nobody else imports this)."""
    return Released(text, _SEAL)
