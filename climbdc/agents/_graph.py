"""The graph: nodes, and an entry that finds from the store where to go on."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from climbdc.agents._context import GraphState, RunContext
from climbdc.agents._coordinator import assess, settle_back, settle_plan
from climbdc.agents._finish import ask_finish, finish, settle_finish
from climbdc.agents._meanings import ask_meanings, settle_meanings, settle_timing
from climbdc.agents._opening import ask_goal, read_files, settle_goal, settle_join
from climbdc.agents._pause import pause
from climbdc.agents._reveal import settle_reveal
from climbdc.agents._screening import screen
from climbdc.agents._trials import try_out
from climbdc.agents._worker import settle_change, work

__all__ = ["build_graph"]

NODES = (
    read_files,
    settle_join,
    ask_goal,
    settle_goal,
    ask_meanings,
    settle_meanings,
    settle_timing,
    screen,
    assess,
    settle_plan,
    settle_back,
    settle_reveal,
    work,
    settle_change,
    try_out,
    ask_finish,
    settle_finish,
    finish,
)


def enter(state: GraphState, runtime: Runtime[RunContext]) -> Command[Literal["read_files", "screen"]]:
    """A new thread over a stored session goes on where the store says: after an undo, with a fresh look."""
    return Command(goto="screen" if runtime.context.session.get("head") else "read_files")


def build_graph(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled graph over a checkpointer."""
    graph: StateGraph[GraphState, RunContext, GraphState, GraphState] = StateGraph(
        GraphState, context_schema=RunContext
    )
    graph.add_node("enter", enter)
    for node in NODES:
        graph.add_node(node.__name__, node)
    graph.add_node("pause", pause, destinations=tuple(node.__name__ for node in NODES))
    graph.add_edge(START, "enter")
    return graph.compile(checkpointer=saver)
