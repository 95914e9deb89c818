"""Params against a JSON schema that a plug-in wrote: checked on the host, where it must not be able to do harm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from climbdc.errors import PlanError

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["check_schema", "complete"]

_MOST_CHARACTERS = 64_000
_MOST_PARAMS = 60
_REFERENCES = 2_000
"""References followed in one check: those of a hostile schema could branch without end."""
_SHOWN = 5
_OF_NAMES = ("properties", "$defs")
_VALUES = ("default", "enum", "const", "examples")
_NOT_HERE = ("pattern", "patternProperties", "propertyNames", "format")
"""A regular expression can take for ever: the tool itself checks these, in the sandbox."""
_ELSEWHERE = ("$dynamicRef", "$dynamicAnchor", "$id", "$anchor", "$schema", "$vocabulary", "$recursiveRef")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Whether this is a JSON schema of an object that refers to nothing outside itself.

    Raises:
        ValueError: It is not; the message says why.
    """
    from jsonschema import Draft202012Validator, SchemaError

    if len(json.dumps(schema)) > _MOST_CHARACTERS:
        raise ValueError(f"the schema of its params has more than {_MOST_CHARACTERS:,} characters")
    if schema.get("type") != "object" or len(schema.get("properties", {})) > _MOST_PARAMS:
        raise ValueError(f"its params are no object of at most {_MOST_PARAMS} properties")
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise ValueError(f"the schema of its params is no JSON schema: {str(error)[:200]}") from error
    for keyword, value in _keywords(schema):
        if keyword in _ELSEWHERE or (keyword == "$ref" and not str(value).startswith("#/$defs/")):
            raise ValueError(f"the schema of its params uses {keyword} {str(value)[:80]!r}; only #/$defs/ is known")


def complete(name: str, schema: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Params with the defaults that the schema gives.

    Raises:
        PlanError: They do not fit.
    """
    from jsonschema import ValidationError

    defaults = {key: part["default"] for key, part in schema.get("properties", {}).items() if "default" in part}
    given = {**defaults, **params}
    try:
        errors = list(_Budget(_without_patterns(schema)).validator.iter_errors(given))
    except RecursionError:
        errors = [ValidationError("its schema cannot be followed")]
    if errors:
        told = "; ".join(_told(error) for error in errors[:_SHOWN])
        raise PlanError(
            f"The params of {name!r} do not fit: {told}.", fix=f"See `climbdc tools show {name}`.", code="bad-params"
        )
    return given


class _Budget:
    """A validator that follows only so many references."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend

        self._left = _REFERENCES
        self._plain = Draft202012Validator.VALIDATORS["$ref"]
        self.validator = extend(Draft202012Validator, {"$ref": self._follow})(schema)

    def _follow(self, validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
        self._left -= 1
        if self._left < 0:
            raise RecursionError
        yield from self._plain(validator, reference, instance, schema) or ()


def _told(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message[:160]}" if where else error.message[:160]


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from _keywords(part)
    if isinstance(schema, dict):
        for keyword, value in schema.items():
            yield keyword, value
            if keyword in _OF_NAMES and isinstance(value, dict):
                yield from _keywords(list(value.values()))
            elif keyword not in _VALUES:
                yield from _keywords(value)


def _without_patterns(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_patterns(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _OF_NAMES and isinstance(value, dict):
            kept[keyword] = {name: _without_patterns(part) for name, part in value.items()}
        elif keyword not in _NOT_HERE:
            kept[keyword] = value if keyword in _VALUES else _without_patterns(value)
    return kept
