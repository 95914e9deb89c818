"""What each column is, and what could be made of it."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import pandas as pd

from climbdc.knowledge import knowledge
from climbdc.sdk import Column, Dataset, Figure, Finding, Inspection, NotApplicable, Params, Suggestion, inspect
from climbdc_tools.clinical_text import lexicon
from climbdc_tools.derivable import derivable
from climbdc_tools.formulas import formulas
from climbdc_tools.levels import as_text
from climbdc_tools.vocabulary import is_text, rounded

__all__ = ["DescribeColumns", "DescribeColumnsParams"]

_LEVELS: Final = 20
_ROWS_EACH: Final = 5
_OFTEN: Final = 10
_WORDS: Final = 3
_SENTENCE: Final = 8  # so many words a cell are sentences in any language
_PROSE: Final = 0.3  # share of cells with a word that sentences have
_DIFFERENT: Final = 0.2
_ICD: Final = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
_CODED: Final = re.compile(r"(?=.*\d)|^[a-z]{1,3}$|^[^aeiouy]+$", re.IGNORECASE)
_GLANCE: Final = 2_000


class DescribeColumnsParams(Params):
    """Nothing to set."""


@inspect(
    ("structure/column-meaning", "structure/free-text", "features/engineering", "features/high-cardinality"),
    stage="rows",
)
class DescribeColumns(Inspection[DescribeColumnsParams]):
    """Say what columns are: free text, codes of unknown meaning, long lists of categories, parts of clinical scores.

    Free text has three words a cell or more, many different ones, and reads like sentences rather than names. A long
    list has more than 20 categories that occur five times on average, five of them ten times or more. A score is told
    where all its parts are there in units it takes. No cell is shown.
    """

    says: ClassVar[dict[str, str]] = {
        "free-text": "{columns} is free text ({distinct} different texts in {filled} rows, {words} words on average); "
        "what it says can be made into columns.",
        "no-meaning": "What {columns} mean is not known from the dictionary or the names ({total} columns).",
        "many-levels": "{columns} has {distinct} categories, {seldom} of them in fewer than ten rows.",
        "derivable": "{told} can be worked out from {columns}.",
    }

    def look(self, data: Dataset) -> list[Finding] | NotApplicable:
        """At most one finding of unknown meanings and one of scores; the others a column each."""
        if not data.train.shape[1] or not len(data.train):
            return NotApplicable("There are no cells.")
        texts = [name for name in data.features if is_text(data.train[name])]
        free = [name for name in texts if _is_free(data.train[name], data.column(name))]
        found = [_free_text(data, name) for name in free]
        found += [one for name in data.features if name not in free and (one := _many_levels(data, name))]
        unknown = [name for name in data.features if name not in free and _unknown(data.column(name))]
        found += [_no_meaning(data, unknown)] if unknown else []
        features = derivable(data)
        return [*found, _derivable(features)] if features else found


def _is_free(column: pd.Series, known: Column) -> bool:
    """Whether the cells are remarks rather than categories or codes."""
    if known.type in {"date", "identifier", "integer", "continuous"}:
        return False
    cells = column.iloc[:: max(1, len(column) // _GLANCE)].dropna()
    different = cells.nunique()
    if different <= _LEVELS or different < _DIFFERENT * len(cells):
        return False
    words = float(cells.str.count(r"\S+").mean())
    if words < _WORDS or words >= _SENTENCE:
        return words >= _SENTENCE
    said = r"(?i)\b(?:" + "|".join(lexicon()["prose"]) + r")\b"
    return float(cells.str.contains(said).mean()) >= _PROSE


def _free_text(data: Dataset, name: str) -> Finding:
    cells = data.train[name].dropna()
    read = Suggestion(
        tool="extract_text_features",
        params={"columns": [name]},
        why="Findings, denials and numbers in it become columns before the text is set aside.",
        confidence=0.6,
        backed_by="rule",
    )
    without = Suggestion(tool="drop_columns", params={"columns": [name]}, why="It may name persons.", confidence=0.3)
    evidence = {
        "distinct": int(cells.nunique()),
        "filled": len(cells),
        "words": round(float(cells.str.count(r"\S+").mean()), 1),
    }
    return Finding(
        "free-text", "minor", (name,), evidence=evidence, suggestions=(read, without), challenge="structure/free-text"
    )


def _many_levels(data: Dataset, name: str) -> Finding | None:
    """A feature with a long list of categories that occur often enough to learn from."""
    column, known = data.train[name], data.column(name)
    coded = known.type in {"categorical", "ordinal"} and column.dtype.kind in "if"
    if not (is_text(column) or coded) or known.type in {"date", "identifier", "text", "integer", "continuous"}:
        return None
    counts = column.value_counts()
    often = int((counts >= _OFTEN).sum())
    if len(counts) <= _LEVELS or counts.sum() < _ROWS_EACH * len(counts) or often < _ROWS_EACH:
        return None
    codes = as_text(pd.Series(counts.index[:_GLANCE])).astype(str)
    group = 3 if float(codes.map(lambda code: _ICD.fullmatch(code.strip()) is not None).mean()) >= 0.8 else 0
    encode = Suggestion(
        tool="encode_high_cardinality",
        params={"columns": [name], **({"group": group} if group else {})},
        why="One number a category, learnt across folds, in place of a column for each of the commonest.",
        confidence=0.5,
        backed_by="rule",
    )
    evidence = {"distinct": len(counts), "filled": int(counts.sum()), "seldom": len(counts) - often}
    return Finding(
        "many-levels", "info", (name,), evidence=evidence, suggestions=(encode,), challenge="features/high-cardinality"
    )


def _unknown(known: Column) -> bool:
    """Whether nobody said what it means, and its name is a code rather than a word."""
    if known.meaning or known.variable or known.type == "identifier" or not _CODED.search(known.name):
        return False
    return knowledge().match(known.name) is None and not knowledge().role_hints(known.name)


def _no_meaning(data: Dataset, names: list[str]) -> Finding:
    rows = [_described(data.train[name], data.column(name)) for name in names]
    table = {"columns": ["column", "type", "unit", "different values", "missing"], "rows": rows}
    figure = Figure(kind="table", title="Columns whose meaning is not known", data=table)
    return Finding(
        "no-meaning", "info", tuple(names), evidence={"total": len(names)}, figures=(figure,),
        challenge="structure/column-meaning",
    )  # fmt: skip


def _described(column: pd.Series, known: Column) -> list[Any]:
    """One row of the table: what the column is, without a value of it."""
    missing = f"{100 * rounded(column.isna().mean()):.1f} %"
    return [known.name, known.type, known.unit, int(column.nunique()), missing]


def _derivable(features: list[dict[str, Any]]) -> Finding:
    known = formulas()
    told = [
        known[each["name"]].told if each["operation"] in known else f"time from {each['name']}" for each in features
    ]
    parts = dict.fromkeys(name for each in features for name in each["columns"])
    suggestion = Suggestion(
        tool="derive_features",
        params={"features": features},
        why=f"All parts are there, in units that the formulas take: {', '.join(told)}. Kept only if they help.",
        confidence=0.5,
        backed_by="rule",
    )
    evidence = {"told": ", ".join(told), "count": len(features)}
    return Finding(
        "derivable",
        "info",
        tuple(parts),
        evidence=evidence,
        suggestions=(suggestion,),
        challenge="features/engineering",
    )
