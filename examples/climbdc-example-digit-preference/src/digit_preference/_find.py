"""Find digit preference."""

from typing import ClassVar

import pandas as pd

from climbdc.sdk import Dataset, Field, Figure, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from digit_preference._digits import DIGITS, last_digits, readings

__all__ = ["FindDigitPreference"]


class FindDigitPreferenceParams(Params):
    """When a column counts as rounded."""

    least: int = Field(default=100, ge=20, description="Columns with fewer readings are passed over.")
    share: float = Field(
        default=0.3, gt=0.1, le=1, description="A column is told where at least this share of its readings end in 0."
    )
    alpha: float = Field(default=0.001, gt=0, lt=1, description="Chance of a false alarm, shared among all columns.")


@inspect(addresses="plausibility/cell-errors")
class FindDigitPreference(Inspection[FindDigitPreferenceParams]):
    """Find readings that were rounded to tens by the person who took them, such as blood pressures of 120 and 130.

    Who reads a blood pressure to the nearest 2 mmHg, as guidelines ask (O'Brien 2003, J Hypertens 21:821-848), writes
    a last 0 in one of five readings; a device that reads to 1 mmHg does in one of ten. A column is told where it is at
    least three of ten and the even last digits are not evenly spread (chi-squared test, Bonferroni-corrected for the
    columns looked at). Values with decimals, and columns that span
    fewer than 40 units, say nothing about rounding and are passed over, as are columns in which all end in 0: those
    were recorded in tens.
    """

    says: ClassVar[dict[str, str]] = {
        "rounded": "{zeros:,} of {n:,} readings of {columns} end in 0 ({percent} %); "
        "about {expected} % would where each is read to the nearest 2.",
    }

    SPAN: ClassVar[float] = 40
    EXPECTED: ClassVar[float] = 0.2

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """One finding for each column that is rounded."""
        columns = {name: readings(data.train[name]) for name in data.features}
        kept = {
            name: known
            for name, known in columns.items()
            if len(known) >= self.params.least and known.max() - known.min() >= self.SPAN
        }
        if not kept:
            return NotApplicable("No column has enough whole numbers over a wide enough range.")
        found = [self._of(name, known, len(kept)) for name, known in kept.items()]
        return [finding for finding in found if finding is not None]

    def _of(self, name: str, known: pd.Series, tested: int) -> Finding | None:
        from scipy.stats import chisquare

        digits = last_digits(known)
        counts = digits.value_counts().reindex(range(DIGITS), fill_value=0)
        zeros, even = int(counts[0]), counts[::2]
        share = zeros / len(known)
        if share < self.params.share or zeros == len(known):
            return None
        p = float(chisquare(even).pvalue)
        if p >= self.params.alpha / tested:
            return None
        mark = Suggestion(
            tool="mark_rounded_readings",
            params={"columns": [name]},
            why="A column of its own says which readings were rounded, so that a model need not take them for exact.",
            confidence=0.4,
            backed_by="statistics",
        )
        return Finding(
            "rounded",
            "minor",
            (name,),
            rows=known.index[digits == 0].to_numpy(dtype="int64"),
            evidence={
                "n": len(known),
                "zeros": zeros,
                "percent": round(100 * share, 1),
                "expected": round(100 * self.EXPECTED),
                "p": float(f"{p:.2g}"),
            },
            suggestions=(mark,),
            figures=(
                Figure(
                    kind="bars",
                    title=f"Last digits of {name}",
                    data={"labels": [str(digit) for digit in range(DIGITS)], "values": [int(n) for n in counts]},
                ),
            ),
        )
