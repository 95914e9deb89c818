"""Our own prompts, with released text in their blanks and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from climbdc.privacy._released import PrivacyError, Released

__all__ = ["filled"]

_FOLDER = ("models", "prompts")
_BLANK = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}")


def filled(prompt: str, parts: Mapping[str, Released]) -> str:
    """The text of `climbdc/models/prompts/<prompt>.md` with its blanks filled.

    Raises:
        PrivacyError: There is no such prompt, a blank has no part or a part no blank, or a part was not released.
    """
    for name, part in parts.items():
        if type(part) is not Released:
            raise PrivacyError(
                f"The part {name!r} of the prompt {prompt!r} is a {type(part).__name__} that the gate did not release.",
                fix="Let `privacy.Gate` release it.",
            )
    text = _text(prompt)
    blanks = set(_BLANK.findall(text))
    if blanks != set(parts):
        raise PrivacyError(
            f"The prompt {prompt!r} has the blanks {sorted(blanks)} and was given {sorted(parts)}.",
            fix="Give one released part for each blank.",
            code="bad-prompt",
        )
    return _BLANK.sub(lambda found: parts[found[1]].text, text).strip()


def _text(prompt: str) -> str:
    path = files("climbdc").joinpath(*_FOLDER, f"{prompt}.md")
    if not re.fullmatch(r"[a-z0-9_-]+", prompt) or not path.is_file():
        raise PrivacyError(f"There is no prompt {prompt!r}.", fix="Prompts are files of ours.", code="bad-prompt")
    return path.read_text("utf-8")
