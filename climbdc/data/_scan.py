"""One pass over a file of text: its fingerprint, its encoding, and whether it is text at all."""

from __future__ import annotations

import codecs
import hashlib
import itertools
from pathlib import Path
from typing import Final, NamedTuple

from climbdc.data._options import ReadDecision
from climbdc.errors import InputError

__all__ = ["Scan", "find_encoding", "fingerprint", "scan", "wide_encoding"]

_BLOCK: Final = 1 << 22
_SAMPLE: Final = 200_000
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1a\x1c\x1d\x1e\x1f"))
_WESTERN: Final = {"cp1252", "latin_1", "iso8859_15", "iso8859_9", "cp1254", "cp1250", "iso8859_2", "ascii", "cp850"}
_SYMBOLS: Final = set("°µ²³±§€–—‘’“”„…·×÷½¼¾«»®©™‰º")
_LETTERS: Final = {*range(0xC0, 0x100), 0xA8, 0xB8}  # bytes of letters in the one-byte alphabets
_ALPHABETS: Final = ("cp1251", "cp1253", "koi8_r")
_ACCENTED: Final = 0.35  # share of letters with accents that Western European text stays below
_FEW: Final = 5  # different letters that tell no alphabet from another
_TRIED: Final = [
    *("cp1252", "latin_1", "cp1250", "iso8859_2", "iso8859_15", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255"),
    *("cp1256", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]


class Scan(NamedTuple):
    """What one pass over a file of text shows."""

    quotes: int
    """How often the quote character comes."""
    unicode: bool
    """Whether all bytes are valid UTF-8."""
    plain: bool
    """Whether all bytes are ASCII."""
    sample: bytes
    """Bytes around the first that are not ASCII."""


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by its byte order mark or by the zeros that it leaves between letters."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) / 5 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) / 5 and not odd else None


def scan(path: Path, name: str, quote: str) -> Scan:
    """Read a file of one-byte text once.

    Raises:
        InputError: The bytes are not text.
    """
    decoder, unicode, plain, quotes, sample = codecs.getincrementaldecoder("utf-8")(), True, True, 0, b""
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            if len(block.translate(None, _CONTROLS)) < len(block) - len(block) / 1000 or b"\0" in block:
                raise _not_text(name)
            quotes += block.count(quote.encode())
            if plain and not block.isascii():
                plain = False
            if unicode and not (plain and block.isascii()):
                unicode = _decodes(decoder, block)
            if not unicode and len(sample) < _SAMPLE:
                sample += b"\n".join(line for line in block.splitlines() if not line.isascii())[:_SAMPLE]
    return Scan(quotes, unicode and _decodes(decoder, b"", final=True), plain, sample)


def find_encoding(scanned: Scan) -> tuple[str, ReadDecision]:
    """The encoding of one-byte (or East Asian) text, checked on the sample."""
    if scanned.unicode:
        return "utf-8", ReadDecision(code="encoding", text="The text is UTF-8.", value="utf-8")
    encoding = "cp1252" if _is_western(scanned.sample) else _guess(scanned.sample)
    text = f"The text is not UTF-8 and was read as {encoding}; look at a name with an accent, whether it is right."
    return encoding, ReadDecision(code="encoding", text=text, value=encoding)


def _is_western(sample: bytes) -> bool:
    """Whether letters beyond ASCII are few, as accents are, or are only signs such as the degree."""
    high = sum(byte >= 0x80 for byte in sample)
    letters = high + sum(chr(byte).isalpha() for byte in sample if byte < 0x80)
    few = len({byte for byte in sample if byte >= 0x80}) < _FEW
    return (
        few
        or high < _ACCENTED * letters
        or set(sample.decode("cp1252", "ignore")) - set(map(chr, range(128))) <= _SYMBOLS
    )


def _guess(sample: bytes) -> str:
    if all(byte < 0x80 or byte in _LETTERS for byte in sample):
        return min(_ALPHABETS, key=lambda encoding: _humps(sample.decode(encoding, "replace")))
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_TRIED).best()
    return best.encoding if best is not None and best.encoding not in _WESTERN else "cp1252"


def _humps(text: str) -> int:
    """Capital letters within words: few in the right alphabet."""
    return sum(first.islower() and second.isupper() for first, second in itertools.pairwise(text))


def decodes(path: Path, encoding: str) -> bool:
    """Whether all of a file can be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as handle:
        return all(_decodes(decoder, block) for block in iter(lambda: handle.read(_BLOCK), b"")) and _decodes(
            decoder, b"", final=True
        )


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _not_text(name: str) -> InputError:
    message = f"{name} is not a table of text: it holds bytes that no text has."
    return InputError(message, fix="Export it again as CSV, Excel, Parquet, Stata, SPSS or SAS.", code="not-text")
