"""What a model says in words for a person: numbers that the released context does not back are marked, never a fact."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from climbdc.models.llm._grounded_numbers import Figure, figures, name_spans
from climbdc.models.llm._grounded_text import MARK, plain_reply

__all__ = ["Backing", "Grounded", "ground", "settled"]

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_\"'“(]|[\"'“(A-Z])|\n+")
_PRONOUN = re.compile(r"\s*(?:it|its|they|their|this|these|that|those|there)\b", re.IGNORECASE)
_SHARE = re.compile(r"(?:percent|pct|share|proportion|rate|%)[^,{}\n]{0,24}$", re.IGNORECASE)
_PART_OF = re.compile(r"\s*(?:of|out of|/|from)(?: the| all)?\s*", re.IGNORECASE)
_MEASURE = re.compile(r'(?:"p\d+":|"possible":\[(?:[-\d.]+,)?)\s*$')
"""Before a number of the context that says what values a column has, not how many."""
_TOKEN = re.compile(r"[\w.:/-]+")
_UNSETTLED = re.compile(r"[\d<>\[!&`*_~]|://|www\.|[^\x00-\x7f]")


@dataclass(frozen=True)
class Grounded:
    """A reply that may be shown.

    Args:
        text: Plain text; a number that nothing backs stands as `[unverified: 42]`.
        unverified: Those numbers.
        taken_out: Kinds of what was taken out: image, link, markup.
    """

    text: str
    unverified: tuple[str, ...] = ()
    taken_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Known:
    """A number of the context, and what it is about."""

    figure: Figure
    about: frozenset[str]
    share: bool
    measure: bool


class Backing:
    """The numbers of the context.

    A number backs a reply only where both are about the same column or step, or where its line names none: that 132
    values of one column are missing does not back that 132 of another one are.

    Args:
        context: What was released of the session, in lines; not the prompt's own words, and not the person's.
        names: Of columns as they were released, steps and findings.
    """

    def __init__(self, context: Sequence[str], names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.known = [known for text in context for line in text.splitlines() for known in self._line(line)]
        self.tokens = {token.casefold() for text in context for token in _TOKEN.findall(text)}

    def _line(self, line: str) -> Iterator[_Known]:
        about = frozenset(name for name, _ in name_spans(line, self.names))
        for figure in figures(line, self.names):
            share = figure.percent or bool(_SHARE.search(line[: figure.start]))
            label = line[figure.end : figure.end + 2] == '":'
            yield _Known(figure, about, share, label or bool(_MEASURE.search(line[: figure.start])))

    def backs(self, figure: Figure, topic: frozenset[str]) -> bool:
        """Whether the context says so, of this topic or in general."""
        if figure.verbatim:
            return figure.text.casefold().strip(".,;:") in self.tokens
        if figure.value is None:
            return False
        return any(
            _says(figure, known)
            for known in self.known
            if (not topic or not known.about or topic & known.about) and not (figure.counts and known.measure)
        )


def ground(reply: str, backing: Backing, real: Mapping[str, str] | None = None, *, longest: int = 4000) -> Grounded:
    """Make a model's reply fit to be shown.

    Links, pictures and markup are taken out; every number that the context does not back is marked; names that stood
    in for others are put back.

    Args:
        reply: As the model wrote it.
        backing: The numbers that stand.
        real: Names as they were shown to the model, and what they stand for.
        longest: Characters after which it is cut.

    >>> seen = Backing(['{"column": "chol", "missing": 132}', '{"rows": 920}'], ["chol", "age"])
    >>> ground("chol lacks 132 of 920 values (14.3 %), and 77 are wrong.", seen).text
    'chol lacks 132 of 920 values (14.3 %), and [unverified: 77] are wrong.'
    >>> ground("Of age, 132 are missing.", seen).text
    'Of age, [unverified: 132] are missing.'
    """
    text, taken = plain_reply(reply, backing.names)
    text = text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"
    wrong = list(_unbacked(text, backing))
    for figure in reversed(wrong):
        text = text[: figure.start] + MARK.format(figure.text) + text[figure.end :]
    return Grounded(_put_back(text, real or {}), tuple(figure.text for figure in wrong), taken)


def settled(reply: str) -> str:
    """As much of a reply that still grows as can be shown: whole sentences, and the next one up to its first figure.

    >>> settled("It is old. There are about 1"), settled("Look at chol, which has two hund")
    ('It is old. There are about ', 'Look at chol, which has ')
    """
    ends = [match.end() for match in _SENTENCE.finditer(reply)]
    whole = ends[-1] if ends else 0
    rest = reply[whole:]
    cut = rest.rfind(" ") + 1
    unsure = _UNSETTLED.search(rest)
    cut = min(cut, unsure.start() if unsure else cut)
    return reply[:whole] + _before_numbers(rest[:cut])


def _before_numbers(text: str) -> str:
    """The text up to its first number; "a" or "one" may begin one."""
    from climbdc.models.llm._grounded_numbers import lexicon

    words = {**lexicon()["numbers"], **lexicon()["scales"], **lexicon()["fractions"]}
    vague = {"dozens", "scores", "hundreds", "thousands", "millions", "twice", "thrice", "double", "triple"}
    for match in re.finditer(r"[^\W\d_]+", text):
        if match[0].casefold() in words or match[0].casefold() in vague:
            return text[: match.start()]
    return text


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends."""
    at = 0
    for match in _SENTENCE.finditer(text):
        yield at, match.start()
        at = match.end()
    yield at, len(text)


def _unbacked(text: str, backing: Backing) -> Iterator[Figure]:
    """Numbers that neither the context nor others of their sentence back."""
    every = figures(text, backing.names)
    named = name_spans(text, backing.names)
    topic: frozenset[str] = frozenset()
    for start, end in _sentences(text):
        own = frozenset(name for name, span in named if start <= span[0] < end)
        topic = own or (topic if _PRONOUN.match(text[start:end]) else frozenset())
        found = [figure for figure in every if start <= figure.start < end]
        stands = [backing.backs(figure, topic) for figure in found]
        for at, figure in enumerate(found):
            if not stands[at] and not _follows(text, figure, found, stands):
                yield figure


def _follows(text: str, figure: Figure, found: Sequence[Figure], stands: Sequence[bool]) -> bool:
    """Whether a share is that of two backed numbers that stand side by side: "132 of 920 (14.3 %)"."""
    if figure.value is None or figure.bound or not (figure.percent or figure.fraction):
        return False
    for at in range(len(found) - 1):
        part, whole = found[at], found[at + 1]
        between = text[part.end : whole.start]
        if not (stands[at] and stands[at + 1] and _PART_OF.fullmatch(between) and part.value and whole.value):
            continue
        share = part.value / whole.value * (100 if figure.percent else 1)
        if not (part.percent or whole.percent) and _rounds(share, figure):
            return True
    return False


def _says(figure: Figure, known: _Known) -> bool:
    """Whether a number of the context says what the reply does."""
    said = known.figure
    if said.value is None or figure.value is None:
        return False
    if said.bound:
        same = (said.bound, said.value, said.percent) == (figure.bound, figure.value, figure.percent)
        return same and said.inclusive == figure.inclusive
    value = said.value if figure.signed else abs(said.value)
    values = _as_meant(figure, value, said, share=known.share)
    if figure.bound:
        return any(_beyond(value, figure) for value in values)
    return any(_rounds(value, figure) for value in values)


def _as_meant(figure: Figure, value: float, said: Figure, *, share: bool) -> list[float]:
    """The number in the unit that the reply uses; none where the units do not fit."""
    same = said.fraction and said.text.casefold() == figure.text.casefold()
    part = 0 <= abs(value) <= 1 and not said.percent and (share or said.decimals > 0 or same)
    if figure.percent:
        return [value] * (said.percent or (share and abs(value) > 1)) + [100 * value] * part
    if figure.fraction:
        return [value / 100] * said.percent + [value] * part
    return (
        [value / 100]
        if said.percent and figure.decimals >= 2 and figure.value and figure.value < 1
        else ([] if said.percent else [value])
    )


def _rounds(value: float, figure: Figure) -> bool:
    """Whether the number, rounded as the reply rounds, is what the reply says; a count keeps two digits at least."""
    said = figure.value
    assert said is not None
    if math.isclose(value, said, rel_tol=1e-9, abs_tol=1e-12):
        return True
    if figure.fraction:
        return abs(value - said) <= (0.03 if figure.about else 0.005)
    step = 10.0**-figure.decimals
    digits = len(str(round(abs(said) / step)).strip("0") or "0") if figure.decimals else len(str(round(abs(said))))
    if (
        abs(value - said) <= step / 2 * (1 + 1e-9)
        and said
        and digits >= (1 if figure.percent or figure.decimals else 2)
    ):
        return True
    return figure.about and bool(said) and math.isclose(_significant(value, said), said, rel_tol=1e-9)


def _significant(value: float, like: float) -> float:
    """The number rounded to as many significant digits as another one has."""
    digits = len(f"{abs(like):.12g}".replace(".", "").strip("0")) or 1
    return float(f"{value:.{digits}g}")


def _beyond(value: float, figure: Figure) -> bool:
    """Whether "more than 900" is said of a 920, or "at least 920"."""
    said = figure.value
    assert said is not None
    if math.isclose(value, said, rel_tol=1e-9):
        return figure.inclusive
    if abs(value - said) > 0.1 * abs(value):
        return False
    unit = 10.0 ** math.floor(math.log10(abs(said))) if said else 1.0
    for step in (unit, unit / 10, unit / 100):
        near = (math.floor if figure.bound == "above" else math.ceil)(value / step) * step
        if math.isclose(near, said, rel_tol=1e-9):
            return True
    return False


def _put_back(text: str, real: Mapping[str, str]) -> str:
    """The text with the names that stood in for others replaced by them."""
    stands_in = {shown: name for shown, name in real.items() if shown != name}
    if not stands_in:
        return text
    every = "|".join(re.escape(shown) for shown in sorted(stands_in, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{every})(?!\w)", lambda found: stands_in[found[0]], text)
