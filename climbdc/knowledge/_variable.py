"""One clinical variable of the pack."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from climbdc.sdk import Conversion, Limits, SemanticType

__all__ = ["Variable"]


class Variable(BaseModel):
    """A quantity or attribute that clinical tables often have: what it is called and what it can be.

    `low` to `high` is what can be seen in a living patient, in `unit`; `typical_low` to `typical_high` is where most
    patients lie, the sick included. Where they come from is `source`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    names: tuple[str, ...] = Field(min_length=1)
    """What it is called in full; the first is shown to people."""
    synonyms: tuple[str, ...] = ()
    """Other spellings and languages that mean nothing else."""
    abbreviations: tuple[str, ...] = ()
    """Short forms that could mean something else, believed only when the values agree."""
    type: SemanticType
    unit: str = ""
    conversions: tuple[Conversion, ...] = ()
    low: float | None = None
    high: float | None = None
    typical_low: float | None = None
    typical_high: float | None = None
    zero_impossible: bool = False
    missing_codes: tuple[str, ...] = ()
    area: str = ""
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Variable:
        """Ranges go upwards, lie inside each other and factors are positive."""
        bounds = (self.low, self.typical_low, self.typical_high, self.high)
        known = [bound for bound in bounds if bound is not None]
        if known != sorted(known) or (self.low is not None and self.low == self.high):
            raise ValueError("low, typical_low, typical_high and high must go upwards")
        if any(conversion.factor <= 0 for conversion in self.conversions):
            raise ValueError("the factor of a conversion must be above 0")
        if self.zero_impossible and self.low is not None and self.high is not None and self.high < 0:
            raise ValueError("zero_impossible is for quantities that are above 0")
        return self

    @property
    def measured(self) -> bool:
        """Whether its values are numbers with a size, rather than classes, dates or words."""
        return self.type in {"continuous", "integer", "duration"}

    @property
    def limits(self) -> Limits:
        """What a column of this variable can hold, as the dictionary keeps it."""
        return Limits(
            low=self.low,
            high=self.high,
            typical_low=self.typical_low,
            typical_high=self.typical_high,
            zero_impossible=self.zero_impossible,
            unit=self.unit,
            conversions=self.conversions,
            source=self.source,
        )

    def overlaps(self, other: Variable) -> bool:
        """Whether values alone could not tell the two apart."""
        if self.measured != other.measured:
            return False
        low = max(_or(self.low, float("-inf")), _or(other.low, float("-inf")))
        high = min(_or(self.high, float("inf")), _or(other.high, float("inf")))
        return low <= high


def _or(bound: float | None, default: float) -> float:
    return default if bound is None else bound
