"""One session: run it with an expert, change what was done, look at its history, take what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import climbdc_taxonomy
from climbdc.agents import (
    RunContext,
    ToolProgress,
    Workbench,
    branch_list,
    carry_out,
    compare_versions,
    current_plan,
    head,
    recipe_of,
    version_tree,
    want,
)  # fmt: skip
from climbdc.agents.experts import AutoExpert, Expert, FileExpert
from climbdc.errors import ClimbdcError, PlanError, Stopped
from climbdc.events import Event
from climbdc.minds import open_behind_gate
from climbdc.models import Mind, Policy, RulesPolicy
from climbdc.options import RunOptions
from climbdc.plan import Plan
from climbdc.recipe import Recipe
from climbdc.registry import registry, usable
from climbdc.running import run_session
from climbdc.sdk import Dataset
from climbdc.settings import Settings
from climbdc.shared import SharedSandbox
from climbdc.store import SessionStore, Store, open_checkpointer

if TYPE_CHECKING:
    from climbdc.privacy import Gate
    from climbdc.sandbox import Cancellation

__all__ = ["Session"]


class Session:
    """One dataset and goal, from the raw file to the finished recipe."""

    def __init__(
        self, store: Store, stored: SessionStore, shared: SharedSandbox | None = None, settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.store = store
        self.stored = stored
        self.shared = shared
        self.options = RunOptions.model_validate(stored.options)

    @property
    def id(self) -> str:
        """The session's id."""
        return self.stored.id

    @property
    def status(self) -> str:
        """open, stopped, failed or finished."""
        return self.stored.status

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings so far."""
        return self.stored.findings()

    @property
    def plan(self) -> Plan:
        """The newest revision of the plan."""
        return current_plan(self.stored)

    @property
    def dataset(self) -> Dataset:
        """The newest version, and the treated sealed part once the session is finished."""
        version = head(self.stored)
        sealed = self.stored.get("test") if self.stored.get("finished") else None
        test: pd.DataFrame | None = None
        if sealed is not None and sealed["frame"] is not None:
            test = self.stored.objects.frame(sealed["frame"])
        return Dataset(version.load(), version.roles, version.dictionary, test=test, seed=self.options.seed)

    @property
    def recipe(self) -> Recipe:
        """The applied steps with their fitted state."""
        with self.context() as context:
            return recipe_of(context)

    def context(
        self, *, sandbox: bool = False, progress: ToolProgress | None = None, cancel: Cancellation | None = None
    ) -> _Opened:
        """The services of a run, closed at the end of the `with` block."""
        return _Opened(self, sandbox=sandbox, progress=progress, cancel=cancel)

    def run(
        self, expert: str | Path | Expert = "auto", *, progress: ToolProgress | None = None,
        cancel: Cancellation | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        """Go on with the session until it is finished, telling what happens. Edits that wait are carried out first.

        Args:
            expert: `auto`, the path of an answers file, or an object that answers.
            progress: Told which tool runs, how much of its work is done (0 to 1) and what it says; no tool and a
                sentence where a language model is waited for, and neither when it answered. From several threads.
            cancel: Stops the work from another thread, a tool that runs included.

        Raises:
            Stopped: The expert stopped, or `cancel` did; `run` goes on from there another time.
            InputError: The files or the goal cannot be used.
        """
        answering = _expert(expert)
        try:
            with ExitStack() as stack:
                held = stack.enter_context(self.store.lock(self.id))
                self.stored.refresh_branch()
                context = stack.enter_context(self.context(sandbox=True, progress=progress, cancel=cancel))
                saver = stack.enter_context(open_checkpointer(self.store))
                yield from run_session(context, saver, answering, held.check, cancel)
        except (Stopped, KeyboardInterrupt, GeneratorExit):
            if self.stored.status == "open":
                self.stored.set_status("stopped")
            raise
        except ClimbdcError:
            if self.stored.get("head") is None:
                self.stored.set_status("failed")
            raise

    @contextmanager
    def mind(self, cancel: Cancellation | None = None) -> Iterator[tuple[Mind, Gate] | None]:
        """The session's language model and the gate before it, to talk with; None where the rules plan alone.

        Raises:
            InputError: No model is named any more, or its key is not there.
        """
        with ExitStack() as stack:
            _, mind, gate = open_behind_gate(
                stack, self.settings, self.options, self.stored, registry(), cancel, bound=self.shared is not None
            )
            yield None if mind is None or gate is None else (mind, gate)

    def want(self, kind: str, *, person: str | None = None, **values: Any) -> int:
        """Want an edit of what was done or is planned; the next `run` carries it out before anything else.

        It is stored at once, and the question that waits is withdrawn: what still matters is asked anew.

        Args:
            kind: undo, drop-step (both: `step`), branch (`step`, `name`), switch (`branch`), plan (`order`, `remove`,
                `add`, `params`), dictionary (`columns`) or review (`decisions`, `answers`).
            person: Who wants it, where there are accounts.
            values: What the kind needs.

        Returns:
            The edit's key in `stored.edits()`, which says later what came of it.

        Raises:
            InputError: There is no such edit, or its values do not fit.
            PlanError: It cannot be done as things stand.
        """
        self.stored.refresh_branch()
        with self.context() as context:
            return want(context, kind, values, person)

    def change(self, kind: str, **values: Any) -> str:
        """Want an edit and carry it out at once, without going on; what was done, in plain words.

        Raises:
            InputError: The values do not fit.
            PlanError: It cannot be done.
            StoreError: Another process works on the session.
        """
        with self.store.lock(self.id), self.context(sandbox=True) as context:
            self.stored.refresh_branch()
            carry_out(context)
            key = want(context, kind, values)
            carry_out(context)
        edit = next(edit for edit in self.stored.edits() if edit["key"] == key)
        if edit["status"] == "refused":
            raise PlanError(edit["state"]["text"], code="refused")
        return str(edit["state"]["text"])

    def undo(self, step: str) -> None:
        """Take a step back: data, plan and recipe return to what they were before it; the step is not done again.

        Raises:
            PlanError: The step was not applied.
        """
        self.change("undo", step=step)

    def branches(self) -> list[dict[str, Any]]:
        """All lines of work: name, title, whether it is the present one, its newest version and how far it came."""
        return branch_list(self.stored)

    def history(self) -> list[dict[str, Any]]:
        """The tree of versions, the oldest first: what made each from which other, and which branches have it."""
        return version_tree(self.stored)

    def compare(self, a: str, b: str) -> dict[str, Any]:
        """What is otherwise in two versions.

        Args:
            a: A branch, a version's id or its start, a step of the present branch (the state just after it), or
                nothing for the raw rows.
            b: Likewise.

        Raises:
            InputError: There is none of that name.
        """
        with self.context() as context:
            return compare_versions(context, a, b)


class _Opened:
    """A run context as a context manager; the sandbox is opened only where tools will run."""

    def __init__(
        self, session: Session, *, sandbox: bool, progress: ToolProgress | None, cancel: Cancellation | None
    ) -> None:
        self.session = session
        self.sandbox = sandbox
        self.watching: dict[str, Any] = {"progress": progress, "cancel": cancel}
        self.stack = ExitStack()

    def __enter__(self) -> RunContext:
        """Open the services."""
        options = self.session.options
        bench = Workbench(
            self.session.stored, backend=options.sandbox, unsafe=options.unsafe, seed=options.seed,
            tools=usable(unsafe=options.unsafe), closed=not self.sandbox, shared=self.session.shared, **self.watching,
        )  # fmt: skip
        self.stack.enter_context(bench)
        behind: tuple[Policy, Mind | None, Gate | None] = (RulesPolicy(), None, None)
        if self.sandbox:
            behind = open_behind_gate(
                self.stack, self.session.settings, options, self.session.stored, registry(), self.watching["cancel"],
                progress=self.watching["progress"], bound=self.session.shared is not None,
            )  # fmt: skip
        return RunContext(
            self.session.stored, bench, behind[0], climbdc_taxonomy.load(), options, mind=behind[1], gate=behind[2]
        )

    def __exit__(self, *error: object) -> None:
        """Close them."""
        self.stack.close()


def _expert(expert: str | Path | Expert) -> Expert:
    if expert == "auto":
        return AutoExpert()
    return FileExpert(expert) if isinstance(expert, str | Path) else expert
