"""What each attack tries, and what shows that it was refused."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = ["AttackSpec", "attack_names", "attack_specs"]


class AttackSpec(BaseModel, frozen=True):
    """One attack; the fields are told in `attacks.yaml`."""

    model_config = ConfigDict(extra="forbid")

    theme: Literal["files", "knowledge", "network", "processes", "resources", "kernel", "answers", "work"]
    tries: str
    refusals: frozenset[str] = frozenset()
    ends: Literal["attempts", "killed", "left", "dies", "answer", "ignored", "memory", "printed", "works"] = "attempts"
    control: Literal["always", "root", "maybe", "never"] = "always"
    output_mb: Annotated[int, Field(ge=1)] = 64
    rounds: Annotated[int, Field(ge=1, le=2)] = 1


@cache
def attack_specs() -> dict[str, AttackSpec]:
    """Every attack by name, in the order they are made."""
    text = resources.files(__package__).joinpath("attacks.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, AttackSpec]).validate_python(yaml.safe_load(text)["attacks"])


def attack_names() -> list[str]:
    """Names of all attacks, in the order they are made."""
    return list(attack_specs())
