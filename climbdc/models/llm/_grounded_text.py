"""A model's reply as plain text: links, pictures, markup and hidden characters are taken out."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Collection

__all__ = ["MARK", "plain_reply"]

MARK = "[unverified: {}]"
"""How a number is shown that nothing backs."""

LINK = "(link taken out)"
LONGEST = 20_000
_OWN_MARK = re.compile(r"\[\s*unverified\b\s*:?\s*([^\]\n]*)\]?", re.IGNORECASE)
_RAISED = re.compile(r"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+")
_WIDE_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
_BLOCKS = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template|svg)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*(?:>|\Z)")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)?|\[[^\]\n]*\]?)?")
_LINKED = re.compile(r"\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)?|\[([^\]\n]*)\]\[[^\]\n]*\]?")
_REFERENCE = re.compile(r"^\s*\[[^\]\n]+\]:[^\n]*$", re.MULTILINE)
_HOST = r"(?:[\w-]+\.)+[a-z]{2,24}"
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://\S*"
    r"|\b(?:data|javascript|vbscript|mailto|file|blob|tel):[^\s,.;]\S*"
    r"|(?<![\w.])www\.\S+"
    rf"|(?<![\w.@])//{_HOST}\S*"
    rf"|(?<![\w.]){_HOST}[/?:][^\s]\S*"
    rf"|(?<![\w.])(?:[\w-]+\.)+(?:com|org|net|edu|gov|info|biz|dev|app|xyz|example|test|invalid|onion)\b(?!\.\w)"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)\S*",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*+|`+|~~|^\s{0,3}#{1,6}\s+|^\s{0,3}>\s?", re.MULTILINE)


def plain_reply(reply: str, names: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """The reply as plain text, and what was taken out of it.

    Args:
        reply: As the model wrote it.
        names: Of columns; one that looks like an address stays.

    >>> plain_reply("See ![x](http://192.0.2.1/?q=1) **now**, or [here](https://a.example/x).")
    ('See now, or here.', ('image', 'link'))
    >>> plain_reply("4&#50; <b onclick=x>patients</b>")
    ('42 patients', ('markup',))
    """
    text = _WIDE_GROUPS.sub("", _unescaped(reply[:LONGEST]))
    text = _RAISED.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
    text = _visible(unicodedata.normalize("NFKC", _visible(text)))
    taken: list[str] = []

    def cut(pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str], kind: str) -> None:
        nonlocal text
        cleaned = pattern.sub(by, text)
        if cleaned != text:
            text = cleaned
            taken.append(kind)

    known = {name.casefold() for name in names}
    cut(_BLOCKS, "", "markup")
    cut(_IMAGE, "", "image")
    cut(_REFERENCE, "", "link")
    for _ in range(3):  # one inside another
        cut(_LINKED, lambda found: found[1] or found[2] or "", "link")
    cut(_ADDRESS, lambda found: found[0] if found[0].casefold().rstrip(".,;:") in known else LINK, "link")
    cut(_TAG, "", "markup")
    text = _OWN_MARK.sub(r"\1", _EMPHASIS.sub("", text))
    text = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    text = re.sub(r" +([.,;:!?])", r"\1", re.sub(r"\n{3,}", "\n\n", text))
    return text.strip(), tuple(dict.fromkeys(taken))


def _unescaped(text: str) -> str:
    """Without character references, be they escaped more than once."""
    for _ in range(4):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    return text


def _visible(text: str) -> str:
    """Without characters that nobody sees, and with the digits of every script as ours."""
    kept: list[str] = []
    for char in text:
        if unicodedata.category(char) == "Mn" and kept and kept[-1][-1:] in "0123456789":
            continue  # a stroke through a digit
        seen = _seen(char)
        kept += [seen] if seen else []
    return "".join(kept)


def _seen(char: str) -> str:
    if char in "\n\t":
        return char
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind == "Zs":
        return " "
    if kind in {"Zl", "Zp"}:
        return "\n"
    return "" if kind.startswith("C") or kind == "Me" or "\ufe00" <= char <= "\ufe0f" else char
