"""Last digits of whole numbers."""

import numpy as np
import pandas as pd

__all__ = ["DIGITS", "last_digits", "readings"]

DIGITS = 10


def readings(values: pd.Series) -> pd.Series:
    """The known values of a column of whole numbers; empty for any other column."""
    if values.dtype.kind not in "if":
        return values.iloc[:0]
    known = values.dropna()
    known = known[np.isfinite(known)]
    return known if bool((known == np.floor(known)).all()) else known.iloc[:0]


def last_digits(known: pd.Series) -> pd.Series:
    """The last digit of each.

    >>> last_digits(pd.Series([120.0, 135.0, -7.0])).tolist()
    [0, 5, 7]
    """
    digits: pd.Series = (known.abs() % DIGITS).astype("int64")
    return digits
