"""Asking a model in tests: a form, a prompt, a client that does not wait."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from climbdc.models import Message, ModelClient, ModelError
from climbdc.privacy._released import release
from climbdc.store import Ledger, SessionStore

from .hostile.server import Behaviour, Reply

__all__ = ["KEY", "Verdict", "ask", "client", "failed", "messages", "says"]

KEY = "sk-a-key-that-is-never-kept"


class Verdict(BaseModel):
    """A form."""

    model_config = ConfigDict(extra="forbid")

    observations: list[str]
    told: str = ""


def messages(text: str = "Judge the steps: Größe, 体重.") -> list[Message]:
    """A prompt."""
    return [Message("system", (release("You are careful."),)), Message("user", (release(text),))]


def client(session: SessionStore, url: str, **how: Any) -> ModelClient:
    """A client that does not wait between attempts."""
    told = {"pause": lambda seconds: None, "timeout": 5.0, **how}
    return ModelClient(model="small", base_url=url, api_key=KEY, ledger=Ledger(session), **told)


def ask(model: ModelClient, text: str = "Judge the steps: Größe, 体重.") -> Verdict:
    """One question."""
    return model.ask("assess", messages(text), Verdict)


def says(text: str, **how: Any) -> Behaviour:
    """It always says this."""
    return lambda call: Reply(text, **how)


def failed(model: ModelClient, text: str = "Judge.") -> ModelError:
    """What asking raises."""
    with pytest.raises(ModelError) as raised:
        ask(model, text)
    return raised.value
