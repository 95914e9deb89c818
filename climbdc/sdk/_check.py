"""Whether a tool keeps the rules that make it safe to run on patients' data without reading its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from climbdc.errors import ToolError
from climbdc.sdk import _check_rules as general
from climbdc.sdk import _check_transforms as transforms
from climbdc.sdk._check_table import split_rows, table
from climbdc.sdk._check_trial import Broken, Trial
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._tool import Evaluation, Inspection, Tool, snake

__all__ = ["Check", "CheckReport", "check_tool"]


@dataclass(frozen=True)
class Check:
    """One rule, whether the tool keeps it, and what was seen when not."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class CheckReport:
    """What `check_tool` found, rule by rule."""

    tool: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every rule is kept."""
        return not self.broken

    @property
    def broken(self) -> tuple[Check, ...]:
        """The rules that are not kept."""
        return tuple(check for check in self.checks if not check.ok)

    def raise_if_bad(self) -> None:
        """Raise a `ToolError` that names each broken rule and what was seen."""
        if self.broken:
            seen = "; ".join(f"{check.name}: {check.detail}" for check in self.broken)
            raise ToolError(
                f"The tool {self.tool!r} breaks {len(self.broken)} of {len(self.checks)} rules: {seen}",
                fix="See docs/adding-a-tool.md for what each rule asks.",
                code="tool-breaks-rules",
            )


def check_tool(
    tool: type[Tool[Any]], *, data: Dataset | None = None, params: Mapping[str, Any] | None = None, seed: int = 0
) -> CheckReport:
    """Try a tool on messy and odd tables and say which of the rules it keeps.

    It is run as the engine runs it, on a third held back as new rows. No part of it is trusted: every rule is tried by
    changing what must not matter (test rows, the target, the order of new rows) and comparing results byte for byte.

    Args:
        tool: A class decorated with `@inspect`, `@transform` or `@evaluate`.
        data: What to try it on; a messy clinical table of 260 rows when None.
        params: Its params; the defaults when None. They may name columns of `data`.
        seed: Draws the table and which rows are new.
    """
    params = dict(params or {})
    checks = [_checked("declared", general.declared, tool)]
    checks.append(_checked("params", general.params_described, tool, params))
    if all(check.ok for check in checks):
        whole = table(tool.spec.targets, seed) if data is None else data
        train, new = split_rows(replace(whole, test=None, audit=None, seed=seed))
        trial = Trial(tool, params, train, new, whole)
        checks += [_checked(name, rule, trial) for name, rule in _rules(tool)]
    return CheckReport(tool=snake(tool.__name__), checks=tuple(checks))


def _rules(tool: type[Tool[Any]]) -> Iterator[tuple[str, Callable[[Trial], None]]]:
    yield "runs", general.runs
    yield "input-untouched", general.input_untouched
    yield "same-seed-same-bytes", general.same_bytes
    yield "odd-tables", general.odd
    if issubclass(tool, Evaluation):
        yield "findings-well-formed", general.findings_well_formed
        return
    yield "train-only", general.train_only
    if issubclass(tool, Inspection):
        yield "findings-well-formed", general.findings_well_formed
        if tool.spec.stage == "rows":
            yield "target-unseen", general.target_unseen_by_findings
        return
    yield "canonical-output", transforms.canonical_output
    yield "state-travels", transforms.state_travels
    yield "new-rows-apart", transforms.new_rows_apart
    yield "new-columns-described", transforms.described
    if tool.spec.rows == "keep":
        yield "rows-kept", transforms.rows_kept
        yield "row-wise", transforms.row_wise
        yield "target-kept", transforms.target_kept
        yield "target-unseen", transforms.cross_fitted if hasattr(tool, "fit_apply") else transforms.target_unseen
    elif tool.spec.rows == "all":
        yield "lineage", transforms.lineage


def _checked(name: str, rule: Callable[..., None], *arguments: Any) -> Check:
    try:
        rule(*arguments)
    except Broken as seen:
        return Check(name, False, str(seen))
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {error}")
    return Check(name, True)
