"""The categories of a column, and which of them are rare."""

from __future__ import annotations

import pandas as pd

__all__ = ["as_text", "grouped"]


def as_text(column: pd.Series) -> pd.Series:
    """The cells as text, whole numbers without a fraction and dates as days.

    >>> as_text(pd.Series([1.0, 2.5, float("nan")])).tolist()
    ['1', '2.5', nan]
    """
    from climbdc.data import TEXT

    if column.dtype.kind in "if":
        column = column.map(lambda value: f"{value:.0f}" if value % 1 == 0 else repr(float(value)), na_action="ignore")
    elif column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype(TEXT)


def grouped(column: pd.Series, first: int) -> pd.Series:
    """The cells as text, cut to their first characters where `first` is not 0.

    Codes of the ICD say the chapter and the disease by their first three characters, those of the ATC the organ, the
    group and the substance by one, three and seven.

    >>> from climbdc.data import TEXT
    >>> grouped(pd.Series(["I21.4", "i21.0", "E11"], dtype=TEXT), 3).tolist()
    ['I21', 'I21', 'E11']
    """
    cells = as_text(column)
    return cells.str.strip().str.upper().str.slice(0, first) if first else cells
