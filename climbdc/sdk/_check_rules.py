"""The rules that every tool keeps, and those of inspections."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from typing import Any, get_args

import numpy as np
import pandas as pd
from pydantic import ValidationError

from climbdc.errors import InputError
from climbdc.sdk._check_run import Run, copied, finding_print, fingerprint, protected, run
from climbdc.sdk._check_table import odd_tables, permute_outcomes
from climbdc.sdk._check_trial import Broken, Trial, require
from climbdc.sdk._dataset import Dataset
from climbdc.sdk._finding import Finding, Severity
from climbdc.sdk._tool import Evaluation, Inspection, Tool, Transform

__all__ = [
    "declared", "findings_well_formed", "input_untouched", "odd", "params_described", "runs", "same_bytes",
    "target_unseen_by_findings", "train_only",
]  # fmt: skip


def declared(tool: type[Tool[Any]]) -> None:
    """It has a decorator, a docstring and well-formed challenge ids."""
    require("spec" in vars(tool), "the class has none of the decorators @inspect, @transform and @evaluate")
    spec = tool.spec
    base = {"inspect": Inspection, "transform": Transform, "evaluate": Evaluation}[spec.kind]
    require(issubclass(tool, base), f"@{spec.kind} needs a subclass of {base.__name__}")
    require(bool(spec.doc.strip()), "no docstring; its first line tells people and models what the tool is for")
    require(bool(spec.addresses), "it addresses no challenge")
    for name in spec.addresses:
        wellformed = re.fullmatch(r"[a-z-]+/[a-z-]+", name) is not None
        require(wellformed, f"{name!r} is no challenge id such as 'labels/imbalance'")
    known = {"any", "binary", "multiclass", "numeric", "survival", "none"}
    require(set(spec.targets) <= known, f"targets {spec.targets} are not among {sorted(known)}")


def params_described(tool: type[Tool[Any]], params: Mapping[str, Any]) -> None:
    """Each param is described, and the given params fit."""
    require("spec" in vars(tool), "not declared")
    for name, field in tool.params_type().model_fields.items():
        require(bool(field.description), f"param {name!r} has no description")
    json.dumps(tool.spec.schema, allow_nan=False)
    try:
        tool(dict(params))
    except ValidationError as error:
        raise Broken(f"params {dict(params)} are not accepted: {error.errors()[0]['msg']}") from error


def runs(trial: Trial) -> None:
    """The tool runs, or refuses in words."""
    seen = trial.run()
    require(bool(seen.digest()), "nothing came back")


def input_untouched(trial: Trial) -> None:
    """Frames handed to it are the same afterwards; they may be mapped from disk."""
    train, new = protected(trial.data.train), protected(trial.new)
    before = fingerprint(train), fingerprint(new)
    names = list(train.columns), list(new.columns)
    try:
        run(trial.make(), replace(trial.data, train=train), new)
    except ValueError as error:
        require("read-only" not in str(error), f"it writes into the frame it was given ({error})")
    changed = before != (fingerprint(train), fingerprint(new)) or names != (list(train.columns), list(new.columns))
    require(not changed, "the frame it was given is not what it was; work on a copy")


def same_bytes(trial: Trial) -> None:
    """Equal seeds give equal results."""
    require(trial.run().digest() == trial.run().digest(), "two runs with the same seed differ")


def odd(trial: Trial) -> None:
    """No table is too odd: it answers or refuses in words."""
    for name, (data, wanted) in odd_tables(trial.data, trial.params).items():
        params = wanted if _accepts(trial.tool, wanted) else trial.params
        try:
            seen = trial.run(copied(data), params)
            _findings_of(trial.tool, seen, data)
        except Exception as error:
            raise Broken(f"on a table with {name}: {type(error).__name__}: {error}") from error
    _twice_named(trial)


def _accepts(tool: type[Tool[Any]], params: Mapping[str, Any]) -> bool:
    """Whether params with renamed columns still fit; a choice may be spelt as a column was."""
    try:
        tool(dict(params))
    except ValidationError:
        return False
    return True


def _twice_named(trial: Trial) -> None:
    """Two columns named alike never reach a tool: a Dataset refuses them, and the reader numbers them."""
    from climbdc.data import canonical

    frame = trial.data.train
    if not frame.shape[1]:
        return
    twice = pd.concat([frame, frame.iloc[:, :1]], axis=1)
    try:
        Dataset(train=twice)
        raise Broken("a Dataset took two columns named alike")
    except InputError:
        trial.run(copied(replace(trial.data, train=canonical(twice))))


def train_only(trial: Trial) -> None:
    """Rows of the test part, however they come in, change nothing."""
    try:
        base = trial.run()
    except (AttributeError, TypeError) as error:
        require("NoneType" not in str(error), f"it reaches for data.test, which is None ({error})")
        raise
    order = np.random.default_rng(trial.data.seed).permutation(len(trial.new))
    for rows in (trial.new, trial.new.iloc[order], trial.new.iloc[: len(trial.new) // 2]):
        other: dict[str, Any] = {"test": rows.copy(), "extra": {"test": rows.copy()}}
        if issubclass(trial.tool, Transform):
            other["audit"] = rows.copy()
        seen = trial.run(copied(trial.data, **other))
        require(seen.digest() == base.digest(), "its result changes with the rows of test, audit or extra")


def findings_well_formed(trial: Trial) -> None:
    """Findings are JSON, name columns and rows that exist, and have a sentence."""
    _findings_of(trial.tool, trial.run(), trial.data)
    whole = copied(replace(trial.whole, test=None))
    _findings_of(trial.tool, trial.run(whole), whole)
    if trial.tool.spec.sealed:
        sealed = copied(replace(trial.data, test=trial.new.copy()))
        _findings_of(trial.tool, trial.run(sealed), sealed)


def _findings_of(tool: type[Tool[Any]], seen: Run, data: Dataset) -> None:
    for finding in seen.findings or []:
        _finding(finding, data)
        _sentence(tool, finding)


def _finding(finding: Finding, data: Dataset) -> None:
    where = f"finding {finding.kind!r}"
    require(finding.severity in get_args(Severity), f"{where}: severity {finding.severity!r} is unknown")
    strange = [name for name in finding.columns if name not in data.train.columns]
    require(not strange, f"{where}: columns {strange} are not in the table")
    if finding.rows is not None:
        ours = isinstance(finding.rows, np.ndarray) and finding.rows.dtype == np.int64
        require(ours, f"{where}: rows are to be an int64 array of raw row numbers")
        index = data.train.index if data.test is None else data.train.index.union(data.test.index)
        require(bool(np.isin(finding.rows, index).all()), f"{where}: rows that are not in the table")
    json.dumps(finding.to_json(), allow_nan=False)


def _sentence(tool: type[Tool[Any]], finding: Finding) -> None:
    require(finding.kind in tool.spec.says, f"`says` has no sentence for {finding.kind!r}")
    given = {"columns", "rows", "total"} | set(finding.evidence)
    wanted = {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(tool.spec.says[finding.kind]) if name}
    require(wanted <= given, f"the sentence for {finding.kind!r} uses {sorted(wanted - given)}, not in the evidence")


def target_unseen_by_findings(trial: Trial) -> None:
    """Before the split nothing may be learnt of the outcome: other outcomes give the same findings on other columns."""
    base, other = trial.run(), trial.run(copied(permute_outcomes(trial.data)))
    outcomes = set(trial.data.roles.outcomes)
    require(base.refused == other.refused, "whether it applies depends on the target's values")
    kept = [
        [finding_print(finding) for finding in seen.findings or [] if not outcomes & set(finding.columns)]
        for seen in (base, other)
    ]
    require(kept[0] == kept[1], "findings on other columns change with the target's values")
