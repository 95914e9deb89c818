"""Names of persons in a text: after a title, or a given name beside a family name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from climbdc.privacy._scrub_persons import folded, persons

__all__ = ["name_spans"]

Span = tuple[int, int]
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_GAP: Final = re.compile(r"(?:[ \t\u00a0]+|_+|\.[ \t\u00a0]?)")
_TITLE_GAP: Final = re.compile(r"(?:\.?[ \t\u00a0]{1,3}|\.|:[ \t\u00a0]{0,2}|_)")
_CONTEXT_GAP: Final = re.compile(r"[ \t\u00a0]{1,3}|:[ \t\u00a0]{0,2}|_")
_SPACE: Final = re.compile(r"[ \t\u00a0]+")
_LAST_FIRST: Final = re.compile(r",[ \t\u00a0]?")
_CITED: Final = re.compile(r",?\s+(?:[A-Z]{1,3}(?=[,.;])|et al|\(?(?:19|20)\d{2}[;.):])|['’]s\s+[a-z]|-[A-Z]")
_LONG: Final = 4  # letters of a name that is believed without a capital letter
_LONGEST: Final = 4  # words of a name after its first


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def named(self) -> bool:
        """Written as a name is: Smith, McDonald, O'Brien, García-López."""
        return len(self.text) > 1 and self.text[0].isupper() and any(sign.islower() for sign in self.text[1:])

    @property
    def capital(self) -> bool:
        """Written in capitals throughout."""
        return len(self.text) > 2 and self.text.isupper()

    @property
    def initial(self) -> bool:
        return len(self.text) == 1 and self.text.isupper()


def name_spans(text: str) -> Iterator[Span]:
    """Where names of persons stand."""
    words = [_Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    german = not persons().german_words.isdisjoint(word.text.lower() for word in words)
    number = 0
    while number < len(words):
        last = _after_title(text, words, number) or _full_name(text, words, number) or _alone(text, words, number)
        if last is None and not german:
            last = _strange(text, words, number)
        if last:
            yield last[0], last[1]
            number = next((other for other in range(number, len(words)) if words[other].start >= last[1]), len(words))
        else:
            number += 1


def _gap(text: str, words: list[_Word], number: int, pattern: re.Pattern[str] = _GAP) -> bool:
    """Whether a word hangs together with the one before it."""
    if number >= len(words):
        return False
    return pattern.fullmatch(text, words[number - 1].end, words[number].start) is not None


def _after_title(text: str, words: list[_Word], number: int) -> Span | None:
    word, known = words[number], persons()
    plain = folded(word.text)
    shaped = plain not in known.shaped_titles or word.text[0].isupper()
    strong = word.text in known.exact_titles or (plain in known.titles and shaped and word.text not in {"MR", "DR"})
    if not (strong or plain in known.contexts):
        return None
    if not _gap(text, words, number + 1, _TITLE_GAP if strong else _CONTEXT_GAP):
        return None
    first = number + 1
    if folded(words[first].text) in known.titles and _gap(text, words, first + 1, _TITLE_GAP):
        first += 1  # Prof. Dr. Meyer
    if not _can_follow(words[first], strong=strong):
        return None
    end = _extended(text, words, first)
    return words[first].start, words[end].end


def _can_follow(word: _Word, *, strong: bool) -> bool:
    """Whether a word after a title or after "patient" is a name."""
    known = persons()
    if folded(word.text) in known.titles:
        return False
    if strong and word.named:
        return True
    if known.is_word(word.text):
        return False
    if known.is_given(word.text) and not word.text.isupper():
        return word.named or (len(word.text) >= _LONG and (strong or known.is_surely_given(word.text)))
    return (strong and len(word.text) > 2) or word.named


def _full_name(text: str, words: list[_Word], number: int) -> Span | None:
    """Given and family name, family name and given name with a comma, or an initial and a known family name."""
    word, known = words[number], persons()
    if _is_place(words, number):
        return None
    if word.initial and _gap(text, words, number + 1) and words[number + 1].named:
        if folded(words[number + 1].text) in known.family and text[word.end] == ".":
            return word.start, words[_extended(text, words, number + 1)].end
        return None
    if _gap(text, words, number + 1, _LAST_FIRST) and _last_first(words[number], words[number + 1]):
        return word.start, words[_extended(text, words, number + 1)].end
    if not known.is_given(word.text):
        return None
    end = _extended(text, words, number)
    rest = [one for one in words[number + 1 : end + 1] if not one.initial and folded(one.text) not in known.particles]
    if not rest or _is_eponym(text, words, end):
        return None
    sure = known.is_surely_given(word.text) or any(folded(one.text) in known.family for one in rest)
    written = word.named or word.capital or (known.is_surely_given(word.text) and folded(rest[-1].text) in known.family)
    return (word.start, words[end].end) if written and (sure or len(rest) > 1 or not _opens(text, word)) else None


def _last_first(last: _Word, first: _Word) -> bool:
    known = persons()
    if not ((last.named and first.named) or (last.capital and (first.capital or first.named))):
        return False
    if known.is_word(last.text) or not known.is_given(first.text):
        return False
    return known.is_surely_given(first.text) or folded(last.text) in known.family


def _alone(text: str, words: list[_Word], number: int) -> Span | None:
    """A given or family name that is hardly anything else."""
    word, known = words[number], persons()
    sure = known.is_surely_given(word.text) or folded(word.text) in known.alone
    small = word.text.islower() and len(word.text) >= _LONG and known.is_surely_given(word.text)
    if (
        not sure
        or not (word.named or small)
        or len(word.text) < 4
        or _is_place(words, number)
        or _is_eponym(text, words, number)
    ):
        return None
    return None if _CITED.match(text, word.end) else (word.start, word.end)


def _strange(text: str, words: list[_Word], number: int) -> Span | None:
    """Words with capitals that are in no lexicon, where the sentence says that they name somebody."""
    known = persons()
    if not _is_strange(words[number]) or _is_place(words, number) or _is_eponym(text, words, number):
        return None
    following = folded(words[number + 1].text) if number + 1 < len(words) else ""
    apart = _gap(text, words, number + 1, _SPACE)
    if apart and following in known.does_as_persons and words[number + 1].text.islower():
        return words[number].start, words[number].end
    listed = _gap(text, words, number + 1, _LAST_FIRST)
    if not (apart or listed) or not _is_strange(words[number + 1], family=True):
        return None
    end = _extended(text, words, number + 1 if listed else number)
    if end == number or _is_eponym(text, words, end):
        return None
    before = folded(words[number - 1].text) if number and _gap(text, words, number, _SPACE) else ""
    after = words[end + 1].text if _gap(text, words, end + 1, _SPACE) else ""
    told = before in known.before_names or after in known.after_names or folded(words[end].text) in known.family
    return (words[number].start, words[end].end) if told else None


def _is_strange(word: _Word, *, family: bool = False) -> bool:
    """Written as a name and known as nothing else; a family name may be a word besides."""
    if not word.named or len(word.text) < 3:
        return False
    return not persons().is_term(word.text) or (family and folded(word.text) in persons().family)


def _extended(text: str, words: list[_Word], first: int) -> int:
    """The last word of the name that begins at a word."""
    known, end, number = persons(), first, first + 1
    lower = words[first].text.islower()
    while number - first <= _LONGEST and _gap(text, words, number):
        word = words[number]
        if text[words[number - 1].end] == "." and not words[number - 1].initial and not _tight(text, words, number):
            break
        if word.initial and number + 1 < len(words) and _gap(text, words, number + 1):
            number += 1
            continue
        if folded(word.text) in known.particles and not word.text.isupper() and _gap(text, words, number + 1):
            number += 1
            continue
        if not _continues(word, words[number - 1], lower=lower):
            break
        end = number
        number += 1
    return end


def _continues(word: _Word, previous: _Word, *, lower: bool) -> bool:
    """Whether a word goes on with a name: a family name, or any word with a capital letter after a given name."""
    known = persons()
    family = folded(word.text) in known.family
    if lower:
        return family
    if not word.named and not (word.capital and family):
        return False
    after_given = known.is_surely_given(previous.text) and folded(word.text) not in known.after_eponyms
    return family or known.is_given(word.text) or after_given or not known.is_word(word.text)


def _tight(text: str, words: list[_Word], number: int) -> bool:
    """Whether only a point without a space stands before the word, as in john.smith."""
    return words[number].start - words[number - 1].end == 1


def _opens(text: str, word: _Word) -> bool:
    """Whether the word stands at the beginning of a sentence, where any word is written as a name is."""
    before = text[: word.start].rstrip()
    return not before or before[-1] in ".!?:;"


def _is_place(words: list[_Word], number: int) -> bool:
    return number > 0 and folded(words[number - 1].text) in persons().before_places


def _is_eponym(text: str, words: list[_Word], number: int) -> bool:
    """Whether the name is followed by what is named after somebody, or by what marks a cited paper."""
    word = words[number]
    if _CITED.match(text, word.end):
        return True
    following = words[number + 1] if number + 1 < len(words) else None
    if following is None or following.start - word.end > 3 or text[word.end] in ".,;:!?":
        return False
    return folded(following.text) in persons().after_eponyms
