"""Bringing the columns of further tables to the rows of a main one, by keys that both hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pydantic import JsonValue

from climbdc.data._frames import ROW, TEXT, canonical
from climbdc.data._options import Join, JoinedColumn, JoinRule, ReadDecision, Reading
from climbdc.data._render import render

__all__ = ["LINEAGE", "Matched", "join_readings", "match_keys", "moments"]

LINEAGE = (ROW, "table", "source_row")
_BETWEEN = "\x1f"

_Integers = npt.NDArray[np.int64]


class Matched(NamedTuple):
    """The keys of two tables as numbers; -1 where a part of the key is missing."""

    main: _Integers
    other: _Integers
    keys: int


class _Picked(NamedTuple):
    """The values of a column, one per key, and where each stands in the table; -1 or None where it is computed."""

    values: Any
    places: _Integers | None


def match_keys(main: pd.DataFrame, other: pd.DataFrame, keys: Sequence[tuple[str, str]]) -> Matched:
    """Number the keys of both tables alike.

    Blanks around a key do not count. Where one table holds numbers and the other text, zeros before the text do not
    either: a spreadsheet makes 7 of 007.
    """
    left, right = _key_texts(main, other, keys)
    codes, known = pd.factorize(pd.concat([left, right], ignore_index=True))
    return Matched(codes[: len(main)].astype("int64"), codes[len(main) :].astype("int64"), len(known))


def join_readings(main: Reading, others: Sequence[Reading | None], joins: Sequence[Join]) -> Reading:
    """The main table with the columns that the joins name; its rows stay as they are.

    Args:
        main: The table whose rows stay.
        others: The tables of `joins`, in that order; None where one is absent, whose columns then are too.
        joins: What is added.
    """
    frame, verbatim = main.frame, main.verbatim
    decisions, labels, sources = list(main.decisions), dict(main.labels), list(main.sources)
    parts: list[pd.DataFrame] = []
    for join, other in zip(joins, others, strict=True):
        if other is None:
            text = f"There is no table {join.table!r} among the files; its columns are absent."
            decisions.append(ReadDecision(code="table-absent", text=text, value=join.table))
            continue
        matched = match_keys(main.frame, other.frame, join.keys)
        entering = _entering(other.frame, join, matched.other)
        rows = _rows_in_order(other.frame, join, matched.other, entering)
        added, texts = _columns(main, other, join, matched, rows)
        frame = pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1)
        verbatim = _with_texts(verbatim, texts)
        parts.append(_lineage(main.frame, other.frame, join.table, matched, rows))
        decisions += [_named(decision, join.table) for decision in other.decisions]
        decisions.append(_told(join, matched, rows))
        labels |= {c.name: other.labels[c.source] for c in join.columns if c.source in other.labels and not c.level}
        sources += other.sources
    lineage = pd.concat(parts, ignore_index=True) if parts else None
    options = main.options.model_copy(update={"joins": tuple(joins)})
    return replace(
        main, frame=canonical(frame), options=options, verbatim=verbatim, decisions=tuple(decisions), labels=labels,
        sources=tuple(sources), lineage=lineage,
    )  # fmt: skip


def moments(values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Moments as numbers that grow with time: dates in days since 1970, also where they are text such as 2024-05-31."""
    if values.dtype == TEXT:
        values = pd.to_datetime(values.astype(object), errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
    if values.dtype.kind == "M":
        days = (values.to_numpy().astype("datetime64[us]") - np.datetime64("1970-01-01", "us")) / np.timedelta64(1, "D")
        return np.asarray(days, dtype="float64")
    return values.to_numpy(dtype="float64")


def _key_texts(
    main: pd.DataFrame, other: pd.DataFrame, keys: Sequence[tuple[str, str]]
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """One text a row for the whole key, None where a part of it is missing."""
    left: pd.Series[Any] | None = None
    right: pd.Series[Any] | None = None
    for of_main, of_other in keys:
        mixed = (main[of_main].dtype == TEXT) != (other[of_other].dtype == TEXT)
        one, two = _texts(main[of_main], bare=mixed), _texts(other[of_other], bare=mixed)
        left = one if left is None else left + _BETWEEN + one
        right = two if right is None else right + _BETWEEN + two
    assert left is not None and right is not None, "a key has one column at least"
    return left, right


def _texts(values: pd.Series[Any], *, bare: bool) -> pd.Series[Any]:
    """Cells of a key as text; `bare` is without zeros before it."""
    texts = (values if values.dtype == TEXT else render(values, whole=True).astype(TEXT)).str.strip()
    if bare:
        texts = texts.str.replace(r"^0+([0-9])", r"\1", regex=True)
    return texts.where(values.notna() & (texts != "")).reset_index(drop=True)


def _entering(other: pd.DataFrame, join: Join, codes: _Integers) -> npt.NDArray[np.bool_]:
    """Which rows of the table may enter: those with a key, and not later than wanted."""
    enters = codes >= 0
    if join.until is None or join.order is None or join.order not in other.columns:
        return enters
    moment = moments(other[join.order])
    if other[join.order].dtype.kind not in "if":
        first = pd.Series(moment).groupby(codes).transform("min").to_numpy()
        moment = moment - first
    return np.asarray(enters & (moment <= join.until))


def _rows_in_order(other: pd.DataFrame, join: Join, codes: _Integers, entering: npt.NDArray[np.bool_]) -> _Integers:
    """Positions of the rows that enter, by key and then in their order; a row without a moment comes first."""
    rows = np.flatnonzero(entering)
    if join.order is None or join.order not in other.columns:
        return rows[np.argsort(codes[rows], kind="stable")].astype("int64")
    moment = moments(other[join.order])[rows]
    ordered = np.lexsort((np.where(np.isnan(moment), -np.inf, moment), codes[rows]))
    return rows[ordered].astype("int64")


def _columns(
    main: Reading, other: Reading, join: Join, matched: Matched, rows: _Integers
) -> tuple[dict[str, Any], dict[str, pa.Array]]:
    """The new columns on the rows of the main table, and the text of their cells as they stand in the file."""
    added: dict[str, Any] = {}
    texts: dict[str, pa.Array] = {}
    levels = _levels(other.frame, join)
    for column in join.columns:
        if column.source not in other.frame.columns:
            continue
        meant = rows if levels is None else rows[levels[rows] == column.level]
        picked = _picked(other.frame[column.source], column, matched, meant)
        values = _taken(picked.values, matched.main)
        added[column.name] = values
        texts[column.name] = _text_of(other, column, picked, matched.main, pd.Series(values, index=main.frame.index))
    return added, texts


def _levels(other: pd.DataFrame, join: Join) -> npt.NDArray[Any] | None:
    if join.labels is None or join.labels not in other.columns:
        return None
    return _texts(other[join.labels], bare=False).fillna("").to_numpy(dtype=object)


def _picked(values: pd.Series[Any], column: JoinedColumn, matched: Matched, rows: _Integers) -> _Picked:
    codes = matched.other[rows]
    rule: JoinRule = column.rule
    if rule in ("mean", "min", "max") and values.dtype == TEXT:
        values = pd.to_numeric(values, errors="coerce").astype("float64")
    known = values.notna().to_numpy()[rows]
    if rule == "count":
        return _Picked(np.bincount(codes[known], minlength=matched.keys).astype("float64"), None)
    if rule in ("first", "last"):
        places = np.full(matched.keys, -1, dtype="int64")
        meant = rows[known] if rule == "last" else rows[known][::-1]
        places[matched.other[meant]] = meant  # the last of several assignments stays
        return _Picked(_at(values, places), places)
    groups = pd.Series(values.to_numpy()[rows]).groupby(codes)
    return _Picked(getattr(groups, rule)().reindex(range(matched.keys)).array, None)


def _at(values: pd.Series[Any], places: _Integers) -> Any:
    """The values that stand at these places, missing where a place is -1."""
    column = values.astype("float64") if values.dtype.kind == "i" and (places < 0).any() else values
    return column.array.take(places, allow_fill=True)


def _taken(values: Any, codes: _Integers) -> Any:
    """The value of its key for every row; whole numbers stay whole where none is missing."""
    found = _at(pd.Series(values), codes)
    series = pd.Series(found)
    if series.dtype.kind == "f" and len(series) and series.notna().all() and pd.Series(values).dtype.kind == "i":
        return series.astype("int64").array
    return found


def _text_of(
    other: Reading, column: JoinedColumn, picked: _Picked, codes: _Integers, values: pd.Series[Any]
) -> pa.Array:
    """The cells as they stand in the file, or the rendered values where these were computed; empty where missing."""
    if other.verbatim is None or picked.places is None:
        return pa.array(render(values).fillna("").astype(object), pa.large_string())
    places = np.where(codes >= 0, picked.places[codes], -1) if len(picked.places) else np.full(len(codes), -1)
    chosen = pa.array(places, mask=places < 0)
    cells = other.verbatim.column(column.source).combine_chunks().take(chosen)
    return cells.fill_null("").cast(pa.large_string())


def _with_texts(verbatim: pa.Table | None, texts: dict[str, pa.Array]) -> pa.Table | None:
    if verbatim is None:
        return None
    for name, cells in texts.items():
        verbatim = verbatim.append_column(pa.field(name, pa.large_string()), cells)
    return verbatim


def _lineage(main: pd.DataFrame, other: pd.DataFrame, table: str, matched: Matched, rows: _Integers) -> pd.DataFrame:
    """Which rows of the table came to which row."""
    left = pd.DataFrame({ROW: main.index.to_numpy(), "code": matched.main})
    right = pd.DataFrame({"source_row": other.index.to_numpy()[rows], "code": matched.other[rows]})
    pairs = left[left["code"] >= 0].merge(right, on="code", how="inner").drop(columns="code")
    return pairs.assign(table=table)[list(LINEAGE)].sort_values([ROW, "source_row"], ignore_index=True)


def _told(join: Join, matched: Matched, rows: _Integers) -> ReadDecision:
    """How many rows fitted, as a decision."""
    found = np.isin(matched.main, matched.other[rows])
    used = np.isin(matched.other[rows], matched.main[matched.main >= 0])
    repeated = int(len(rows) - len(np.unique(matched.other[rows])))
    on = " and ".join(left if left == right else f"{left} = {right}" for left, right in join.keys)
    text = (
        f"{join.table} was joined by {on}: {int(found.sum()):,} of {len(found):,} rows found theirs, "
        f"{int(used.sum()):,} of {len(matched.other):,} of its rows are used."
    )
    if repeated and not join.several:
        text += f" {repeated:,} rows repeat a key that was single; the first was taken."
    value: dict[str, JsonValue] = {
        "table": join.table, "rows": len(found), "found": int(found.sum()), "used": int(used.sum()),
        "others": len(matched.other), "repeated": repeated,
    }  # fmt: skip
    return ReadDecision(code="joined", text=text, value=value)


def _named(decision: ReadDecision, table: str) -> ReadDecision:
    return decision.model_copy(update={"text": f"{table}: {decision.text}"})
