"""Going on with a session: edits first, then node after node of its graph, until it is finished or stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from langgraph.types import Command

from climbdc.agents import Checkpoint, RunContext, build_graph, carry_out, stop_if_wanted
from climbdc.agents.experts import Expert
from climbdc.errors import PlanError, Stopped
from climbdc.events import Event
from climbdc.narration import narrate
from climbdc.store import SessionStore

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from climbdc.sandbox import Cancellation

    Graph = CompiledStateGraph[Any, Any, Any, Any]

__all__ = ["run_session"]


def run_session(
    context: RunContext, saver: BaseCheckpointSaver[Any], expert: Expert, check: Callable[[], None],
    cancel: Cancellation | None = None,
) -> Iterator[Event]:  # fmt: skip
    """Go on until the session is finished, telling what happens; edits that wait come before anything else.

    Args:
        context: The services.
        saver: Keeps the graph's state.
        expert: Answers.
        check: Called after every node; raises where another process has taken the session over.
        cancel: Stops.

    Raises:
        Stopped: The expert or `cancel` wants it.
    """
    stored = context.session
    graph = build_graph(saver)
    last = stored.told_until("")
    waiting = True
    while waiting:
        carry_out(context)
        waiting = False
        for _ in _nodes(graph, context, expert):
            check()
            for event in stored.events(last):
                last = event["key"]
                yield narrate(stored, event, context.bench.registry)
            waiting = bool(stored.edits("wanted"))
            if waiting:
                break
            stop_if_wanted(cancel)


def _nodes(graph: Graph, context: RunContext, expert: Expert) -> Iterator[None]:
    """Go on with the graph's present thread, pausing after every node and where a question is withdrawn."""
    stored = context.session
    epoch = (stored.get("epoch") or {"count": 0})["count"]
    config: Any = {"configurable": {"thread_id": f"{stored.id}/{stored.branch}/{epoch}"}, "recursion_limit": 2000}
    entry: Any = {"after": ""} if not graph.get_state(config).values else None
    if entry is not None or graph.get_state(config).next:
        stored.set_status("open")
    yield  # what came of edits is told before the next question is put
    while True:
        snapshot = graph.get_state(config)
        if entry is None and not snapshot.next:
            return
        if entry is None and snapshot.interrupts:
            name = snapshot.interrupts[0].value["checkpoint"]
            while not _answered(stored, name, expert):
                yield
                stored.ask(name, (stored.checkpoint(name) or {"asked": {}})["asked"])  # no edit came: it still matters
            entry = Command(resume=name)
        stream = cast("Generator[Any]", graph.stream(entry, config, context=context, durability="sync"))
        with closing(stream):
            for _ in stream:
                yield
        entry = None


def _answered(stored: SessionStore, name: str, expert: Expert) -> bool:
    """Make sure that a question has its answer in the store; nobody is asked twice. False where it was withdrawn."""
    question = stored.checkpoint(name)
    assert question is not None
    if question["answer"] is not None or question["withdrawn"] is not None:
        return question["answer"] is not None
    checkpoint = Checkpoint.model_validate(question["asked"])
    answer = expert.answer(checkpoint, name)
    if answer.choice == "stop":
        raise Stopped("Stopped as you asked.", fix=f"Go on with `climbdc sessions resume {stored.id}`.")
    if answer.choice not in {option.value for option in checkpoint.options}:
        raise PlanError(f"{answer.choice!r} is not an answer to {checkpoint.title!r}.", code="bad-answer")
    return stored.answer(name, answer.model_dump(mode="json"), expert.name)
