"""Running a tool as the engine does, and fingerprints of what it gave."""

from __future__ import annotations

import hashlib
import json
import pickletools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from climbdc.errors import ToolError
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._finding import Finding
from climbdc.sdk._tool import Evaluation, Inspection, NotApplicable, State, Tool, Transform

__all__ = ["Run", "alike", "copied", "fingerprint", "protected", "round_trip", "run", "state_print"]


@dataclass(frozen=True)
class Run:
    """What one run of a tool gave; `refused` says why where the tool did not apply."""

    findings: list[Finding] | None = None
    metrics: list[Any] | None = None
    state: State | None = None
    treated: pd.DataFrame | None = None
    """The treated train rows."""
    new: pd.DataFrame | None = None
    """The treated new rows."""
    refused: str = ""

    def digest(self) -> str:
        """One text for all of it; equal runs have equal digests."""
        parts = {
            "findings": None if self.findings is None else [finding_print(finding) for finding in self.findings],
            "metrics": None if self.metrics is None else [metric.model_dump(mode="json") for metric in self.metrics],
            "state": None if self.state is None else state_print(self.state),
            "treated": None if self.treated is None else fingerprint(self.treated),
            "new": None if self.new is None else fingerprint(self.new),
            "refused": self.refused,
        }
        return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def run(tool: Tool[Any], data: Dataset, new: pd.DataFrame | None = None) -> Run:
    """Look, measure, or fit and apply to train and to new rows; not applicable and ToolError are refusals."""
    try:
        if isinstance(tool, Inspection):
            found = tool.look(data)
            return Run(refused=str(found)) if isinstance(found, NotApplicable) else Run(findings=found)
        if isinstance(tool, Evaluation):
            measured = tool.measure(data, lambda first, second: (first, second))
            if isinstance(measured, NotApplicable):
                return Run(refused=str(measured))
            return Run(metrics=measured, findings=tool.conclude(data, measured))
        return _treat(tool, data, new)
    except (NotApplicable, ToolError) as refusal:
        return Run(refused=str(refusal) or type(refusal).__name__)


def _treat(tool: Tool[Any], data: Dataset, new: pd.DataFrame | None) -> Run:
    if not isinstance(tool, Transform):
        raise TypeError(f"{type(tool).__name__} is neither an Inspection, a Transform nor an Evaluation")
    state = tool.fit(data)
    treated = tool.apply(data.train, state, data.roles)
    return Run(state=state, treated=treated, new=None if new is None else tool.apply(new, state, data.roles))


def fingerprint(frame: pd.DataFrame) -> str:
    """Hash of names, types, index and values."""
    from climbdc.data import frame_hash

    return frame_hash(frame)


def alike(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two frames say the same; whole numbers equal decimals, as a gap turns one into the other."""
    return fingerprint(_loose(first)) == fingerprint(_loose(second))


def _loose(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "float64" for name in frame.columns if frame[name].dtype.kind in "ib"})


def finding_print(finding: Finding) -> dict[str, Any]:
    """A finding as JSON with its row mask hashed."""
    rows = None if finding.rows is None else hashlib.sha256(np.ascontiguousarray(finding.rows).tobytes()).hexdigest()
    return {**finding.to_json(), "mask": rows}


def state_print(state: State) -> str:
    """A fitted state as one text: JSON values as they are, frames and bytes by their hash, the rest by its type."""

    def show(value: Any) -> Any:
        if isinstance(value, pd.DataFrame):
            return {"frame": fingerprint(value)}
        if isinstance(value, bytes):
            return {"bytes": hashlib.sha256(value).hexdigest()}
        return value

    shown = {str(key): show(value) for key, value in state.items()}
    return json.dumps(shown, sort_keys=True, default=lambda value: type(value).__name__)


def round_trip(state: State) -> State:
    """The state as it comes back from disk: JSON, Arrow tables, and bytes that are no pickle.

    Raises:
        TypeError: A value can be none of these, or is a pickle.
    """
    from climbdc.data import from_arrow, to_arrow

    back: State = {}
    for key, value in state.items():
        if not isinstance(key, str):
            raise TypeError(f"state key {key!r} is not text")
        if isinstance(value, pd.DataFrame):
            back[key] = from_arrow(to_arrow(value))
        elif isinstance(value, bytes):
            if _is_pickle(value):
                raise TypeError(f"state[{key!r}] is a pickle, which runs code when it is read")
            back[key] = bytes(value)
        else:
            back[key] = _through_json(key, value)
    return back


def _through_json(key: str, value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False, sort_keys=True))
    except (TypeError, ValueError) as error:
        raise TypeError(f"state[{key!r}] is not JSON, a DataFrame or bytes: {error}") from error


def _is_pickle(data: bytes) -> bool:
    """Whether bytes read as a whole pickle; names of formats are not trusted."""
    try:
        operations = [operation.name for operation, _, _ in pickletools.genops(data)]
    except Exception:  # pickletools raises whatever a broken stream makes it trip over; any of it means no pickle
        return False
    return bool(operations) and operations[-1] == "STOP"


def copied(data: Dataset, **changes: Any) -> Dataset:
    """The dataset over its own copy of the train rows, so that a mutating tool harms one check only."""
    return replace(data, **{"train": data.train.copy(), **changes})


def protected(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose numbers cannot be written to, as frames mapped from disk are."""
    arrays: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name].array.copy()
        raw = values.to_numpy() if frame[name].dtype.kind in "ifM" else None
        if raw is not None:
            raw.setflags(write=False)
        arrays[name] = values if raw is None else raw
    return pd.DataFrame(arrays, index=frame.index.copy(), columns=frame.columns, copy=False)


def names_in(params: Any) -> set[str]:
    """Every text in params, keys included.

    >>> sorted(names_in({"columns": {"age": {"to": "number"}}, "by": ["sex"]}))
    ['age', 'by', 'columns', 'number', 'sex', 'to']
    """
    if isinstance(params, Mapping):
        return {str(key) for key in params} | {name for value in params.values() for name in names_in(value)}
    if isinstance(params, list | tuple):
        return {name for value in params for name in names_in(value)}
    return {params} if isinstance(params, str) else set()
