"""Writing tables: the treated parts, and values made right in a file that otherwise stays as it was."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa

from climbdc.data import ROW, TEXT, diff, render, to_arrow, write_csv

__all__ = ["verbatim_frame", "write_table"]


def write_table(frame: pd.DataFrame, stem: Path, whole: Collection[str]) -> None:
    """A frame as `stem.csv` and `stem.parquet`, the same values in both."""
    import pyarrow.parquet as pq

    write_csv(frame, stem.with_suffix(".csv"), whole)
    pq.write_table(_made_unnumbered(to_arrow(_whole(frame, whole))), stem.with_suffix(".parquet"))


def _made_unnumbered(table: pa.Table) -> pa.Table:
    """The table with an empty `_row` for rows that were made, as in the CSV."""
    import pyarrow.compute as pc

    place, rows = table.column_names.index(ROW), table[ROW]
    made = pc.less(rows, 0)
    if not pc.any(made).as_py():
        return table
    return table.set_column(place, ROW, pc.if_else(made, pa.scalar(None, rows.type), rows))


def _whole(frame: pd.DataFrame, whole: Collection[str]) -> pd.DataFrame:
    """Whole numbers as integers where none is missing, as the CSV shows them."""
    changed = {
        name: frame[name].astype("int64")
        for name in whole
        if name in frame.columns
        and frame[name].dtype == "float64"
        and frame[name].notna().all()
        and (frame[name] % 1 == 0).all()
    }
    return frame.assign(**changed) if changed else frame


def verbatim_frame(
    root: pd.DataFrame, final: pd.DataFrame, verbatim: pa.Table | None, whole: Collection[str]
) -> pd.DataFrame:
    """The final values as text: each unchanged cell exactly as it stood in the file, what is missing empty."""
    if verbatim is None:
        return final
    changes = diff(root, final, whole).cells
    columns = {}
    for name in final.columns:
        text = pd.Series(verbatim.column(name).to_pandas(), index=root.index).astype(TEXT).reindex(final.index)
        changed = changes[changes["column"] == name]
        if len(changed):
            rows = changed[ROW].to_numpy()
            text.loc[rows] = render(final.loc[rows, name], whole=name in whole).to_numpy()
        columns[name] = text.where(final[name].notna())
    return pd.DataFrame(columns, index=final.index)
