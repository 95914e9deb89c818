"""The steps of a session as a script: read, one line a step, write. No store, no model, no page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from climbdc.data import ReadOptions, read, write_csv, write_frame
from climbdc.errors import ToolError
from climbdc.recipe import PluginUsed, check_plugin
from climbdc.registry import registry
from climbdc.report._values import verbatim_frame
from climbdc.runs import explain, open_recorded, write_audit
from climbdc.sandbox import Job, Ok, Sandbox
from climbdc.sdk import Dictionary, Roles

__all__ = ["Pipeline", "arguments"]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of a script: FILE... -o OUT.csv."""
    parser = argparse.ArgumentParser(description="Treat the files as the session did.")
    parser.add_argument("files", nargs="+", help="the raw files, in the session's order")
    parser.add_argument("-o", "--out", required=True, help="where to write the treated rows, as CSV")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", help="run the built-in tools without a sandbox")
    return parser.parse_args(argv)


class Pipeline:
    """A table on its way through the steps.

    Args:
        files: The raw files.
        reading: How they are read.
        dictionary: What is known of each column.
        roles: The part each special column plays.
        seed: Given to every tool.
    """

    def __init__(
        self, files: Sequence[str | Path], *, reading: Mapping[str, Any], dictionary: Sequence[Mapping[str, Any]],
        roles: Mapping[str, Any], seed: int = 0, unsafe: bool = False,
    ) -> None:  # fmt: skip
        loaded = read(files, ReadOptions.model_validate(reading), verbatim=True)
        self.root: pd.DataFrame = loaded.frame
        self.verbatim: pa.Table | None = loaded.verbatim
        self.frame = loaded.frame
        self.dictionary = Dictionary.from_json([dict(item) for item in dictionary])
        self.roles = Roles.model_validate(roles)
        self.seed = seed
        self.runs: list[dict[str, Any]] = []
        self._sandbox: Sandbox = open_recorded("auto", self.runs.append, unsafe=unsafe)

    def step(
        self, name: str, tool: str, params: Mapping[str, Any] | None = None, *, plugin: Mapping[str, str] | None = None
    ) -> Pipeline:
        """Fit a step on the rows at hand and treat them; one of a plug-in only by the code it was made with.

        Raises:
            ToolError: The step cannot run on this data, or its plug-in is not here.
        """
        if plugin is not None:
            check_plugin(name, tool, PluginUsed.model_validate(plugin), registry())
        import tempfile

        from climbdc.data import from_arrow

        with tempfile.TemporaryDirectory(prefix="climbdc-") as folder:
            path = Path(folder) / "train.arrow"
            write_frame(self.frame, path)
            payload = {
                "step": {"id": name, "tool": tool, "params": dict(params or {})},
                "context": {
                    "roles": self.roles.model_dump(mode="json"),
                    "dictionary": self.dictionary.to_json(),
                    "seed": self.seed,
                },
            }
            outcome = self._sandbox.run(Job("fit", payload, {"train": path}))
        if not isinstance(outcome, Ok):
            raise ToolError(f"Step {name} ({tool}) cannot run on this data: {explain(outcome)}", code="step-failed")
        self.frame = from_arrow(outcome.tables["train"])
        self.dictionary = Dictionary.from_json(outcome.payload["dictionary"])
        return self

    def write(self, path: str | Path, *, whole: Sequence[str] = (), verbatim: bool = False) -> None:
        """Write the rows as CSV and, beside it, `.audit.json`: what ran in the sandbox.

        With `verbatim`, unchanged cells stay as they stood in the file.
        """
        frame = verbatim_frame(self.root, self.frame, self.verbatim, whole) if verbatim else self.frame
        write_csv(frame, Path(path), whole)
        write_audit(self.runs, Path(path).with_suffix(".audit.json"))
        self._sandbox.close()
