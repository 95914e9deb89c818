"""Who thinks along: whether a language model is there for new sessions, and what it may see, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

import yaml

from climbdc.errors import InputError

if TYPE_CHECKING:
    from climbdc.options import RunOptions
    from climbdc.settings import Settings

__all__ = ["LEVELS", "Level", "Offered", "chosen", "offered", "place_of", "sentences", "thinks"]

Level = Literal["metadata", "aggregates", "values"]
LEVELS: Final[tuple[Level, ...]] = ("metadata", "aggregates", "values")
"""From the least to the most."""
OPENAI: Final = "api.openai.com"


@cache
def sentences() -> dict[str, Any]:
    """The texts, from `minds.yaml`."""
    told: dict[str, Any] = yaml.safe_load((files("climbdc_ui") / "minds.yaml").read_text("utf-8"))
    return told


@dataclass(frozen=True)
class Offered:
    """The language model that a new session may have.

    Args:
        model: Its name.
        base_url: Of its server.
        levels: What may be chosen for it to see: as far as the settings go.
        level: What is chosen where nobody chooses.
    """

    model: str
    base_url: str
    levels: tuple[Level, ...]
    level: Level

    @property
    def label(self) -> str:
        """What its choice says."""
        return str(sentences()["model"]).format(name=self.model, place=self.place)

    @property
    def place(self) -> str:
        """Where it is."""
        return place_of(self.base_url)

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine."""
        return self.place == str(sentences()["here"])


def offered(settings: Settings) -> Offered | None:
    """The model of the settings; None where there is none. A browser chooses neither its name nor its server."""
    if not settings.model:
        return None
    levels = LEVELS[: LEVELS.index(settings.disclosure) + 1]
    return Offered(settings.model, settings.base_url, levels, min(settings.disclosure, "aggregates", key=LEVELS.index))


def chosen(settings: Settings, sees: str) -> dict[str, Any]:
    """How a session is started in which the language model sees this much; the rules are alone where that is empty.

    Raises:
        InputError: The settings have no language model, or do not let it see that much.
    """
    if not sees:
        return {"policy": "rules"}
    model = offered(settings)
    if model is None or sees not in model.levels:
        raise InputError(
            "No language model that may see this much is set up here.",
            fix="Choose another way, or ask whoever runs this page.",
            code="no-model",
        )
    return {"policy": "llm", "disclosure": sees}


def place_of(base_url: str) -> str:
    """Where a server is, in a word.

    >>> place_of("http://127.0.0.1:8790/v1"), place_of(""), place_of("https://llm.hospital.example/v1")
    ('this machine', 'api.openai.com', 'llm.hospital.example')
    """
    host = urlsplit(base_url).hostname if base_url else OPENAI
    return str(sentences()["here"] if host in {"127.0.0.1", "localhost", "::1"} else host or base_url)


def thinks(options: RunOptions) -> str:
    """Who thinks along in a session, in short; empty for the rules alone."""
    return "" if options.policy == "rules" else f"{options.model} at {place_of(options.base_url)}"
