"""Findings as a model sees them: what and where, how many rows about, and the numbers that are safe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from climbdc.privacy._evidence import Sieve
from climbdc.privacy._history import History, is_near, ones
from climbdc.privacy._names import Names
from climbdc.privacy._numbers import count
from climbdc.registry import Registry
from climbdc.store import SessionStore

__all__ = ["Findings"]

_SHOWN = 8
_WITHHELD = "…"
_MASKS = "masks"
"""All row sets of findings whose size was told."""


class Findings:
    """Releases findings, each with its earlier releases in mind."""

    def __init__(
        self, stored: SessionStore, history: History, names: Names, tools: Registry, words: Callable[[str, int], str]
    ) -> None:
        self.stored = stored
        self.history = history
        self.names = names
        self.tools = tools
        self.words = words
        self.k = history.k

    def line(self, finding: Mapping[str, Any], sieve: Sieve, *, counted: bool) -> dict[str, Any]:
        """What is told of a finding."""
        columns = [str(name) for name in finding["columns"]]
        line: dict[str, Any] = {
            "id": finding["id"], "challenge": finding["challenge"], "kind": finding["kind"],
            "severity": finding["severity"], "columns": [self.names.shown(name) for name in columns[:_SHOWN]],
            "more_columns": len(columns) - _SHOWN if len(columns) > _SHOWN else None,
            "status": "" if finding.get("status", "open") == "open" else finding["status"],
        }  # fmt: skip
        tool = str(finding.get("tool", ""))
        if not counted:
            told = sieve.through(finding.get("evidence", {}), tool=tool)
            return line | {"says": self._says(finding, told, "")}
        rows, told, old = self._numbers(finding, columns, tool, sieve)
        line |= {"rows": rows, "says": self._says(finding, told, rows)}
        return line | ({"as_of": "an earlier version"} if old else {})

    def _numbers(
        self, finding: Mapping[str, Any], columns: list[str], tool: str, sieve: Sieve
    ) -> tuple[Any, dict[str, Any], bool]:
        """Row count and evidence; those of an earlier release where the new ones would tell of few rows."""
        size = finding["rows"]
        mask = None if size is None else self.stored.finding_rows(str(finding["id"]))
        small = size is not None and (0 < size < self.k or 0 < sieve.total - size < self.k)
        first = columns[0] if columns else ""
        told = sieve.through(finding.get("evidence", {}), tool=tool, column=first, small=small)
        raw = _counts(finding.get("evidence", {}))
        rows = None if size is None else count(int(size), self.k, sieve.total or None)
        body = {"rows": rows, "evidence": told, "raw": raw}
        name = f"finding/{finding['challenge']}/{finding['kind']}/{'|'.join(sorted(columns))}"
        numbers = np.asarray([] if mask is None else mask, dtype="int64")
        for known in self.history.releases(name):
            if _differs_little(known.body.get("raw", {}), raw, self.k):
                return known.body["rows"], dict(known.body["evidence"]), True
        near = [known for known in self.history.releases(_MASKS) if is_near(np.sort(numbers), known.rows, self.k)]
        if near and not small:
            return near[0].body["rows"], {}, False
        settled, old = self.history.settle(name, numbers, ones(numbers), {}, body, counted=mask is not None)
        if mask is not None and not small and not old:
            self.history.remember(_MASKS, numbers, {"rows": rows})
        return settled["rows"], dict(settled["evidence"]), old

    def _says(self, finding: Mapping[str, Any], told: Mapping[str, Any], rows: Any) -> str:
        """The tool's sentence with what may be told, and dots for what may not."""
        tool, kind = str(finding.get("tool", "")), str(finding["kind"])
        template = self.tools[tool].spec.says.get(kind, "") if tool in self.tools else ""
        if not template:
            return ""
        shown = [self.names.shown(str(name)) for name in finding["columns"]]
        fields = {key: _in_words(key, value) for key, value in told.items()}
        every = defaultdict(
            lambda: _WITHHELD, {**fields, "columns": ", ".join(shown[:_SHOWN]), "rows": rows or _WITHHELD}
        )
        try:
            return template.format_map(every)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            return ""


def _in_words(key: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return _WITHHELD if isinstance(value, dict) else str(value).removesuffix("%" if key == "percent" else "")


def _counts(evidence: Mapping[str, Any]) -> dict[str, int]:
    """Whole numbers of the evidence, by which a later release is compared; they stay here."""
    return {key: value for key, value in evidence.items() if isinstance(value, int) and not isinstance(value, bool)}


def _differs_little(known: Mapping[str, int], new: Mapping[str, int], k: int) -> bool:
    changes = [abs(new[key] - known[key]) for key in known if key in new]
    return any(changes) and any(0 < change < k for change in changes)
