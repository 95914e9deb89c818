"""Categories written in more than one way."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.misspelling import Misspelling, misspellings
from climbdc_tools.numeral import read_numeral
from climbdc_tools.spelling import fingerprint
from climbdc_tools.vocabulary import counts, distinct, joined, names_of, rounded, rows_holding

__all__ = ["InconsistentValues", "InconsistentValuesParams"]


class InconsistentValuesParams(Params):
    """What counts as a variant."""

    rarer: float = Field(
        0.1, gt=0, le=0.5, description="A misspelling is at most this many times as frequent as the right spelling."
    )
    most_values: int = Field(5000, ge=2, description="Columns with more distinct values are taken for free text.")


@inspect("structure/inconsistent-values")
class InconsistentValues(Inspection[InconsistentValuesParams]):
    """Find spellings of one category that differ in case, spaces, punctuation, a typing error or language.

    The key for case and punctuation follows the fingerprint of OpenRefine, without sorting the words. A typing error is
    one or two edits (Damerau, Commun ACM 1964;7:171-176: four in five are a single one) of a value at least ten times
    as frequent, with the same digits; other columns must not speak against it. Two frequent values are never merged.
    """

    says: ClassVar[dict[str, str]] = {
        "writing": "{columns} writes {variants} categories in several ways, such as {example}.",
        "synonyms": "{columns} uses several words for one category, such as {example}.",
        "misspelt": "{columns} holds {variants} rare spellings that are probably typing errors, such as {example}.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """Up to three findings a column, one a kind."""
        skipped = {data.roles.patient, *data.roles.identifiers, *data.roles.ignored}
        columns = [name for name in names_of(data.train, text=True) if name not in skipped]
        if not columns or not len(data.train):
            return NotApplicable("There are no columns of words.")
        return [finding for name in columns for finding in self._of(data, name)]

    def _of(self, data: Dataset, name: str) -> list[Finding]:
        if distinct(data.train[name]) > self.params.most_values:
            return []
        vocabulary = {text: count for text, count in counts(data.train[name]).items() if _is_category(text)}
        total = sum(vocabulary.values())
        if len(vocabulary) < 2 or len(vocabulary) > max(20, total / 2):
            return []
        writing = _same_writing(vocabulary)
        heads = {text: count for text, count in vocabulary.items() if text not in writing}
        for text, head in writing.items():
            heads[head] += vocabulary[text]
        synonyms = _synonyms(heads)
        rest = {text: count for text, count in heads.items() if text not in synonyms}
        typos = misspellings(data.train, name, rest, self.params.rarer) if name not in data.roles.outcomes else []
        # Names of people and places may differ officially in a capital letter; categories do not.
        sure = 0.97 if len(vocabulary) <= 50 or total / len(vocabulary) >= 10 else 0.75
        found = [
            _finding(data, name, "writing", writing, _suggest(name, writing, sure)),
            _finding(data, name, "synonyms", synonyms, _suggest(name, synonyms, 0.9, by_knowledge=True)),
            _finding(data, name, "misspelt", {typo.rare: typo.usual for typo in typos}, _graded(name, typos)),
        ]
        return [finding for finding in found if finding is not None]


def _is_category(text: str) -> bool:
    return knowledge().is_missing_token(text) is None and read_numeral(text) is None


def _same_writing(vocabulary: dict[str, int]) -> dict[str, str]:
    """Variant -> the most frequent text of the same fingerprint."""
    groups: dict[str, list[str]] = defaultdict(list)
    for text in vocabulary:  # the most frequent first
        groups[fingerprint(text)].append(text)
    return {text: group[0] for key, group in groups.items() if key for text in group[1:]}


def _synonyms(heads: dict[str, int]) -> dict[str, str]:
    """Word -> the most frequent word of its group, where nearly all of the column is of one family."""
    pack = knowledge()
    families: dict[str, int] = defaultdict(int)
    for text, count in heads.items():
        families[pack.synonym_family(text) or ""] += count
    family = max(families, key=lambda name: (families[name], name))
    if not family or families[family] < 0.9 * sum(heads.values()):
        return {}
    groups: dict[str, list[str]] = defaultdict(list)
    for text in sorted(heads, key=lambda text: (-heads[text], text)):
        if pack.synonym_family(text) == family:
            groups[pack.synonym_group(text) or ""].append(text)
    return {text: group[0] for group in groups.values() for text in group[1:]}


def _suggest(name: str, pairs: dict[str, str], confidence: float, *, by_knowledge: bool = False) -> list[Suggestion]:
    return [
        Suggestion(
            tool="harmonise_categories",
            params={"maps": {name: pairs}},
            why="One category under two names is two groups to every model, each too small.",
            confidence=confidence,
            backed_by="knowledge" if by_knowledge else "rule" if confidence > 0.95 else "statistics",
        )
    ]


def _graded(name: str, typos: list[Misspelling]) -> list[Suggestion]:
    """Sure and doubtful corrections apart, so that one can be taken without the other."""
    made = []
    for sure in (True, False):
        group = [typo for typo in typos if (typo.confidence >= 0.8) is sure]
        if group:
            pairs = {typo.rare: typo.usual for typo in group}
            made += _suggest(name, pairs, min(typo.confidence for typo in group))
    return made


def _finding(
    data: Dataset, name: str, kind: str, pairs: dict[str, str], suggestions: list[Suggestion]
) -> Finding | None:
    if not pairs:
        return None
    rows = rows_holding(data.train[name], set(pairs))
    first, second = next(iter(pairs.items()))
    share = len(rows) / len(data.train)
    return Finding(
        kind,
        "major" if share > 0.05 else "minor",
        (name,),
        rows=rows,
        evidence={
            "variants": len(set(pairs.values())) if kind != "misspelt" else len(pairs),
            "example": f"{joined([first])} for {joined([second])}",
            "pairs": dict(list(pairs.items())[:20]),
            "share": rounded(share),
        },
        suggestions=tuple(suggestions),
    )
