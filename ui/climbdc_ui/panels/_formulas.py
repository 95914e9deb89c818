"""Text that a spreadsheet would take for a formula; the data are left as they are, and the person is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from climbdc.data import ROW
from climbdc_ui.panels._sheet import Kept

if TYPE_CHECKING:
    from climbdc.store import Objects

__all__ = ["formula_cells", "formula_names"]

STARTS = r"^[=+\-@\t\r]."
NUMBER = r"^[+-]?(\d[\d., ]*|[.,]\d+)([eE][+-]?\d+)?\s*%?$"
"""See OWASP, CSV Injection: what begins so is run by Excel and LibreOffice, unless it is a plain number."""

_COUNTS: Kept[int] = Kept(64)


def formula_cells(objects: Objects, frame: str) -> int:
    """How many text cells of a stored frame a spreadsheet would take for a formula.

    Args:
        objects: Where frames are stored.
        frame: Name of the frame.
    """
    return _COUNTS.get(frame, lambda: _count(objects.table(frame)))


def _count(table: pa.Table) -> int:
    texts = [name for name in table.column_names if name != ROW and _is_text(table.schema.field(name).type)]
    return sum(_risky(table.column(name)) for name in texts)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _risky(values: pa.ChunkedArray | pa.Array) -> int:
    begins = pc.match_substring_regex(values, STARTS)
    plain = pc.match_substring_regex(values, NUMBER)
    return int(pc.sum(pc.and_not(begins, plain)).as_py() or 0)


def formula_names(names: Iterable[str]) -> int:
    """How many column names a spreadsheet would take for a formula.

    >>> formula_names(["age", "=1+1", "-5", "-", "@x"])
    2
    """
    return _risky(pa.array(list(names), pa.string()))
