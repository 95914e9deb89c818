"""Findings as a model sees them: what and where, how many rows about, and the numbers that are safe."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from climbdc.privacy._evidence import Place, Sieve
from climbdc.privacy._history import History, Rows, ones
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
        """What is told of a finding; of one by somebody else's tool no number but how many rows it is about."""
        columns = [str(name) for name in finding["columns"] if name in sieve.columns]
        tool = str(finding.get("tool", ""))
        ours = tool in self.tools and self.tools[tool].origin == "built-in"
        line: dict[str, Any] = {
            "id": _name(finding["id"]), "challenge": _name(finding["challenge"]),
            "kind": finding["kind"] if ours else self.words(str(finding["kind"]), 40),
            "severity": _name(finding["severity"]), "columns": [self.names.shown(name) for name in columns[:_SHOWN]],
            "more_columns": len(columns) - _SHOWN if len(columns) > _SHOWN else None,
            "status": "" if finding.get("status", "open") == "open" else finding["status"],
        }  # fmt: skip
        evidence = finding.get("evidence", {}) if ours else {}
        if not counted:
            return line | {
                "says": self._says(finding, columns, sieve.through(evidence, Place(tool=tool)), "") if ours else ""
            }
        rows, told, old = self._numbers(finding, columns, evidence, sieve)
        line |= {"rows": rows, "says": self._says(finding, columns, told, rows) if ours else ""}
        return line | ({"as_of": "an earlier version"} if old else {})

    def _numbers(
        self, finding: Mapping[str, Any], columns: list[str], evidence: Mapping[str, Any], sieve: Sieve
    ) -> tuple[Any, dict[str, Any], bool]:
        """Row count and evidence; those of an earlier release where the new ones would tell of few rows."""
        size = finding["rows"]
        mask = None if size is None else self.stored.finding_rows(str(finding["id"]))
        numbers = np.asarray([] if mask is None else mask, dtype="int64")
        small = self.history.is_small(numbers) or (size is not None and 0 < sieve.total - size < self.k)
        first = columns[0] if columns else ""
        told = sieve.through(evidence, Place(str(finding.get("tool", "")), first, small))
        raw = _counts(evidence)
        rows = None if size is None else count(int(size), self.k, sieve.total or None)
        if small and isinstance(rows, int):
            rows = f"of fewer than {self.k} persons"
        name = f"finding/{finding['challenge']}/{finding['kind']}/{'|'.join(sorted(columns))}"
        fresh = {"rows": rows, "evidence": told, "raw": raw, "from": told}
        body, old = self._settled(name, np.sort(numbers), fresh, masked=mask is not None, small=small)
        return body["rows"], dict(body["evidence"]), old

    def _settled(
        self, name: str, rows: Rows, fresh: dict[str, Any], *, masked: bool, small: bool
    ) -> tuple[Mapping[str, Any], bool]:
        """What to tell, and whether it is as of an earlier release; the same twice for the same finding."""
        before = self.history.releases(name)
        for known in before:
            if np.array_equal(known.rows, rows) and known.body["from"] == fresh["from"]:
                return known.body, False
        for known in before:
            if _differs_little(known.body["raw"], fresh["raw"], self.k):
                return known.body, True
        near = [known for known in self.history.releases(_MASKS) if self.history.is_near(rows, known.rows)]
        if near and not small:
            fresh = {**fresh, "rows": near[0].body["rows"], "evidence": {}}
        body, old = self.history.settle(name, rows, ones(rows), {}, fresh, counted=masked)
        if masked and not small and not old:
            self.history.remember(_MASKS, rows, {"rows": body["rows"]})
        return body, old

    def _says(self, finding: Mapping[str, Any], columns: list[str], told: Mapping[str, Any], rows: Any) -> str:
        """Our tool's sentence with what may be told, and dots for what may not."""
        template = self.tools[finding["tool"]].spec.says.get(str(finding["kind"]), "")
        shown = ", ".join(self.names.shown(name) for name in columns[:_SHOWN])
        fields = {key: _in_words(key, value) for key, value in told.items()}
        every = defaultdict(lambda: _WITHHELD, {**fields, "columns": shown, "rows": rows or _WITHHELD})
        try:
            return template.format_map(every)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            return ""


def _name(text: Any) -> str:
    """A name of ours; nothing where it is another's."""
    return str(text) if re.fullmatch(r"[A-Za-z0-9/_-]{1,60}", str(text)) else ""


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
