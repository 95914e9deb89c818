"""Numbers and dates that are kept as text."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset, Field, Finding, Inspection, NotApplicable, Params, inspect
from climbdc_tools.calendar_date import date_forms
from climbdc_tools.date_text import date_finding
from climbdc_tools.number_text import number_finding
from climbdc_tools.numeral import read_numeral
from climbdc_tools.vocabulary import counts, names_of

__all__ = ["WrongType", "WrongTypeParams"]


class WrongTypeParams(Params):
    """When a column of text counts as numbers or dates."""

    share: float = Field(0.9, gt=0.5, le=1, description="Share of the filled cells that must read as a number or date.")


@inspect("structure/wrong-type", stage="rows")
class WrongType(Inspection[WrongTypeParams]):
    """Find columns of text that are really numbers or dates.

    Numbers may carry a sign ("<5"), separators ("1,200"), a decimal comma, a unit or per cent. Whether the day or the
    month comes first is decided by days above 12 alone. Codes made of digits, such as 00123, are left as they are.
    Where nothing is to be predicted only columns that mix ways of writing are named.
    """

    says: ClassVar[dict[str, str]] = {
        "number-as-text": "{columns} is a column of numbers kept as text, such as {example}.",
        "several-units": "{columns} holds numbers in several units ({units}), such as {example}.",
        "mixed-forms": "{columns} writes its numbers in several ways; {rows} cells differ from the usual one, "
        "such as {example}.",
        "codes-among-numbers": "{columns} is a column of numbers with {rows} cells that are not numbers, "
        "such as {example}.",
        "truth-values": "{columns} mixes words for yes and no with 0 and 1, such as {example}.",
        "date-as-text": "{columns} is a column of dates kept as text, such as {example}.",
        "mixed-dates": "{columns} holds dates in several formats ({formats}), such as {example}.",
        "undecidable-dates": "{columns} holds dates in which the day or the month may come first, such as {example}: "
        "no day is above 12.",
        "conflicting-dates": "{columns} holds dates with the day first and dates with the month first, such as "
        "{example}; the others cannot be told apart.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding a column."""
        skipped = {data.roles.patient, *data.roles.identifiers}
        columns = [name for name in names_of(data.train, text=True) if name not in skipped]
        if not columns or not len(data.train):
            return NotApplicable("There are no columns of text.")
        found = (self._of(data, name) for name in columns if data.column(name).type != "identifier")
        return [finding for finding in found if finding is not None]

    def _of(self, data: Dataset, name: str) -> Finding | None:
        series = data.train[name]
        if not _promising(series, self.params.share):
            return None
        vocabulary = {text: count for text, count in counts(series).items() if not knowledge().is_missing_token(text)}
        if not vocabulary:
            return None
        tidy = data.roles.kind == "none"
        finding = date_finding(series, vocabulary, self.params.share, tidy=tidy)
        return finding or number_finding(series, vocabulary, self.params.share, tidy=tidy)


def _promising(series: pd.Series[Any], share: float) -> bool:
    """Whether the first cells read as numbers, dates or 0 and 1; spares parsing a million cells of free text."""
    few = {text: n for text, n in counts(series.dropna().iloc[:2000]).items() if not knowledge().is_missing_token(text)}
    read = sum(count for text, count in few.items() if read_numeral(text))
    dates = sum(form.rows for form in date_forms(few))
    return bool(few) and (max(read, dates) >= share / 2 * sum(few.values()) or bool({"0", "1"} & set(few)))
