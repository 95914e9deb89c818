"""Reading an answer out of a model's text: it is parsed, never evaluated, and never guessed at."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from climbdc.models._errors import ModelError

__all__ = ["clean", "heeds", "read_answer", "read_text"]

T = TypeVar("T", bound=BaseModel)

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)```", re.DOTALL)
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_JOINERS = "\u200c\u200d"
_STARTS = 200
_FAULTS = 5


def clean(text: str) -> str:
    r"""Text without what is not to be seen: control characters, halves of characters, marks that turn its direction.

    >>> clean("a\u202eb\x00c\nd\ud800")
    'abc\nd�'
    """
    return "".join(_clean(character) for character in text)


def _clean(character: str) -> str:
    if character in "\n\t" or character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return "" if category in ("Cc", "Cf") else character


def read_text(text: str) -> str:
    """What a model said to a person: cleaned, and without what it only thought."""
    return clean(_spoken(text)).strip()


def _spoken(text: str) -> str:
    """A text without thoughts; some servers leave out the mark that begins them."""
    return _THOUGHTS.sub("", text).rpartition("</think>")[2]


def read_answer(text: str, reply: type[T]) -> T:
    """The one answer in a text.

    Taken are an object alone, in a fence, or with prose before and after; a comma too many before a bracket is
    forgiven, for it changes no meaning. Not taken are broken or cut-off JSON, a name said twice, NaN and infinity, and
    two different answers: which of them was meant would be a guess.

    Raises:
        ModelError: There is none, more than one, or it is not of the form.
    """
    found, faults = [], ""
    for value in _objects(text.strip().lstrip("\ufeff")):
        try:
            answer = reply.model_validate(_cleaned(value))
        except ValidationError as error:
            faults = faults or _said(error)
            continue
        except RecursionError:
            continue
        if answer not in found:
            found.append(answer)
    if len(found) == 1:
        return found[0]
    if found:
        raise ModelError(f"The answer holds {len(found)} different answers; exactly one JSON object is wanted.")
    raise ModelError(faults or "The answer is not one complete JSON object.")


def heeds(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether a text looks as if its writer was held to a schema: one object alone, with just the fields wanted.

    >>> heeds('{"a": 1}', {"properties": {"a": {}}}), heeds('Yes: {"a": 1}', {"properties": {"a": {}}})
    (True, False)
    """
    value = _parsed(text.strip())
    return value is not None and set(value) == set(schema["properties"])


def _said(error: ValidationError) -> str:
    """What does not fit, without repeating what came."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}" for item in told[:_FAULTS]]
    more = f"; and {len(told) - _FAULTS} more" if len(told) > _FAULTS else ""
    return clean(f"The answer does not have the form asked for: {'; '.join(lines)}{more}.")[:1000]


def _objects(text: str) -> Iterator[Any]:
    """The JSON objects of a text: the whole of it, else those in fences, else those among prose."""
    whole = _parsed(text)
    if whole is not None:
        yield whole
        return
    text = _spoken(text).strip()
    whole = _parsed(text)
    if whole is not None:
        yield whole
        return
    fenced = [value for part in _FENCED.findall(text) if (value := _parsed(part.strip())) is not None]
    yield from fenced or _among_prose(text)


def _parsed(text: str) -> dict[str, Any] | None:
    for form in (text, _without_commas(text)):
        try:
            value = _DECODER.decode(form)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _among_prose(text: str) -> Iterator[Any]:
    """Objects in running text. What begins like one and is broken ends the search: its inside is not an answer."""
    start = text.find("{")
    text = _without_commas(text[start:]) if start >= 0 else ""
    position, tried = 0, 0
    while (position := text.find("{", position)) >= 0 and tried < _STARTS:
        tried += 1
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            if text[position + 1 :].lstrip()[:1] in ('"', "'"):
                return
            position += 1
            continue
        yield value


def _without_commas(text: str) -> str:
    return _STRING_OR_COMMA.sub(lambda match: match.group(1) or "", text) if text.startswith("{") else text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name is said twice")
    return dict(pairs)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value
