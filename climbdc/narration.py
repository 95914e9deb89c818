"""Stored events in plain words."""

from __future__ import annotations

from typing import Any

from climbdc.agents._change import in_words
from climbdc.events import Event
from climbdc.registry import Registry, sentence
from climbdc.store import SessionStore

__all__ = ["narrate"]


def narrate(session: SessionStore, event: dict[str, Any], tools: Registry) -> Event:
    """An event as a typed value with its sentence."""
    data = {key: value for key, value in event.items() if key not in {"key", "kind"}}
    return Event(event["kind"], _text(session, event, tools), data)


def _text(session: SessionStore, event: dict[str, Any], tools: Registry) -> str:
    match event["kind"]:
        case "read":
            size = f"Read {event['rows']:,} rows and {event['columns']:,} columns."
            return f"{size} {event['personal']}" if event.get("personal") else size
        case "found" | "concluded":
            # What was concluded at an end that is no more is not kept.
            kept = next((item for item in session.findings() if item["id"] == event["finding"]), None)
            return "Measured at the end." if kept is None else f"[{kept['severity']}] {sentence(kept, tools)}"
        case "planned":
            left = event["pending"]
            return f"{left} step{'' if left == 1 else 's'} to do. {event['reason']}"
        case "asked":
            return str(event["title"])
        case "previewed":
            return f"Tried {event['step']} ({event['tool']}): {in_words(event, event['tool'])}."
        case "applied":
            return f"Applied {event['step']} ({event['tool']}): {in_words(event, event['tool'])}."
        case "set-aside":
            return f"{event['step']} ({event['tool']}) {event['status']}: {event['reason']}"
        case "backtracked":
            return f"Went back before {event['before']}: {event['reason']}"
        case "tried":
            return f"Tried another way for {event['step']}: gain {event['gain']:+.4f} (at least {event['low']:+.4f})."
        case "invalid":
            return f"An answer of the {event['policy']} policy was refused: {event['reason']}"
        case "finished":
            return "Finished."
    return str(event.get("text", event["kind"]))
