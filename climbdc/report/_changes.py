"""The account of every changed cell and every dropped or added row, step by step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from climbdc.agents import head, load_version, whole_columns
from climbdc.data import diff
from climbdc.store import SessionStore

__all__ = ["changes_frame", "lineage_frame"]

COLUMNS = ["_row", "column", "before", "after", "step"]


def changes_frame(session: SessionStore) -> pd.DataFrame:
    """One row per changed cell, dropped or added row, and dropped or added column.

    A cell with a word for missing, such as NA, that was read as missing has the step "reading". A row that goes has an
    empty `column`, `before` "(row)" and `after` "(held out)" if the split took it, else "(dropped)"; a column that
    comes or goes has an empty `_row`, and so has a row that was made.
    """
    chain = [load_version(session, name) for name, _ in session.lineage(head(session).id)]
    parts = [_read_as_missing(session, chain[0].load())]
    for before, after in pairwise(chain):
        assert after.step is not None
        changes = diff(before.load(), after.load(), whole_columns(before.dictionary))
        gone = "(held out)" if after.step.tool == "split_data" else "(dropped)"
        cells = changes.cells.assign(_row=changes.cells["_row"].astype("Int64"))
        records: list[tuple[Any, ...]] = [(row, None, "(row)", gone) for row in changes.dropped_rows.tolist()]
        records += [(row if row >= 0 else None, None, None, "(row)") for row in changes.added_rows.tolist()]
        records += [(None, name, "(column)", "(dropped)") for name in changes.dropped_columns]
        records += [(None, name, None, "(column)") for name in changes.added_columns]
        rest = pd.DataFrame(records, columns=COLUMNS[:4])
        parts.append(cells[COLUMNS[:4]].astype(object).assign(step=after.step.id))
        parts.append(rest.astype(object).assign(step=after.step.id))
    parts = [part for part in parts if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    table["_row"] = table["_row"].astype("Int64")
    return table[COLUMNS]


def _read_as_missing(session: SessionStore, root: pd.DataFrame) -> pd.DataFrame:
    """Cells that hold a word for missing, such as NA, and were read as missing: the step is `reading`."""
    kept = session.need("reading")["verbatim"]
    parts = []
    if kept is not None:
        verbatim = session.objects.table(kept)
        for name in root.columns:
            text = verbatim.column(name).to_pandas()
            gone = root[name].isna().to_numpy() & (text.fillna("").str.strip() != "").to_numpy()
            cells = pd.DataFrame({"_row": root.index[gone], "column": name, "before": text[gone].to_numpy()})
            parts.append(cells.assign(after=None, step="reading").astype(object))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def lineage_frame(session: SessionStore) -> pd.DataFrame:
    """Which raw rows made each row of the result; where tables were joined, `table` names that of a source row.

    It is empty for rows of the main table.
    """
    chain = session.lineage(head(session).id)
    final = session.objects.frame(chain[-1][1]["frame"]).index
    pairs = pd.DataFrame({"_row": final, "source_row": final})
    for _, body in reversed(chain):
        if body["lineage"] is not None:
            merged = session.objects.table(body["lineage"]).to_pandas()
            pairs = pairs.merge(
                merged.rename(columns={"_row": "source_row", "source_row": "earlier"}), on="source_row", how="left"
            )
            pairs["source_row"] = pairs.pop("earlier").fillna(pairs["source_row"]).astype("int64")
    pairs = pairs.sort_values(["_row", "source_row"], kind="stable").reset_index(drop=True)
    joined = session.need("reading").get("lineage")
    return pairs if joined is None else _with_joined(pairs, session.objects.table(joined).to_pandas())


def _with_joined(pairs: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """Also the rows of other tables that were brought to the rows of the main one."""
    brought = pairs.rename(columns={"source_row": "main"}).merge(joined.rename(columns={"_row": "main"}), on="main")
    whole = pd.concat([pairs.assign(table=""), brought[["_row", "source_row", "table"]]], ignore_index=True)
    return whole.sort_values(["_row", "table", "source_row"], kind="stable").drop_duplicates().reset_index(drop=True)
