"""Pieces of reply forms: a schema that names only what there is, and a validation that forgives what does no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model, model_validator
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypeAliasType

__all__ = ["Form", "choice", "form", "items", "maybe", "text", "value", "wanted"]


NAME = 300
"""Characters of a name that are looked at."""


class Form(BaseModel):
    """Base of what a model fills in. All fields are required in the schema; what is left out is taken as empty."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, told: Any) -> Any:
        """Servers that cannot hold a model to a schema let it leave out empty fields."""
        if not isinstance(told, Mapping) or not cls.model_fields.keys() & told.keys():
            return told
        empty = {name: _empty(field.annotation) for name, field in cls.model_fields.items() if name not in told}
        return {**told, **{name: value for name, value in empty.items() if value is not _NOTHING}}


_NOTHING = object()


def _empty(annotation: Any) -> Any:
    """What stands for nothing in a field; `_NOTHING` where it cannot be left out."""
    while isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__
    if get_origin(annotation) is Annotated:
        return _empty(get_args(annotation)[0])
    if any(part is NoneType or NoneType in get_args(part)[:1] for part in get_args(annotation)):
        return None
    if get_origin(annotation) is list:
        return []
    return "" if annotation is str else _NOTHING


def form(name: str, fields: Mapping[str, Any]) -> type[Form]:
    """A form with these fields, in this order: a model that is held to a schema fills them in one after the other."""
    definitions: dict[str, Any] = {field: (kind, ...) for field, kind in fields.items()}
    made: type[Form] = create_model(name, __base__=Form, **definitions)
    return made


def value(longest: int) -> Any:
    """A text that stands for itself, such as a category as it is spelt: cut, and otherwise left alone."""
    return Annotated[str, BeforeValidator(lambda told: told[:longest] if isinstance(told, str) else told),
                     Field(max_length=longest)]  # fmt: skip


def text(longest: int) -> Any:
    r"""Words of a model: one line, what cannot be seen taken out, cut where a sentence or at least a word ends.

    >>> said = form("Said", {"why": text(24)})
    >>> said.model_validate({"why": " too\u200b\nlong by far"}).why
    'too long by far'
    >>> said.model_validate({"why": "It is so. It is not what"}).why
    'It is so.'
    """
    return Annotated[str, BeforeValidator(_line(longest)), Field(max_length=longest)]


def _line(longest: int) -> Callable[[Any], Any]:
    def cut(told: Any) -> Any:
        if told is None:
            return ""
        if not isinstance(told, str):
            return told
        seen = "".join(sign for sign in " ".join(told.split()) if sign.isprintable())
        return seen if len(seen) < longest else _to_the_end(seen[:longest])

    return cut


def _to_the_end(words: str) -> str:
    """The words up to the end of their last whole sentence, or word where that would leave little."""
    ends = [at + 1 for at, sign in enumerate(words) if sign in ".!?" and words[at + 1 : at + 2] in {" ", ""}]
    if ends and ends[-1] >= len(words) / 3:
        return words[: ends[-1]]
    return words[:-1].rpartition(" ")[0] + "…" if " " in words else words


def items(kind: Any, most: int) -> Any:
    """A list; what is beyond `most` is passed over."""

    def cut(told: Any) -> Any:
        if told is None:
            return []
        return told[:most] if isinstance(told, list) else told

    return Annotated[list[kind], BeforeValidator(cut), Field(max_length=most)]


def maybe(kind: Any) -> Any:
    """The kind, or null."""
    return kind | None


def wanted(kind: Any) -> Any:
    """The kind, as the schema says it; where null comes or nothing, that is judged where the field is used.

    >>> told = form("Told", {"more": wanted(form("More", {"n": int}))})
    >>> told.model_json_schema()["properties"]["more"], told.model_validate({"more": None}).more
    ({'$ref': '#/$defs/More'}, None)
    """
    return kind | Annotated[None, SkipJsonSchema()]  # type: ignore[type-arg]  # made of a subscript for type checkers


def choice(name: str, values: Sequence[str]) -> Any:
    """One of these texts: the schema allows no other, and what comes in spite of it is judged where it is used.

    Constrained decoding cannot leave the schema. Where a server does not hold its model to one, code that knows what
    was meant gives a better reason than a list of what is allowed.

    >>> form("Picked", {"sex": choice("Sex", ["f", "m"])}).model_json_schema()["$defs"]["Sex"]["enum"]
    ['f', 'm']
    """
    schema = {"type": "string", "enum": [*values]}
    return TypeAliasType(name, Annotated[str, BeforeValidator(_name), WithJsonSchema(schema)])


def _name(told: Any) -> Any:
    return " ".join(told.split())[:NAME] if isinstance(told, str) else told
