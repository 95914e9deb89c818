"""The public face: start a session, run it with an expert, take what it leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
from langgraph.types import Command

import climbdc_taxonomy
from climbdc.agents import (
    Checkpoint,
    RunContext,
    Workbench,
    absolute,
    build_graph,
    current_plan,
    head,
    recipe_of,
    rewind,
    save_plan,
)  # fmt: skip
from climbdc.agents.experts import AutoExpert, Expert, FileExpert
from climbdc.errors import ClimbdcError, InputError, PlanError, Stopped
from climbdc.events import Event
from climbdc.knowledge import knowledge
from climbdc.models import RulesPolicy
from climbdc.narration import narrate
from climbdc.options import RunOptions
from climbdc.plan import Plan
from climbdc.recipe import Recipe
from climbdc.registry import registry
from climbdc.sdk import Dataset, Goal
from climbdc.settings import Settings
from climbdc.shared import SharedSandbox
from climbdc.store import SessionStore, Store, open_checkpointer

__all__ = ["Copilot", "Session"]


class Copilot:
    """Opens and starts sessions in one store.

    Args:
        settings: From the environment and `climbdc.toml` when None.
        share_sandbox: Let all sessions of this process work in one sandbox, which is opened now in the background.
            A session that names another backend, or none, still has its own.
    """

    def __init__(self, settings: Settings | None = None, *, share_sandbox: bool = False) -> None:
        self.settings = settings or Settings()
        if self.settings.knowledge_dir is not None:
            os.environ["CLIMBDC_KNOWLEDGE_DIR"] = str(self.settings.knowledge_dir.absolute())
            knowledge.cache_clear()
        self.store = Store(self.settings.data_dir, self.settings.database_url)
        self.shared = SharedSandbox(self.settings.sandbox) if share_sandbox else None
        if self.shared is not None:
            self.shared.warm()

    def start(
        self, files: Sequence[str | Path], goal: Goal | None = None, *, test: str | Path | None = None,
        dictionary: str | Path | None = None, seed: int = 0, unsafe: bool = False, name: str = "", public: bool = False,
        screen_only: bool = False,
    ) -> Session:  # fmt: skip
        """A new session over these files; nothing is read yet.

        Raises:
            InputError: No file was named.
        """
        if not files:
            raise InputError("No file was named.", fix="Name at least one file.", code="no-file")
        options = RunOptions(
            files=tuple(absolute(file) for file in files),
            goal=goal or Goal(),
            test=None if test is None else absolute(test),
            dictionary=None if dictionary is None else absolute(dictionary),
            seed=seed,
            sandbox=self.settings.sandbox,
            unsafe=unsafe,
            public=public,
            screen_only=screen_only,
        )
        stored = self.store.create(name or Path(files[0]).name, options.model_dump(mode="json"))
        return Session(self.store, stored, self.shared)

    def session(self, session_id: str) -> Session:
        """A stored session, to look at or to go on with.

        Raises:
            StoreError: There is none of that id.
        """
        return Session(self.store, self.store.session(session_id), self.shared)

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, the newest first."""
        return self.store.sessions()

    def close(self) -> None:
        """Let go of the store, and end the shared sandbox with all that runs in it."""
        if self.shared is not None:
            self.shared.close()
        self.store.close()


class Session:
    """One dataset and goal, from the raw file to the finished recipe."""

    def __init__(self, store: Store, stored: SessionStore, shared: SharedSandbox | None = None) -> None:
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

    def context(self, *, sandbox: bool = False) -> _Opened:
        """The services of a run, closed at the end of the `with` block."""
        return _Opened(self, sandbox=sandbox)

    def run(self, expert: str | Path | Expert = "auto") -> Iterator[Event]:
        """Go on with the session until it is finished, telling what happens.

        Args:
            expert: `auto`, the path of an answers file, or an object that answers.

        Raises:
            Stopped: The expert stopped; `run` goes on from there another time.
            InputError: The files or the goal cannot be used.
        """
        answering = _expert(expert)
        try:
            yield from self._run(answering)
        except (Stopped, KeyboardInterrupt, GeneratorExit):
            if self.stored.status == "open":
                self.stored.set_status("stopped")
            raise
        except ClimbdcError:
            if self.stored.get("head") is None:
                self.stored.set_status("failed")
            raise

    def _run(self, expert: Expert) -> Iterator[Event]:
        last = _last_key(self.stored)
        with ExitStack() as stack:
            held = stack.enter_context(self.store.lock(self.id))
            context = stack.enter_context(self.context(sandbox=True))
            cut_short = self.stored.get("undoing")
            if cut_short is not None:
                self._undo(context, cut_short["step"])
            graph = build_graph(stack.enter_context(open_checkpointer(self.store)))
            config: Any = {"configurable": {"thread_id": self._thread()}, "recursion_limit": 2000}
            entry: Any = {"after": ""} if not graph.get_state(config).values else None
            if entry is not None or graph.get_state(config).next:
                self.stored.set_status("open")
            while True:
                snapshot = graph.get_state(config)
                if entry is None and not snapshot.next:
                    break
                if entry is None and snapshot.interrupts:
                    entry = Command(resume=self._answered(snapshot.interrupts[0].value["checkpoint"], expert))
                for _ in graph.stream(entry, config, context=context, durability="sync"):
                    held.check()
                    for event in self.stored.events(last):
                        last = event["key"]
                        yield narrate(self.stored, event, context.bench.registry)
                entry = None

    def _answered(self, name: str, expert: Expert) -> str:
        """Make sure that a question has its answer in the store; nobody is asked twice."""
        stored = self.stored.checkpoint(name)
        assert stored is not None
        if stored["answer"] is None:
            checkpoint = Checkpoint.model_validate(stored["asked"])
            answer = expert.answer(checkpoint, name)
            if answer.choice == "stop":
                raise Stopped("Stopped as you asked.", fix=f"Go on with `climbdc sessions resume {self.id}`.")
            if answer.choice not in {option.value for option in checkpoint.options}:
                raise PlanError(f"{answer.choice!r} is not an answer to {checkpoint.title!r}.", code="bad-answer")
            self.stored.answer(name, answer.model_dump(mode="json"), expert.name)
        return name

    def _thread(self) -> str:
        epoch = (self.stored.get("epoch") or {"count": 0})["count"]
        return f"{self.id}/{self.stored.branch}/{epoch}"

    def undo(self, step: str) -> None:
        """Take a step back: data, plan and recipe return to what they were before it; the step is not done again.

        Raises:
            PlanError: The step was not applied.
        """
        with self.store.lock(self.id), self.context(sandbox=True) as context:
            if step not in {done.id for done in self.plan.applied}:
                raise PlanError(f"{step} is not an applied step.", code="not-applied")
            self._undo(context, step)

    def _undo(self, context: RunContext, step: str) -> None:
        """Take a step back; one that a kill cut short is taken up again by the next run."""
        epoch = (self.stored.get("epoch") or {"count": 0})["count"]
        marked = self.stored.get("undoing") or {"step": step, "epoch": epoch + 1}
        self.stored.put("undoing", marked)
        self.stored.drop_findings("last")  # no step answers those: they only say what was left at the end
        if step in {done.id for done in self.plan.applied}:
            plan = rewind(context, step, f"{step} was undone.")
            plan = plan.with_status(step, "rejected", "Undone by the expert.")
            if plan.get(step).tool == "split_data":
                self.stored.put("unsplit", {"reason": "The expert undid it."})
            save_plan(self.stored, plan, f"{step} was undone by the expert; later steps are pending again.")
        self.stored.put("epoch", {"count": marked["epoch"]})
        for prefix in ("finished", "metrics", "screened/last", "trials/", "undoing"):
            self.stored.drop_results(prefix)
        self.stored.set_status("stopped")


class _Opened:
    """A run context as a context manager; the sandbox is opened only where tools will run."""

    def __init__(self, session: Session, *, sandbox: bool) -> None:
        self.session = session
        self.sandbox = sandbox
        self.stack = ExitStack()

    def __enter__(self) -> RunContext:
        """Open the services."""
        options = self.session.options
        bench = Workbench(
            self.session.stored, backend=options.sandbox, unsafe=options.unsafe, seed=options.seed, tools=registry(),
            closed=not self.sandbox, shared=self.session.shared,
        )  # fmt: skip
        self.stack.enter_context(bench)
        return RunContext(self.session.stored, bench, RulesPolicy(), climbdc_taxonomy.load(), options)

    def __exit__(self, *error: object) -> None:
        """Close them."""
        self.stack.close()


def _expert(expert: str | Path | Expert) -> Expert:
    if expert == "auto":
        return AutoExpert()
    return FileExpert(expert) if isinstance(expert, str | Path) else expert


def _last_key(stored: SessionStore) -> int:
    events = stored.events()
    return int(events[-1]["key"]) if events else 0
