"""What `run --out DIR` leaves."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from climbdc._version import __version__
from climbdc.agents import RunContext, current_plan, head, load_version, recipe_of, unlisted_columns, whole_columns
from climbdc.errors import InputError
from climbdc.models import write_ledger
from climbdc.report._changes import changes_frame, lineage_frame
from climbdc.report._collect import collect_facts, findings_json
from climbdc.report._page import render_report
from climbdc.report._personal import without_cells
from climbdc.report._script import notebook_text, script_text
from climbdc.report._values import verbatim_frame, write_table
from climbdc.runs import write_audit
from climbdc.store import Ledger

__all__ = ["prepare_out", "write_results"]

FILES = (
    "data.csv", "data.parquet", "test.csv", "test.parquet", "recipe.json", "findings.json", "plan.json",
    "decisions.json", "changes.parquet", "metrics.json", "lineage.parquet", "report.html", "pipeline.py",
    "session.ipynb", "model_ledger.jsonl", "audit.json",
)  # fmt: skip


def prepare_out(out: Path, *, force: bool) -> None:
    """Make sure that results can be written, before any work is done.

    Raises:
        InputError: The folder is not empty and `force` was not said, or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not force:
            raise InputError(
                f"The folder {out} is not empty.",
                fix="Choose another with --out, or use --force.",
                code="out-not-empty",
            )
        probe = out / ".climbdc-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except (OSError, NotADirectoryError) as error:
        raise InputError(
            f"Results cannot be written to {out}: {error.strerror}.", fix="Choose another folder with --out.",
            code="out-unwritable",
        ) from error  # fmt: skip


def write_results(context: RunContext, out: Path) -> dict[str, Any]:
    """Write every file of the contract and return the facts of the report.

    Raises:
        InputError: The folder cannot be written, as when the disk is full; the session itself loses nothing.
    """
    try:
        return _write(context, out)
    except OSError as error:
        raise InputError(
            f"Results cannot be written to {out}: {error.strerror or error}.",
            fix=f"Make room or choose another folder, then `climbdc sessions export {context.session.id} --out DIR`.",
            code="out-unwritable",
        ) from error


def _write(context: RunContext, out: Path) -> dict[str, Any]:
    session = context.session
    _clear(out)
    _write_tables(context, out)
    recipe_of(context).save(out / "recipe.json")
    _json(out / "findings.json", findings_json(context))
    plan = {"steps": current_plan(session).model_dump(mode="json")["steps"], "revisions": session.plans()}
    _json(out / "plan.json", plan)
    _json(out / "decisions.json", [_decision(item, unlisted_columns(session)) for item in session.decisions()])
    _json(out / "metrics.json", session.need("metrics"))
    changes_frame(session).to_parquet(out / "changes.parquet", index=False)
    lineage_frame(session).to_parquet(out / "lineage.parquet", index=False)
    (out / "pipeline.py").write_text(script_text(context, __version__), "utf-8")
    (out / "session.ipynb").write_text(notebook_text(context, __version__), "utf-8")
    write_ledger(Ledger(session), out / "model_ledger.jsonl")
    write_audit(session.runs(), out / "audit.json")
    facts = collect_facts(context)
    (out / "report.html").write_text(render_report(facts), "utf-8")
    return facts


def _clear(out: Path) -> None:
    """Take away what an earlier run left, and nothing else."""
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    fitted = out / "recipe"
    if fitted.is_dir():
        for file in fitted.glob("*.arrow"):
            file.unlink()


def _write_tables(context: RunContext, out: Path) -> None:
    session = context.session
    version = head(session)
    whole = whole_columns(version.dictionary)
    frame = version.load()
    if version.roles.kind == "none":
        reading = session.need("reading")
        root = load_version(session, session.lineage(version.id)[0][0]).load()
        kept = None if reading["verbatim"] is None else session.objects.table(reading["verbatim"])
        frame = verbatim_frame(root, frame, kept, whole)
    write_table(frame, out / "data", whole)
    test = session.need("test")
    if test["frame"] is not None:
        write_table(session.objects.frame(test["frame"]), out / "test", whole)


def _decision(item: dict[str, Any], unlisted: Collection[str]) -> dict[str, Any]:
    asked = {**item["asked"], "detail": without_cells(item["asked"]["detail"], unlisted)}
    return {
        "id": item["id"], "kind": asked["kind"], "title": asked["title"], "asked": asked, "answer": item["answer"],
        "expert": item["expert"], "asked_at": item["asked_at"], "answered_at": item["answered_at"],
    }  # fmt: skip


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
