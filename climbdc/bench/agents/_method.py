"""Who plans in a run of the suite: rules, a small model served here, or the one the settings name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from climbdc.errors import InputError
from climbdc.settings import Settings

__all__ = ["Method", "chosen_methods", "opened"]

_SERVE = "from climbdc.cli import main; main()"


@dataclass(frozen=True)
class Method:
    """One of the minds that are compared.

    Args:
        name: As in the tables.
        size: Of a small model that is served here while it is measured; empty for others.
        model: Name of a model; empty for the rules.
        base_url: Of its server; empty until a small one is served.
    """

    name: str
    size: str = ""
    model: str = ""
    base_url: str = ""


def chosen_methods(names: list[str], settings: Settings) -> list[Method]:
    """The methods of these names: `rules`, `local:SIZE`, or `configured` for the model of the settings.

    Raises:
        InputError: There is no such method, or no model is configured.
    """
    return [_chosen(name, settings) for name in names]


def _chosen(name: str, settings: Settings) -> Method:
    kind, _, size = name.partition(":")
    if kind == "rules" and not size:
        return Method("rules")
    if kind == "local" and size:
        from climbdc.models.serve import ALIAS, weights_of

        return Method(f"local {weights_of(size).name.split(',')[0]}", size.lower(), ALIAS)
    if kind == "configured" and not size:
        if not settings.model:
            raise InputError(
                "No model is configured to be compared.",
                fix="Set CLIMBDC_MODEL, and CLIMBDC_BASE_URL where it is not OpenAI's.",
                code="no-model",
            )
        return Method(settings.model, "", settings.model, settings.base_url)
    raise InputError(
        f"There is no method {name!r}.", fix="Choose of rules, local:0.5b, local:1.5b and configured.", code="no-method"
    )


@contextmanager
def opened(method: Method) -> Iterator[Method]:
    """The method ready to be asked; a small model is served by a process of its own until the block ends.

    Raises:
        InputError: The server of a small model did not start.
    """
    if not method.size:
        yield method
        return
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVE, "model", "serve", "--size", method.size, "--port", "0"],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        base_url = server.stdout.readline().strip()
        if not base_url:
            raise InputError(
                f"The small model {method.size} could not be served.",
                fix=f"See what `climbdc model serve --size {method.size}` says.",
                code="server-not-started",
            )
        yield Method(method.name, method.size, method.model, base_url)
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
