"""The recipe: reading, contract and fitted steps; treats new data as the training data was treated."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from climbdc.data import ROW, ReadOptions, from_arrow, to_arrow
from climbdc.errors import InputError
from climbdc.recipe._contract import Contract
from climbdc.recipe._drift import drift
from climbdc.recipe._engine import Part, StepSpec
from climbdc.recipe._plugins import PluginUsed, runnable
from climbdc.recipe._run import run_steps
from climbdc.recipe._state import canonical_json
from climbdc.sdk import Roles

__all__ = ["Applied", "Recipe", "RecipeStep"]

FORMAT = 1


@dataclass(frozen=True)
class RecipeStep:
    """A step with its fitted state."""

    step: StepSpec
    rows: str
    state: dict[str, Any]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    plugin: PluginUsed | None = None
    """Of which plug-in its tool is; None for a built-in tool."""


@dataclass(frozen=True)
class Applied:
    """Treated new data, and what should be known about it."""

    frame: pd.DataFrame
    drift: dict[str, Any]
    failed: list[dict[str, str]]
    runs: list[dict[str, Any]] = field(default_factory=list)
    """What ran in the sandbox, for the audit; see `climbdc.runs`."""


@dataclass(frozen=True)
class Recipe:
    """Everything needed to treat new rows alike; holds no path, time or session id."""

    version: str
    reading: ReadOptions
    roles: Roles
    contract: Contract
    steps: tuple[RecipeStep, ...]
    seed: int
    whole: tuple[str, ...] = ()
    """Columns of the output written without a decimal point."""

    def apply(
        self, frame: pd.DataFrame, part: Part = "new", *, partial: bool = False, sandbox: str = "auto",
        unsafe: bool = False,
    ) -> Applied:  # fmt: skip
        """Treat a frame.

        Args:
            frame: As read with `self.reading`; target, outcome and dropped leak columns may be absent.
            part: `new` passes by the steps that concern training rows only.
            partial: Go on where a required column is absent or a step cannot run; each is named.
            sandbox: Which backend runs the tools.
            unsafe: Run built-in tools without a sandbox.

        Raises:
            InputError: A required column is absent.
            ToolError: A step cannot run, or is of a plug-in that is not here.
        """
        fitted, absent = self.contract.fit_frame(frame, partial=partial)
        runs: list[dict[str, Any]] = []
        steps, lacking_code = runnable(self.steps, part, partial=partial)
        treated, failed = run_steps(
            steps, fitted, self.roles, part, partial=partial, sandbox=sandbox, unsafe=unsafe, record=runs.append
        )
        lacking = [name for name in self.roles.outcomes if name not in frame.columns and name in treated.columns]
        told = drift(self.contract, frame, absent, self.roles.reserved)
        return Applied(treated.drop(columns=lacking), told, [*lacking_code, *failed], runs)

    def to_json(self) -> dict[str, Any]:
        """All but the fitted tables, which lie beside it; each is named with its hash."""
        return {
            "format": FORMAT,
            "climbdc": self.version,
            "seed": self.seed,
            "reading": self.reading.model_dump(mode="json"),
            "roles": self.roles.model_dump(mode="json"),
            "contract": self.contract.model_dump(mode="json"),
            "whole": list(self.whole),
            "steps": [
                {
                    **item.step.model_dump(mode="json"),
                    "rows": item.rows,
                    **({} if item.plugin is None else {"plugin": item.plugin.model_dump()}),
                    "state": item.state,
                    "tables": {name: _digest(_bytes(table)) for name, table in sorted(item.tables.items())},
                    "blobs": {name: base64.b64encode(blob).decode() for name, blob in sorted(item.blobs.items())},
                }
                for item in self.steps
            ],
        }

    def save(self, path: Path) -> None:
        """Write `recipe.json` and, beside it, a folder of the same stem with the fitted tables."""
        path.write_text(
            json.dumps(json.loads(canonical_json(self.to_json())), indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        folder = path.with_suffix("")
        for item in self.steps:
            for name, table in item.tables.items():
                folder.mkdir(exist_ok=True)
                (folder / f"{item.step.id}-{name}.arrow").write_bytes(_bytes(table))

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        """Read a recipe back.

        Raises:
            InputError: It is not a recipe, or one of its tables is missing or changed.
        """
        path = Path(path)
        try:
            body = json.loads(path.read_text("utf-8"))
            if body["format"] != FORMAT:
                raise ValueError(f"format {body['format']}")
            return cls(
                version=body["climbdc"],
                reading=ReadOptions.model_validate(body["reading"]),
                roles=Roles.model_validate(body["roles"]),
                contract=Contract.model_validate(body["contract"]),
                steps=tuple(_step(item, path.with_suffix("")) for item in body["steps"]),
                seed=body["seed"],
                whole=tuple(body["whole"]),
            )
        except FileNotFoundError as error:
            raise InputError(
                f"There is no file {str(error.filename)!r}.", fix="Name the recipe.json of a run.", code="no-file"
            ) from error
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise InputError(
                f"{path.name} is not a recipe of this version of climbdc: {error}.",
                fix="Name the recipe.json that a run left.",
                code="not-a-recipe",
            ) from error


def _step(item: dict[str, Any], folder: Path) -> RecipeStep:
    tables = {}
    for name, digest in item["tables"].items():
        data = (folder / f"{item['id']}-{name}.arrow").read_bytes()
        if _digest(data) != digest:
            raise ValueError(f"the fitted table {name} of {item['id']} was changed")
        tables[name] = pa.ipc.open_file(pa.py_buffer(data)).read_all()
    spec = StepSpec(
        id=item["id"], tool=item["tool"], params=item["params"], why=item["why"], answers=tuple(item["answers"])
    )
    blobs = {name: base64.b64decode(text) for name, text in item["blobs"].items()}
    plugin = PluginUsed.model_validate(item["plugin"]) if "plugin" in item else None
    return RecipeStep(spec, item["rows"], item["state"], tables, blobs, plugin)


def _bytes(table: pa.Table) -> bytes:
    """A table as uncompressed Arrow IPC, the same bytes for the same content."""
    if ROW in table.column_names:
        table = to_arrow(from_arrow(table))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
