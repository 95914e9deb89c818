"""What a person says of a column goes into the dictionary."""

from __future__ import annotations

from typing import Any

import pandas as pd

from climbdc.describe import column_from
from climbdc.errors import ToolError
from climbdc.sdk import Column, Dataset, Field, KnownAt, Params, Roles, SemanticType, State, Transform, transform

__all__ = ["ColumnEdit", "EditDictionary", "EditDictionaryParams"]

_PERSON = "person"
_NOT_SAID = {"knowledge", "inferred"}


class ColumnEdit(Params):
    """What is said of one column; what is left out stays as it was, an empty text empties the field."""

    meaning: str | None = Field(default=None, description="What the column holds, in a few words.")
    unit: str | None = Field(default=None, description="The unit of its values, such as mg/dL.")
    type: SemanticType | None = Field(default=None, description="What its values are; no value is changed by it.")
    known_at: KnownAt | None = Field(default=None, description="When it is known, relative to the prediction.")
    missing_codes: list[str] | None = Field(
        default=None, description="Codes that stand for missing; they are noted, the cells stay as they are."
    )


class EditDictionaryParams(Params):
    """What is said of which columns."""

    columns: dict[str, ColumnEdit] = Field(default={}, description="Column -> what is said of it.")


@transform(addresses="structure/column-meaning")
class EditDictionary(Transform[EditDictionaryParams]):
    """Write what a person says of columns into the dictionary: meaning, unit, type, when known, codes for missing.

    No value changes. A new meaning or unit lets the knowledge pack look at the column anew, so that its limits are
    those of what it holds and in its unit.
    """

    def fit(self, data: Dataset) -> State:
        """Which columns are described anew.

        Raises:
            ToolError: One of them is not in the table.
        """
        names = {str(name) for name in data.train.columns}
        if absent := [name for name in self.params.columns if name not in names]:
            raise ToolError(
                f"There is no column {absent[0]!r} to describe.", fix="Leave it out.", code="no-such-column"
            )
        return {"columns": sorted(self.params.columns)}

    def apply(self, frame: pd.DataFrame, state: State, roles: Roles) -> pd.DataFrame:
        """The frame as it is."""
        return frame

    def describe(self, data: Dataset, frame: pd.DataFrame, state: State) -> list[Column]:
        """The new entries."""
        edits = self.params.columns
        return [_edited(data.column(name), edits[name], frame[name]) for name in state["columns"]]


def _edited(column: Column, edit: ColumnEdit, values: pd.Series) -> Column:
    """The entry with what was said put in; said fields stand, whatever the values suggest."""
    said: dict[str, Any] = edit.model_dump(exclude_none=True)
    if "missing_codes" in said:
        said["missing_codes"] = tuple(dict.fromkeys(said["missing_codes"]))
    if said.keys() & {"meaning", "unit"}:
        column = _looked_at_anew(column, said, values)
    if "known_at" in said:
        later = (column.later_kind or "known-later") if said["known_at"] == "after" else ""
        said |= {"known_because": "a person said so", "later_kind": later}
    sources = {**column.sources, **dict.fromkeys(said.keys() & ColumnEdit.model_fields.keys(), _PERSON)}
    return column.model_copy(update={**said, "sources": sources})


def _looked_at_anew(column: Column, said: dict[str, Any], values: pd.Series) -> Column:
    """What follows from meaning and unit - variable, limits, when it is known - but never another type."""
    kept = {
        field: value
        for field, value in column.model_dump(exclude={"name", "sources", *said}).items()
        if field in column.model_fields_set and column.sources.get(field) not in _NOT_SAID
    }
    sources = {field: column.sources.get(field, _PERSON) for field in kept}
    told = {field: value for field, value in said.items() if field in {"meaning", "unit"}}
    given = [Column(name=column.name, **told, sources=dict.fromkeys(told, _PERSON))]
    given.append(Column.model_validate({"name": column.name, **kept, "sources": sources}))
    fresh = column_from(column.name, values, given=given)
    typed = {"type": column.sources["type"]} if "type" in column.sources else {}
    return fresh.model_copy(
        update={"type": column.type, "labels": column.labels, "sources": {**fresh.sources, **typed}}
    )
