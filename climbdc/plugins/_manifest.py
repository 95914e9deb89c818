"""What a plug-in says of its tools. It comes from code that nobody trusts, so each word of it is held to a form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from climbdc.plugins._schema import check_schema
from climbdc.sdk import Rows, Stage, ToolSpec

__all__ = ["MOST_CHARACTERS", "BadManifest", "Manifest", "one_line", "read_manifests"]

_MOST_TOOLS = 30
MOST_CHARACTERS = 400_000
# Control characters other than the end of a line, and those that change the direction of the text around them.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FORMS = re.compile(r",?(\.\d)?[dfge%]?")


class BadManifest(ValueError):
    """What a plug-in says of itself cannot be used; the message says why."""


def one_line(text: str, most: int = 400) -> str:
    r"""Words of a plug-in as they may be shown: one line, not long, and without anything that moves a cursor.

    >>> one_line("a\x1b[2J\n b")
    'a [2J b'
    """
    flat = " ".join(_CONTROLS.sub(" ", text).split())
    return flat if len(flat) <= most else f"{flat[:most]} …"


def _plain(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("there are control characters in it")
    return text


def _sentence(text: str) -> str:
    """A template that names evidence and formats numbers, and can do no more."""
    for _, name, form, conversion in Formatter().parse(_plain(text)):
        if name is None:
            continue
        if not name.isidentifier() or conversion or not _FORMS.fullmatch(form or ""):
            raise ValueError(f"{{{name}}} is not the plain name of a piece of evidence")
    return text


_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
_Kind = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
_Challenge = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*$", max_length=80)]
_Target = Literal["any", "binary", "multiclass", "numeric", "survival", "none"]


class Manifest(BaseModel):
    """One tool, as it describes itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Name
    kind: Literal["inspect", "transform", "evaluate"]
    addresses: tuple[_Challenge, ...] = Field(min_length=1, max_length=60)
    targets: tuple[_Target, ...] = Field(min_length=1, max_length=6)
    cost: Literal["cheap", "slow"]
    rows: Rows
    stage: Stage
    doc: Annotated[str, StringConstraints(min_length=1, max_length=8000), AfterValidator(_plain)]
    says: dict[_Kind, Annotated[str, StringConstraints(max_length=500), AfterValidator(_sentence)]] = Field(
        max_length=40
    )
    params: dict[str, Any]
    audit: bool = False
    sealed: bool = False

    @model_validator(mode="after")
    def _check_params(self) -> Self:
        check_schema(self.params)
        _plain_texts(self.params)
        if self.kind == "inspect" and self.params.get("required"):
            raise ValueError("it looks at tables unasked, so each of its params needs a default")
        return self

    @classmethod
    def of(cls, spec: ToolSpec) -> dict[str, Any]:
        """What a tool's declaration is on its way out of the sandbox."""
        body = {name: getattr(spec, name) for name in cls.model_fields if name != "params"}
        told: dict[str, Any] = json.loads(json.dumps({**body, "params": spec.schema}))
        return told

    def spec(self) -> ToolSpec:
        """As the declaration of a built-in tool."""
        body = {name: getattr(self, name) for name in type(self).model_fields if name != "params"}
        return ToolSpec(**body, schema=self.params)


def _plain_texts(value: Any) -> None:
    """Hold every text in a schema to what may be shown; names are shown too."""
    if isinstance(value, str) and _CONTROLS.sub("", value.replace("\t", " ")) != value.replace("\t", " "):
        raise ValueError("there are control characters in the schema of its params")
    if isinstance(value, Mapping):
        for key, part in value.items():
            _plain_texts(str(key))
            _plain_texts(part)
    if isinstance(value, list):
        for part in value:
            _plain_texts(part)


def read_manifests(body: Any) -> list[Manifest]:
    """The tools of a plug-in, by name.

    Args:
        body: What came out of the sandbox, or out of the cache.

    Raises:
        BadManifest: It has not the form of manifests, or is far too long.
    """
    try:
        if not isinstance(body, list) or not 0 < len(body) <= _MOST_TOOLS:
            raise BadManifest(f"it does not describe one to {_MOST_TOOLS} tools")
        if len(json.dumps(body)) > MOST_CHARACTERS:
            raise BadManifest("it says far too much of itself")
        found = [Manifest.model_validate(item) for item in body]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:80]
        said = str(first["msg"]).removeprefix("Value error, ")[:300]
        raise BadManifest(f"what it says of itself cannot be used: {where + ': ' if where else ''}{said}") from error
    except (TypeError, RecursionError) as error:
        raise BadManifest("what it says of itself cannot be read") from error
    if len({item.name for item in found}) < len(found):
        raise BadManifest("two of its tools have one name")
    return sorted(found, key=lambda item: item.name)
